"""What an audit finds, as values: nothing here computes more than a sum."""

import math
from dataclasses import dataclass

from aura.audit.config import AuditConfig
from aura.evaluation import AucDifference, Thumbnail
from aura.leakage import Conflict


@dataclass(frozen=True, slots=True)
class Place:
    """A fold or split and what lies in it."""

    name: str
    n_real: int
    n_fake: int
    n_groups: int

    @property
    def remark(self) -> str:
        """What is wrong with it, or nothing."""
        if not self.n_real + self.n_fake:
            return "empty"
        if not self.n_real:
            return "no real video"
        return "" if self.n_fake else "no fake video"


@dataclass(frozen=True, slots=True)
class LeakKind:
    """One kind of tie that crosses folds or splits.

    ``n_values`` counts what is shared (files, people, groups …), ``n_videos`` the videos that
    share it.
    """

    kind: str
    n_values: int
    n_videos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One video of a pair, with a frame to look at or a note why there is none."""

    video_id: str
    path: str
    label: int
    place: str
    frame: Thumbnail | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LeakPair:
    """Two videos in different places and all that ties them, each as kind and value."""

    ties: tuple[tuple[str, str], ...]
    first: Side
    second: Side


@dataclass(frozen=True, slots=True)
class Leaks:
    """What crosses folds and splits.

    Attributes:
        has_places: Whether there are several folds or splits at all.
        kinds: One entry a kind found.
        groups: The groups, all ties merged, that lie in several places; sorted.
        pairs: Examples, those of every kind among them.
    """

    has_places: bool
    kinds: tuple[LeakKind, ...]
    groups: tuple[str, ...]
    pairs: tuple[LeakPair, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing crosses, by no kind of tie and by no group."""
        return not self.kinds and not self.groups

    @property
    def n_values(self) -> int:
        """How many shared things cross, of all kinds."""
        return sum(kind.n_values for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class ValueShare:
    """One value of a column: its videos, and what share of them is fake with a 95% interval.

    Attributes:
        is_few: It occurs in too few groups for its share to say much.
        gives_away: ``real`` or ``fake`` where the value all but tells the label, else nothing.
    """

    value: str
    n_real: int
    n_fake: int
    n_groups: int
    low: float
    high: float
    is_few: bool
    gives_away: str

    @property
    def share_fake(self) -> float:
        """Share of its videos that is fake."""
        return self.n_fake / (self.n_real + self.n_fake)


@dataclass(frozen=True, slots=True)
class Composition:
    """The videos by the values of one column.

    ``names_label`` is true of columns that speak of fakes by definition, such as the method.
    """

    column: str
    title: str
    values: tuple[ValueShare, ...]
    names_label: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """An AUC out of folds with its interval, or the reason why there is none."""

    auc: float | None
    low: float | None
    high: float | None
    n: int
    n_groups: int
    n_folds: int
    reason: str = ""

    @classmethod
    def none(cls, reason: str) -> "Score":
        """Return a score that could not be had."""
        return cls(None, None, None, 0, 0, 0, reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One cheap model over one kind of evidence, judged by three ways of dividing the rows.

    Attributes:
        evidence: What the model is shown.
        model: Which model.
        by_row: Rows dealt out one by one.
        by_group: Whole groups dealt out.
        by_source: Whole sources left out.
        inflation: ``by_row`` less ``by_group``, or None where one is missing.
    """

    evidence: str
    model: str
    by_row: Score
    by_group: Score
    by_source: Score
    inflation: AucDifference | None

    @property
    def flattery(self) -> float:
        """How much a row split adds to the AUC; minus infinity where that is not known."""
        return -math.inf if self.inflation is None else self.inflation.value


@dataclass(frozen=True, slots=True)
class Fact:
    """How far one fact of the container gives the label away by itself, and in what way."""

    name: str
    auc: float
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """On what the panels' models were fitted.

    Attributes:
        n_rows: Videos fitted, drawn as whole groups where there are more.
        n_groups: Groups among them.
        source_column: The column whose values were left out, or None.
        n_sources: How many values it has among them.
        notes: What else a reader must know.
    """

    n_rows: int
    n_groups: int
    source_column: str | None
    n_sources: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Everything an audit found.

    Attributes:
        config: The settings it went by.
        n_real: Genuine videos in use.
        n_fake: Fakes in use.
        n_groups: Groups of them, all ties merged.
        n_unused: Videos of the split ``unused``, which take no part.
        places: Folds and splits.
        leaks: What crosses them.
        conflicts: Videos that are the same and bear different labels.
        n_mixed_near_groups: Groups of near-duplicates that hold both labels, or None where
            near-duplicates are not known.
        composition: One entry a column.
        fitting: On what the panels rest.
        judgements: The inflation panel; those over container facts are the shortcut panel.
        facts: Container facts by how far each gives the label away.
        inconsistency: How folds and splits contradict each other, or nothing.
        n_looked_at: How many videos in use were compared by their pixels, or None where the table
            was believed.
        unread: Files that could not be fingerprinted, as path and reason.
    """

    config: AuditConfig
    n_real: int
    n_fake: int
    n_groups: int
    n_unused: int
    places: tuple[Place, ...]
    leaks: Leaks
    conflicts: tuple[Conflict, ...]
    n_mixed_near_groups: int | None
    composition: tuple[Composition, ...]
    fitting: Fitting
    judgements: tuple[Judgement, ...]
    facts: tuple[Fact, ...]
    inconsistency: str = ""
    n_looked_at: int | None = None
    unread: tuple[tuple[str, str], ...] = ()

    @property
    def n_videos(self) -> int:
        """How many videos are in use."""
        return self.n_real + self.n_fake

    @property
    def is_clean(self) -> bool:
        """Whether nothing leaks and neither labels nor places contradict each other."""
        return self.leaks.is_empty and not self.conflicts and not self.inconsistency

    @property
    def shortcut(self) -> tuple[Judgement, ...]:
        """The judgements of container facts, the better one by group folds first."""
        return tuple(
            sorted(
                (one for one in self.judgements if one.evidence == CONTAINER),
                key=lambda one: (-(one.by_group.auc or 0.0), one.model),
            )
        )


CONTAINER, FEATURES, NEIGHBOURS = "container facts", "handcrafted features", "near-duplicates"
"""The kinds of evidence that cheap models are shown."""
