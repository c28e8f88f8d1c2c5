"""The steps of a run, from listed files to out-of-fold predictions; each only connects rooms."""

import polars as pl

from aura.datasets import list_videos
from aura.duplicates import near_groups
from aura.engine import Item
from aura.errors import DataError
from aura.inference.detector import TRAINING_FOLDER
from aura.inference.preprocess import FULL, SCALED, clip_recipe, feature_recipe
from aura.inference.preprocess import scaled_feature_config as scaled_features
from aura.manifest import Manifest, build_manifest
from aura.pipeline.work import VIDEOS_FILE, Work
from aura.splits import TRAIN
from aura.stages import (
    AugmentStage,
    ClipStage,
    FeatureStage,
    FingerprintStage,
    ScaleStage,
    ScanStage,
)
from aura.stages.scan import file_key
from aura.tables import VIDEOS
from aura.training import ClipStore, FeatureTable, Sample, train_folds


def scan(work: Work) -> Manifest:
    """List the data set, hash and probe every file, group what belongs together, assign folds."""
    listing = list_videos(work.data, work.config.data)
    for note in listing.notes:
        work.progress.log(note)
    work.n_listed = len(listing.videos) + len(listing.failures)
    work.left_out.extend(listing.left_out)
    work.record_failures(listing.failures)
    items = [Item(video.video_id, video.path, file_key(video.path)) for video in listing.videos]
    facts = work.run_stage(
        ScanStage(work.config.media), items, folder="scan", table="scan_metadata.parquet"
    ).frame
    near: dict[str, str] | None = None
    if work.config.duplicates.enabled:
        readable = set(facts["video_id"])
        prints = work.run_stage(
            FingerprintStage(work.config.duplicates, limits=work.config.media),
            [item for item in items if item.video_id in readable],
            folder="fingerprints",
            table="fingerprints_metadata.parquet",
        ).frame
        facts = facts.join(prints, on="video_id", how="semi", maintain_order="left")
        near = _near_groups(work, prints, facts)
    split = work.config.split
    manifest = build_manifest(listing.videos, facts, split=split, near=near)
    for note in manifest.notes:
        work.progress.log(note)
    work.n_leaks = manifest.n_leaks
    work.left_out.extend(manifest.left_out(split))
    work.record_failures(manifest.failures)
    work.near_duplicates = near is not None
    return manifest


def _near_groups(work: Work, prints: pl.DataFrame, facts: pl.DataFrame) -> dict[str, str]:
    """Return the cluster of each video that shows the same pictures as another file."""
    known = facts.select("video_id", "sha256").join(prints, on="video_id", maintain_order="left")
    files = known.unique("sha256", keep="first", maintain_order=True)
    groups = near_groups(
        files["video_id"].to_list(), files["fingerprint"].to_list(), config=work.config.duplicates
    )
    named = files.select("sha256", pl.Series("near", groups, dtype=pl.String())).drop_nulls()
    return dict(known.join(named, on="sha256").select("video_id", "near").iter_rows())


def use(work: Work) -> None:
    """Scan, and keep the videos that take part as the run's."""
    manifest = scan(work)
    if manifest.undivided is not None:
        raise DataError(manifest.undivided)
    work.videos = manifest.used
    VIDEOS.write(work.videos, work.folder / VIDEOS_FILE)


def augment(work: Work) -> None:
    """Make changed versions of the training videos; the test split keeps none."""
    trained = set(work.videos.filter(pl.col("split") == TRAIN).get_column("video_id"))
    work.run_stage(
        AugmentStage(work.config.augment, limits=work.config.media),
        [item for item in work.originals() if item.video_id in trained],
        folder="augmented_videos",
        table="augmented_metadata.arrow",
    )


def features(work: Work) -> None:
    """Measure originals and versions at full size."""
    work.run_stage(
        FeatureStage(work.config.features, limits=work.config.media),
        work.originals() + work.made_by("augment"),
        folder="features",
        table="features_metadata.arrow",
    )


def scale(work: Work) -> None:
    """Write originals and versions at one small size."""
    work.run_stage(
        ScaleStage(work.config.scale, limits=work.config.media),
        work.originals() + work.made_by("augment"),
        folder="scaled_videos",
        table="scaled_metadata.arrow",
    )


def features_scaled(work: Work) -> None:
    """Measure the scaled videos."""
    work.run_stage(
        FeatureStage(
            scaled_features(work.config.features), limits=work.config.media, name="features_scaled"
        ),
        work.made_by("scale"),
        folder="features_scaled",
        table="features_scaled_metadata.arrow",
    )


def clips(work: Work) -> None:
    """Cut the clips networks train on from the scaled videos."""
    work.run_stage(
        ClipStage(
            work.config.clips, size_px=work.config.scale.max_side_px, limits=work.config.media
        ),
        work.made_by("scale"),
        folder="clips",
        table="clips_metadata.arrow",
    )


def train(work: Work) -> None:
    """Train every model on every fold and keep the out-of-fold predictions."""
    samples = _samples(work)
    work.folds = train_folds(
        samples,
        work.folder / TRAINING_FOLDER,
        config=work.config.training,
        features=feature_matrix(work),
        clips=clip_store(work),
        progress=work.progress,
        allow_leakage=work.config.split.allow_leakage,
    )


def _samples(work: Work) -> list[Sample]:
    """Return all videos and versions that every stage has succeeded with."""
    facts = {row["video_id"]: row for row in work.videos.iter_rows(named=True)}
    samples: list[Sample] = []
    for item in work.originals() + work.made_by("augment"):
        original, tilde, _ = item.video_id.partition("~")
        row = facts[original]
        samples.append(
            Sample(
                video_id=item.video_id,
                label=row["label"],
                group_id=row["group_id"],
                fold=row["fold"],
                split=row["split"],
                key=item.key,
                parent_id=original if tilde else None,
            )
        )
    return samples


def feature_matrix(work: Work) -> FeatureTable:
    """Return the features of both sizes, one row a video or version."""
    recipe = feature_recipe(
        work.config.features,
        work.config.scale,
        without_groups=work.config.training.without_groups,
    )
    full, scaled = (
        work.results[step].frame.rename(lambda n, p=prefix: n if n == "video_id" else f"{p}.{n}")
        for step, prefix in (("features", FULL), ("features_scaled", SCALED))
    )
    table = full.join(scaled, on="video_id", how="inner", maintain_order="left")
    ids: list[str] = table.get_column("video_id").to_list()
    return FeatureTable(
        video_ids=tuple(ids),
        parent_ids=tuple(i.partition("~")[0] if "~" in i else None for i in ids),
        matrix=table.select(recipe.names).to_numpy(),
        recipe=recipe,
    )


def clip_store(work: Work) -> ClipStore:
    """Return where the clips lie and how they were made."""
    return ClipStore(work.folder / "clips", clip_recipe(work.config.scale, work.config.clips))
