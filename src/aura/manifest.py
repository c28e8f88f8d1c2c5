"""From a listing and what the files say to the table every later step goes by."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from aura.datasets import ListedVideo
from aura.datasets.listing import STORED_GROUP
from aura.errors import DataError
from aura.leakage import NEAR, UNUSED, Conflict, group_ids, label_conflicts, leaks
from aura.leakage import require_whole_groups as require_no_leak
from aura.splits import SplitConfig, SplitScheme, assign_folds
from aura.tables import VIDEOS, Failure, LeftOut

STAGE = "leakage"
"""Names this step in failure rows."""

CROSSES_FOLDS = "joins persons of two folds"
NO_OFFICIAL_SPLIT = "not in the official split"
UNUSED_GIVEN = "unused by the given split"
"""Kinds of `LeftOut`."""

_FILLED_BY_FILES = (
    *("video_id", "path", "label", "dataset", "group_id", "fold", "split", "sha256", "codec"),
    *("width", "height", "fps", "n_frames", "duration_s", "has_audio", "bit_rate_bps"),
    *("container", "size_bytes"),
)
"""Columns a user's table cannot fill; theirs are kept beside ours as ``declared_<name>``."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A data set ready for work.

    Attributes:
        videos: A checked table of `aura.tables.Video`, in the order of the listing; those a scheme
            leaves out have the split ``unused``.
        failures: Videos left out for what the comparison of files brought to light.
        notes: Remarks for the user.
        n_leaks: Ties that cross folds, where ``split.allow_leakage`` lets them.
        undivided: Why there are no folds; all videos then have the split ``unused``.
    """

    videos: pl.DataFrame
    failures: tuple[Failure, ...]
    notes: tuple[str, ...]
    n_leaks: int = 0
    undivided: str | None = None

    @property
    def used(self) -> pl.DataFrame:
        """The videos that take part."""
        return self.videos.filter(pl.col("split") != UNUSED)

    def left_out(self, split: SplitConfig) -> tuple[LeftOut, ...]:
        """Return a row for each video that the scheme leaves out, and why."""
        if self.undivided is not None:
            return ()
        kind = CROSSES_FOLDS
        if split.scheme is SplitScheme.GIVEN:
            kind = UNUSED_GIVEN
        elif split.scheme in (SplitScheme.FFPP_OFFICIAL, SplitScheme.CELEBDF_OFFICIAL):
            kind = NO_OFFICIAL_SPLIT
        unused = self.videos.filter(pl.col("split") == UNUSED)
        return tuple(
            LeftOut(what=path, kind=kind, detail=video_id)
            for path, video_id in unused.select("path", "video_id").iter_rows()
        )


def build_manifest(
    listed: Sequence[ListedVideo],
    facts: pl.DataFrame,
    *,
    split: SplitConfig,
    near: Mapping[str, str] | None = None,
) -> Manifest:
    """Return the manifest of the listed videos whose facts are known.

    Exact duplicates share a group; those with conflicting labels are left out as failures.

    Args:
        listed: The videos of one or several data sets.
        facts: A table with ``video_id``, ``sha256`` and what the container says of each file.
        split: How to assign folds and the test split.
        near: The name of its cluster for each video that shows the same pictures as another one;
            None where pictures were not compared: what a table says of them then holds.

    Raises:
        DataError: No video is left.
        LeakageError: Something straddles folds and ``split.allow_leakage`` is not set.
    """
    videos = _joined(listed, facts, near=near)
    conflicts = label_conflicts(videos)
    failures = tuple(_conflict_failures(videos, conflicts))
    out = {failure.video_id for failure in failures}
    videos = videos.filter(~pl.col("video_id").is_in(out))
    if videos.is_empty():
        raise DataError("no usable video is left; the table of failures gives the reasons")
    try:
        videos = assign_folds(videos, split=split)
    except DataError as error:
        undivided = _undivided(videos)
        return Manifest(undivided, failures, tuple(_notes(undivided, split)), undivided=str(error))
    n_leaks = len(leaks(videos)) if split.allow_leakage else 0
    if not split.allow_leakage:
        require_no_leak(videos)
    notes = (*_notes(videos, split), *_leak_notes(n_leaks))
    return Manifest(VIDEOS.check(videos, where="manifest"), failures, notes, n_leaks)


def _undivided(videos: pl.DataFrame) -> pl.DataFrame:
    """Return ``videos`` in groups and without folds."""
    grouped = videos.with_columns(group_ids(videos))
    bare = grouped.with_columns(fold=pl.lit(None, dtype=pl.Int64()), split=pl.lit(UNUSED))
    return VIDEOS.check(bare, where="manifest")


def _conflict_failures(videos: pl.DataFrame, conflicts: Sequence[Conflict]) -> Iterator[Failure]:
    shared = {"copy": "another file with the same bytes", "url": "another video of the same URL"}
    reasons = {
        video_id: f"{shared[conflict.kind]} has the other label; remove the wrong one"
        for conflict in reversed(conflicts)
        for video_id in conflict.video_ids
    }
    for video_id, path in videos.select("video_id", "path").iter_rows():
        if video_id in reasons:
            yield Failure(video_id=video_id, path=path, stage=STAGE, reason=reasons[video_id])


def _joined(
    listed: Sequence[ListedVideo], facts: pl.DataFrame, *, near: Mapping[str, str] | None
) -> pl.DataFrame:
    """Return one row a video with facts; a user's column never replaces one of ours."""
    names = _kept_names(dict.fromkeys(name for video in listed for name in video.extras))
    known = {row["video_id"]: row for row in facts.iter_rows(named=True)}
    records = [
        {
            "video_id": video.video_id,
            "path": str(video.path),
            "label": video.label,
            "dataset": video.dataset,
            **{k: v for k, v in known[video.video_id].items() if k != "video_id"},
            **{kept: video.extras.get(name) for name, kept in names.items()},
            "declared_group": video.group_id,
            **({} if near is None else {"near_group": near.get(video.video_id)}),
        }
        for video in listed
        if video.video_id in known
    ]
    if not records:
        raise DataError("no usable video is left; the table of failures gives the reasons")
    frame = pl.DataFrame(records, infer_schema_length=None)
    texts = {*names.values(), "declared_group", "near_group"}
    if "near_group" not in frame.columns:
        frame = frame.with_columns(near_group=pl.lit(None, dtype=pl.String()))
    return frame.with_columns(pl.col(name).cast(pl.String()) for name in texts)


def _kept_names(columns: Iterable[str]) -> dict[str, str]:
    """Return under which name each of a user's columns is kept.

    What a manifest kept of an earlier table gives way to what the manifest itself says.
    """
    names = {column: _kept_name(column) for column in columns}
    if STORED_GROUP in names:
        ours = {kept for column, kept in names.items() if column != kept}
        names = {column: kept for column, kept in names.items() if column not in ours}
    for kept, count in Counter(names.values()).items():
        if count > 1:
            both = ", ".join(column for column, name in names.items() if name == kept)
            raise DataError(
                f"the columns {both} of the table would both be kept as {kept}; rename one"
            )
    return names


def _kept_name(column: str) -> str:
    """Return the name under which a user's column is kept.

    >>> _kept_name("platform"), _kept_name("codec")
    ('platform', 'declared_codec')
    """
    if column == STORED_GROUP:
        return "group_id"
    return f"declared_{column}" if column in _FILLED_BY_FILES else column


def _notes(videos: pl.DataFrame, split: SplitConfig) -> Iterator[str]:
    n_copies = len(videos) - videos["sha256"].n_unique()
    if n_copies:
        yield f"{n_copies} files are exact copies of others; copies share a group"
    n_near = videos["near_group"].count()
    if n_near:
        n_clusters = videos["near_group"].n_unique() - int(n_near < len(videos))
        yield (
            f"{n_near} videos show the same pictures as others, in {n_clusters} clusters "
            f"({NEAR}s, found from the pixels); they share a group"
        )
    n_unused = int((videos["split"] == UNUSED).sum())
    if 0 < n_unused < len(videos):
        divided = split.identities == "divided" or split.scheme is SplitScheme.FAKEAVCELEB_IDENTITY
        why = "persons divided between folds" if divided else f"split.scheme={split.scheme.value}"
        yield f"{n_unused} of {len(videos)} videos are left out by {why}"
    used = videos.filter(pl.col("split") != UNUSED) if n_unused < len(videos) else videos
    sizes = used.group_by("group_id").len()["len"]
    n_tied = int(sizes.filter(sizes > 1).sum())
    if n_tied:
        yield (
            f"{len(used)} videos form {len(sizes)} groups; {n_tied} of them share a group with "
            f"others, the largest holds {sizes.max()}"
        )
    if "declared_fold" in videos.columns and split.scheme is not SplitScheme.GIVEN:
        yield "the table's fold column is not used; set split.scheme=given to use it"


def _leak_notes(n_leaks: int) -> Iterator[str]:
    if n_leaks:
        yield (
            f"LEAKAGE ALLOWED: {n_leaks} ties between videos cross folds or splits "
            "(split.allow_leakage); figures of this run know their test data in part"
        )
