"""The results of `benchmarks.near_duplicates` as a page."""

from typing import Any

from benchmarks.near_duplicate_clips import SAME_BY_EYE


def to_markdown(result: dict[str, Any]) -> str:
    """Return the page of a result, with the parts that were measured."""
    parts = ["# Near-duplicates\n"]
    if "clips" in result:
        parts.append(_clips(result["clips"]))
        parts.append(_cost(result["cost"]))
    if "scale" in result:
        parts.append(_scale(result["scale"]))
    parts.append(_conditions(result))
    return "\n".join(parts)


def _clips(clips: dict[str, Any]) -> str:
    rows = [
        "## Versions of real clips\n",
        "| version | recall | precision | precision by the table of groups | missed |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for kind in clips["versions"]:
        missed = ", ".join(name.partition("/")[2] for name in kind["missed"]) or "none"
        rows.append(
            f"| {kind['version']} | {_share(kind['recall'])} | {_share(kind['precision'])} | "
            f"{_share(kind['precision_by_table'])} | {missed} |"
        )
    across = "; ".join(" and ".join(pair) for pair in clips["clips_tied_across_groups"])
    rows.append(
        "\nRight: a clip as it is, tied to a version of itself. Wrong: a clip tied to a version of "
        "a clip of another group. Clips of one group may share footage and count neither way. All "
        f"{clips['n_files']} files are searched together ({clips['n_pairs_compared']} pairs, "
        f"{clips['n_pairs_tied']} tied, {clips['n_pairs_tied_across_groups']} of them across "
        f"groups). Tied across groups: {across or 'none'}."
    )
    if any(clip in across for pair in SAME_BY_EYE for clip in pair):
        rows[-1] += (
            " The two astronauts were made by two generators from one still picture, which both "
            "show at first: the second column counts them as what they are, the third as the "
            "table does."
        )
    rows[-1] += "\n"
    return "\n".join(rows)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _cost(cost: dict[str, float]) -> str:
    ways = dict.fromkeys(name.rpartition(", ")[0] for name in cost)
    rows = ["## What a clip costs\n", "| | mean, ms | median, ms |", "| --- | ---: | ---: |"]
    for way in ways:
        figures = (1000 * cost[f"{way}, {kind}"] for kind in ("mean", "median"))
        rows.append(f"| {way} | " + " | ".join(f"{figure:.0f}" for figure in figures) + " |")
    return "\n".join(rows) + "\n"


def _scale(scale: list[dict[str, Any]]) -> str:
    rows = [
        "## Grouping many fingerprints\n",
        "| videos | s | µs a video | processor, s | peak memory, MiB | copies tied | "
        "clusters whole | groups | of them mixed |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in scale:
        rows.append(
            f"| {one['n_videos']} | {one['wall_s']:.1f} | "
            f"{1e6 * one['wall_s'] / one['n_videos']:.0f} | {one['cpu_s']:.1f} | "
            f"{one['peak_bytes'] / 2**20:.0f} | {one['copies_tied']:.4f} | "
            f"{one['clusters_whole']:.4f} | {one['n_groups']} | {one['n_groups_mixed']} |"
        )
    rows.append(
        "\nFrom texts to group names, mirrored copies included. Memory is that of the whole "
        "process, with the texts. A mixed group holds footage that was not planted as the same. "
        "How the fingerprints are drawn: `benchmarks/near_duplicate_collection.py`.\n"
    )
    return "\n".join(rows)


def _conditions(result: dict[str, Any]) -> str:
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return (
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['system']}, load average {machine['load_average_before']} before. Versions: "
        f"{versions}. Made by `python -m benchmarks.near_duplicates`; all figures are in "
        "`near_duplicates.json`.\n"
    )
