"""A run's outcome in plain words, with what it does not show."""

from aura.evaluation.metrics import BinaryMetrics
from aura.evaluation.report_data import ReportData

# Fewer groups than this and an interval is itself a guess.
_FEW_GROUPS = 30
# Real data rarely allow this much; a leak or a shortcut is likelier.
_SUSPICIOUS_AUC = 0.99


def outcome(data: ReportData) -> tuple[str, ...]:
    """Return what was trained, on what, how well it does and whether that means anything."""
    return (_trained_on(data), _how_good(data), _versus_container(data))


def limits(data: ReportData) -> tuple[str, ...]:
    """Return what the figures do not show and what should make a reader doubt them."""
    sentences = [
        "The figures hold for videos like these, made and recoded as these were. Manipulations of "
        "another kind, other sources and stronger compression can lower them much.",
        *_small_sample_cautions(data),
    ]
    if data.n_leaks:
        sentences.insert(
            0,
            f"This run was allowed to leak (split.allow_leakage): {_count(data.n_leaks, 'tie')} "
            "between videos cross folds or splits, so its models know their test data in part and "
            "every figure here is too good.",
        )
    best = data.best.overall
    if len(data.models) > 1:
        sentences.append(
            f"{data.best.name} is the best of {len(data.models)} models on the very videos that "
            "judge it, so its figure is slightly flattering."
        )
    if best.auc is not None and best.auc >= _SUSPICIOUS_AUC:
        sentences.append(
            f"An AUC of {best.auc:.3f} is more often a sign of a leak or of very easy fakes than "
            "of a very good model. Look at how the groups were formed before you trust it."
        )
    if data.failures.height:
        n_failed = data.failures["video_id"].n_unique()
        sentences.append(
            f"{_count(n_failed, 'video')} could not be used at some stage and {_is_are(n_failed)} "
            "listed under Failures; the figures say nothing about such videos."
        )
    sentences.append(
        "A score is evidence, not proof. A single verdict about a person needs a human look and a "
        "second source."
    )
    return tuple(sentences)


def interval_text(metrics: BinaryMetrics) -> str:
    """Return the AUC's interval, or why there is none."""
    if metrics.auc_low is None or metrics.auc_high is None:
        return "no interval"
    return f"{metrics.auc_low:.3f} to {metrics.auc_high:.3f}"


def _trained_on(data: ReportData) -> str:
    metrics = data.best.overall
    names = [result.name for result in data.models]
    models = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    n_folds = len(data.best.folds)
    sentence = (
        f"{_count(len(names), 'model')} ({models}) {'was' if len(names) == 1 else 'were'} trained "
        f"and judged on {_count(metrics.n, 'video')}: {metrics.n_real} real and {metrics.n_fake} "
        f"fake, in {_count(metrics.n_groups, 'group')} of related videos."
    )
    if n_folds:
        sentence += (
            f" In {_count(n_folds, 'fold')}, every score comes from a model that saw no video of "
            "the same group."
        )
    return sentence


def _how_good(data: ReportData) -> str:
    metrics = data.best.overall
    if metrics.auc is None:
        return (
            "How well fakes are told from genuine videos cannot be said, because the judged videos "
            f"are all {'fake' if metrics.n_fake else 'real'}."
        )
    sentence = (
        f"Shown one fake and one genuine video, the best model, {data.best.name}, gives the fake "
        f"the higher score in {100 * metrics.auc:.0f} of 100 cases (AUC {metrics.auc:.3f}"
    )
    if metrics.auc_low is None or metrics.auc_high is None:
        return sentence + "; too few groups for an interval). Guessing gives 50."
    sentence += f", {metrics.confidence:.0%} interval {interval_text(metrics)}). Guessing gives 50."
    if metrics.auc_low <= 0.5:
        sentence += " The interval includes guessing, so nothing has been shown to work here."
    return sentence


def _versus_container(data: ReportData) -> str:
    shortcut = data.best_shortcut
    if shortcut is None or shortcut.overall.auc is None:
        return "How far the container alone gives the label away was not measured."
    known = (
        "Codec, frame rate, size, duration, bit rate and sound alone, without a look at any frame, "
        f"reach an AUC of {shortcut.overall.auc:.3f}."
    )
    difference = data.versus_shortcut.get(data.best.name)
    if difference is None or difference.low is None or difference.high is None:
        return known + " Whether the best model beats that cannot be said from so few groups."
    gap = f"({difference.value:+.3f}, interval {difference.low:+.3f} to {difference.high:+.3f})"
    if difference.verdict == "better":
        return f"{known} The best model is better than this shortcut {gap}."
    if difference.verdict == "worse":
        return (
            f"{known} The best model is worse than this shortcut {gap}: it has not even learned "
            "what the container says."
        )
    return (
        f"{known} The best model cannot be told apart from this shortcut {gap}: it may have "
        "learned no more than that."
    )


def _small_sample_cautions(data: ReportData) -> list[str]:
    metrics = data.best.overall
    cautions: list[str] = []
    if metrics.n_groups < _FEW_GROUPS:
        cautions.append(
            f"With {_count(metrics.n_groups, 'group')} the intervals are rough: resampling so few "
            "groups tends to give intervals that are too narrow."
        )
    if metrics.auc in (0.0, 1.0):
        cautions.append(
            "Every pair was put in the same order, so resampling finds no spread and the interval "
            "has no width. That is a limit of the method, not certainty."
        )
    return cautions


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _is_are(number: int) -> str:
    return "is" if number == 1 else "are"
