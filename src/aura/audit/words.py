"""What an audit found, in plain words."""

from collections.abc import Iterable

from aura.audit.findings import Audit, Judgement, LeakKind, Score
from aura.leakage import COPY, GROUP, IDENTITY, NEAR, URL

_KINDS = {
    COPY: "exact copy",
    URL: "URL",
    NEAR: "near-duplicate",
    GROUP: "group",
    IDENTITY: "person",
}
_TELLING_AUC = 0.5
_NOTABLE_INFLATION = 0.02
_N_FACTS_SAID = 3


def kind_word(kind: str) -> str:
    """Return what a kind of tie is called; a data set's own kinds keep their names.

    >>> kind_word("copy"), kind_word("cascade")
    ('exact copy', 'cascade')
    """
    return _KINDS.get(kind, kind)


def count(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> count(1, "video"), count(1200, "video")
    ('1 video', '1,200 videos')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def interval(low: float | None, high: float | None) -> str:
    """Return an interval, or that there is none."""
    return "no interval" if low is None or high is None else f"{low:.3f} to {high:.3f}"


def score_words(score: Score) -> str:
    """Return an AUC with its interval on one line, or why there is none."""
    if score.auc is None:
        return f"not judged: {score.reason}"
    return f"{score.auc:.3f} [{interval(score.low, score.high)}]"


def verdict(audit: Audit) -> str:
    """Return in one sentence whether the table may be trained on."""
    wrong: list[str] = []
    if not audit.leaks.is_empty:
        wrong.append("the same content lies in several folds or splits")
    if audit.conflicts:
        wrong.append("labels contradict each other")
    if audit.inconsistency:
        wrong.append("folds and splits contradict each other")
    if wrong:
        listed = " and ".join(filter(None, (", ".join(wrong[:-1]), wrong[-1])))
        return f"Not fit for training as it is: {listed}."
    if not audit.leaks.has_places:
        return "No label contradicts another. There are no folds yet, so nothing can leak."
    return "Nothing leaks between folds and splits, and no label contradicts another."


def leak_sentences(audit: Audit) -> tuple[str, ...]:
    """Return what crosses folds and splits and what to do, or that nothing does."""
    leaks = audit.leaks
    if not leaks.has_places:
        return (
            "The table has no folds or splits, so leakage between them was not looked for. "
            "Assign them with aura data split and audit again.",
        )
    if leaks.is_empty:
        looked = "exact copies, groups, URLs, persons and the data set's own ties"
        return (
            f"No video shares anything with one in another fold or split: {looked}. "
            f"{_near_sentence(audit)}",
        )
    found = "; ".join(_kind_sentence(kind) for kind in leaks.kinds) or "groups"
    return (
        f"Across folds and splits: {found}. All ties together, "
        f"{count(len(leaks.groups), 'group')} of {audit.n_groups:,} "
        f"{'lies' if len(leaks.groups) == 1 else 'lie'} in more than one place. A model tested "
        "there is asked about what it was trained on.",
        "Assign folds by whole groups: aura data split.",
    )


def place_sentences(audit: Audit) -> tuple[str, ...]:
    """Return how folds and splits contradict each other and what to do, or nothing."""
    if not audit.inconsistency:
        return ()
    return (f"{audit.inconsistency}. Assign both with aura data split.",)


def _near_sentence(audit: Audit) -> str:
    if audit.n_looked_at is not None:
        return (
            f"Near-duplicates were looked for in {audit.n_looked_at:,} of "
            f"{count(audit.n_videos, 'video')}."
        )
    if audit.n_mixed_near_groups is None:
        return "No near-duplicates are known; --near-duplicates looks, if the scan did not."
    return "The near-duplicates that the table names were looked at as well."


def _kind_sentence(kind: LeakKind) -> str:
    return (
        f"{count(kind.n_values, 'tie')} by {kind_word(kind.kind)} ({count(kind.n_videos, 'video')})"
    )


def shortcut_sentences(audit: Audit) -> tuple[str, ...]:
    """Return how far the container alone gives labels away, and by what."""
    if not audit.shortcut:
        return ()
    best = audit.shortcut[0]
    score = best.by_group
    if score.auc is None:
        return (f"How far the container alone tells the label cannot be said: {score.reason}.",)
    sentences = [
        f"Without a look at any frame, {best.model} over what the container says (codec, size, "
        f"frame rate, duration, bit rate, sound) reaches an AUC of {score.auc:.3f} "
        f"({interval(score.low, score.high)}) on groups it has not seen. "
        + (
            "A detector that does no better may have learned no more than this."
            if _tells(score)
            else "That is no better than guessing."
        )
    ]
    if _tells(score) and audit.facts:
        facts = [fact for fact in audit.facts if fact.low is None or fact.low > _TELLING_AUC]
        said = "; ".join(f"{fact.name} – {fact.words}" for fact in facts[:_N_FACTS_SAID])
        if said:
            sentences.append(f"What gives it away most: {said}.")
    sentences.append(_source_sentence(audit, best))
    return tuple(sentences)


def _tells(score: Score) -> bool:
    return score.low is not None and score.low > _TELLING_AUC


def _source_sentence(audit: Audit, best: Judgement) -> str:
    score, column = best.by_source, audit.fitting.source_column
    if column is None:
        return "All videos come from one source, so leaving one out says nothing."
    if score.auc is None:
        return f"Leaving out one {column} at a time was not possible: {score.reason}."
    return (
        f"With whole values of {column} left out it reaches {score.auc:.3f} "
        f"({interval(score.low, score.high)}, {count(audit.fitting.n_sources, 'value')} in "
        f"{score.n_folds} folds)."
    )


def inflation_sentences(audit: Audit) -> tuple[str, ...]:
    """Return what a naive row split would make of each kind of evidence, the worst first."""
    evidence = dict.fromkeys(one.evidence for one in audit.judgements)
    worst = [
        max((one for one in audit.judgements if one.evidence == name), key=lambda one: one.flattery)
        for name in evidence
    ]
    worst.sort(key=lambda one: -one.flattery)
    return tuple(_inflation_sentence(one) for one in worst)


def _inflation_sentence(one: Judgement) -> str:
    head = f"{one.evidence[:1].upper()}{one.evidence[1:]}, {one.model}"
    gain = one.inflation
    if gain is None or one.by_row.auc is None or one.by_group.auc is None:
        reason = next(s.reason for s in (one.by_group, one.by_row) if s.auc is None)
        return f"{head}: not compared, because {reason}."
    figures = f"AUC {one.by_row.auc:.3f} by rows, {one.by_group.auc:.3f} by whole groups"
    if gain.low is not None and gain.low > 0 and gain.value >= _NOTABLE_INFLATION:
        return (
            f"{head}: {figures}. A row split would flatter it by {gain.value:.3f} "
            f"({interval(gain.low, gain.high)}): that much is memory of related videos, not skill."
        )
    if gain.high is not None and gain.high < 0:
        return (
            f"{head}: {figures}. A row split would mislead it: videos related to each other bear "
            "opposite labels here, so what it remembers of one is wrong of the other."
        )
    return f"{head}: {figures}. A row split would flatter it little or not at all here."


def remarks(audit: Audit) -> tuple[str, ...]:
    """Return what is no fault by itself and should be known."""
    found: list[str] = []
    if audit.n_unused:
        found.append(f"{count(audit.n_unused, 'video')} of the split unused took no part.")
    if audit.n_mixed_near_groups:
        found.append(
            f"{count(audit.n_mixed_near_groups, 'group')} of near-duplicates hold both labels. "
            "That is expected where fakes were made from genuine videos that are here too, and "
            "is no conflict; it is one where they are plain copies."
        )
    if audit.n_looked_at is not None and not audit.leaks.is_empty:
        found.append(_near_sentence(audit))
    found += [f"{place.name}: {place.remark}." for place in audit.places if place.remark]
    if audit.fitting.n_rows < audit.n_videos:
        found.append(
            f"The panels rest on {audit.fitting.n_rows:,} of {audit.n_videos:,} videos "
            f"({count(audit.fitting.n_groups, 'group')}), drawn as whole groups "
            f"(audit.max_fitted={audit.config.max_fitted})."
        )
    if audit.unread:
        found.append(
            f"{count(len(audit.unread), 'file')} could not be fingerprinted; of what they are "
            "near-duplicates is known only as far as the table says so (near_group)."
        )
    return (*found, *audit.fitting.notes)


def giveaways(audit: Audit) -> tuple[str, ...]:
    """Return the single values that all but tell the label."""
    return tuple(
        f"{one.title}: {value.value} – {value.n_fake:,} of {value.n_real + value.n_fake:,} fake"
        for one in audit.composition
        if not one.names_label
        for value in one.values
        if value.gives_away
    )


def uniform_columns(audit: Audit) -> tuple[str, ...]:
    """Return the columns that have one value for all videos, and the value."""
    return tuple(
        f"{one.title}: {one.values[0].value}" for one in audit.composition if len(one.values) == 1
    )


def shortcut_headline(audit: Audit) -> Score:
    """Return the better container judgement by whole groups, for a tile."""
    if audit.shortcut:
        return audit.shortcut[0].by_group
    return Score.none("not measured")


def worst_inflation(judgements: Iterable[Judgement]) -> Judgement | None:
    """Return the judgement that a row split flatters most, or None where none was compared."""
    known = [one for one in judgements if one.inflation is not None]
    return max(known, key=lambda one: one.flattery, default=None)
