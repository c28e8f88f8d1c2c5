"""The demo data set: generated scenes, filmed, forged and encoded so that only pixels tell.

Each group is one scene. Each of its takes is written twice: as it was filmed and as one of the
manipulations leaves it. Both copies share the frame size, the frame rate, the number of frames,
the sound, the encoder settings and the bit rate, all drawn per take or per scene; what a container
says therefore carries nothing about the label. Only frames of scenes that occur nowhere else are
spliced in, so that no group leaks into another.
"""

import functools
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import BaseModel, Field, model_validator

from aura.atomic import write_text
from aura.datasets.demo_manipulations import (
    MANIPULATIONS,
    Manipulation,
    parameters_of,
)
from aura.datasets.demo_scene import LOOKS, Footage, Look, build_scene, film
from aura.datasets.demo_sound import draw_ambience, record
from aura.errors import AuraError, DataError
from aura.fingerprint import fingerprint
from aura.media import EncodeConfig, encode_video
from aura.progress import Progress, Silent
from aura.tables import write_frame

DEMO_VERSION = 1
"""Raised whenever the same configuration gives other bytes."""

_MARKER = "demo.json"
_TABLE = "videos.csv"
HELD_OUT_TABLE = "held_out/held_out.csv"
_WORK = "demo videos"

_EvenSide = Annotated[int, Field(ge=64, le=1024, multiple_of=2)]
_Rate = Annotated[int, Field(ge=5, le=60)]


class DemoConfig(BaseModel, extra="forbid", frozen=True):
    """What the demo data set consists of."""

    n_groups: int = Field(default=18, ge=1, le=999, description="Scenes in the table.")
    takes_per_group: int = Field(
        default=2,
        ge=1,
        le=8,
        description="Takes of a scene; each gives a genuine and a forged video.",
    )
    n_held_out: int = Field(
        default=2, ge=1, le=99, description="Further scenes, kept out of the table."
    )
    widths: tuple[_EvenSide, ...] = Field(
        default=(192, 208, 224, 240, 256),
        min_length=1,
        description="Widths in pixels, one a scene.",
    )
    heights: tuple[_EvenSide, ...] = Field(
        default=(144, 160, 176, 192), min_length=1, description="Heights in pixels, one a scene."
    )
    frame_rates: tuple[_Rate, ...] = Field(
        default=(24, 25, 30), min_length=1, description="Frames a second, one a take."
    )
    min_duration_s: float = Field(
        default=2.0, ge=0.2, le=60, description="Shortest take in seconds."
    )
    max_duration_s: float = Field(
        default=2.8, ge=0.2, le=60, description="Longest take in seconds."
    )
    min_bits_per_pixel: float = Field(
        default=0.4, ge=0.05, le=8, description="Lowest bit rate of a take."
    )
    max_bits_per_pixel: float = Field(
        default=0.8, ge=0.05, le=8, description="Highest bit rate of a take."
    )
    seed: int = Field(default=42, ge=0, description="Everything follows from it.")

    @model_validator(mode="after")
    def _check_ranges(self) -> "DemoConfig":
        if self.min_duration_s > self.max_duration_s:
            raise ValueError("min_duration_s must not exceed max_duration_s")
        if self.min_bits_per_pixel > self.max_bits_per_pixel:
            raise ValueError("min_bits_per_pixel must not exceed max_bits_per_pixel")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePlan:
    """One take: what its two videos share, where they go and how one of them is forged."""

    index: int
    genuine_path: str
    forged_path: str
    manipulation: Manipulation
    n_frames: int
    fps: int
    bit_rate_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenePlan:
    """One scene and its takes; the unit of work of one process."""

    seed: int
    group_id: str
    look: Look
    width: int
    height: int
    held_out: bool
    takes: tuple[TakePlan, ...]

    @property
    def table(self) -> str:
        """The table that lists the scene's videos; their paths are relative to its folder."""
        return HELD_OUT_TABLE if self.held_out else _TABLE


def generate_demo(
    root: Path,
    *,
    config: DemoConfig | None = None,
    progress: Progress | None = None,
    workers: int = 1,
) -> Path:
    """Fill ``root`` with the demo data set and return the path of its table.

    The same configuration gives the same bytes, whatever the number of workers. A complete
    folder is left alone, an interrupted one is completed.

    Args:
        root: The folder; it is made where it is missing.
        config: What to generate; the default is 72 videos of 18 scenes.
        progress: Where to report, one step a scene.
        workers: How many processes generate scenes at the same time.

    Returns:
        ``root/videos.csv`` with the columns ``path`` (relative to the table), ``label``
        (``real`` or ``fake``), ``group_id``, ``method``, ``source`` and ``parameters`` (JSON).
        ``root/held_out/held_out.csv`` has the same columns and lists scenes of its own.

    Raises:
        DataError: ``root`` holds something else or a demo of another configuration, or cannot
            be written.
        MediaError: A video cannot be encoded.
        AuraError: A worker process died.
    """
    config, progress = config or DemoConfig(), progress or Silent()
    scenes = plan_demo(config)
    table = root / _TABLE
    state = {"fingerprint": fingerprint(DEMO_VERSION, config.model_dump(mode="json"))}
    todo = [scene for scene in scenes if not _is_written(root, scene)]
    if not todo and _read_state(root) == state | {"complete": True}:
        return table
    _claim(root, state)
    progress.start(_WORK, total=len(scenes), done=len(scenes) - len(todo))
    for group_id in _write_scenes(root, todo, workers=workers):
        progress.advance(_WORK, note=group_id)
    for name in (HELD_OUT_TABLE, _TABLE):
        write_frame(_table_of([scene for scene in scenes if scene.table == name]), root / name)
    write_text(root / _MARKER, json.dumps(state | {"complete": True}) + "\n")
    progress.finish(_WORK)
    return table


def plan_demo(config: DemoConfig) -> tuple[ScenePlan, ...]:
    """Return everything that is drawn before the first pixel; the tables follow from it.

    >>> plan = plan_demo(DemoConfig(n_groups=3))
    >>> [(scene.group_id, len(scene.takes), scene.held_out) for scene in plan][2:4]
    [('scene_002', 2, False), ('scene_003', 1, True)]
    """
    return tuple(_plan_scene(config, i) for i in range(config.n_groups + config.n_held_out))


def _plan_scene(config: DemoConfig, index: int) -> ScenePlan:
    rng = _rng(config.seed, "plan", index)
    held_out = index >= config.n_groups
    group_id = f"scene_{index:03d}"
    width, height = int(rng.choice(config.widths)), int(rng.choice(config.heights))
    n_takes = 1 if held_out else config.takes_per_group
    # Which letters are forged is shuffled, so that a name says nothing beyond its folder.
    letters = rng.permutation(2 * n_takes)
    takes: list[TakePlan] = []
    for take in range(n_takes):
        fps = int(rng.choice(config.frame_rates))
        duration_s = rng.uniform(config.min_duration_s, config.max_duration_s)
        spread = np.log([config.min_bits_per_pixel, config.max_bits_per_pixel])
        bits_per_pixel = float(np.exp(rng.uniform(*spread)))
        turn = index - config.n_groups if held_out else index * n_takes + take
        genuine, forged = (
            f"{label}/{group_id}_{chr(ord('a') + letters[2 * take + i])}.mp4"
            for i, label in enumerate(("real", "fake"))
        )
        takes.append(
            TakePlan(
                index=take,
                genuine_path=genuine,
                forged_path=forged,
                manipulation=MANIPULATIONS[turn % len(MANIPULATIONS)].draw(rng),
                n_frames=max(2, round(duration_s * fps)),
                fps=fps,
                bit_rate_bps=round(bits_per_pixel * width * height * fps),
            )
        )
    return ScenePlan(
        seed=config.seed,
        group_id=group_id,
        look=LOOKS[index % len(LOOKS)],
        width=width,
        height=height,
        held_out=held_out,
        takes=tuple(takes),
    )


def _rng(*parts: Any) -> np.random.Generator:
    """Return a generator that depends on ``parts`` alone, so that no order of work matters."""
    return np.random.default_rng(int(fingerprint(*parts), 16))


def _is_written(root: Path, scene: ScenePlan) -> bool:
    folder = (root / scene.table).parent
    return all(
        (folder / path).is_file()
        for take in scene.takes
        for path in (take.genuine_path, take.forged_path)
    )


def _read_state(root: Path) -> dict[str, Any] | None:
    marker = root / _MARKER
    try:
        return json.loads(marker.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise DataError(
            f"{marker}: cannot be read as the marker of a demo data set: {error}. "
            f"Choose another folder, or remove {root}"
        ) from error


def _claim(root: Path, state: dict[str, Any]) -> None:
    """Mark ``root`` as a demo that is being made, unless it holds anything else."""
    if root.exists() and not root.is_dir():
        raise DataError(f"{root}: expected a folder for the demo data set, found a file")
    found = _read_state(root)
    if found is None and root.exists() and any(root.iterdir()):
        raise DataError(
            f"{root}: expected an empty folder for the demo data set, found other files. "
            "Choose another folder"
        )
    if found is not None and found.get("fingerprint") != state["fingerprint"]:
        raise DataError(
            f"{root}: holds a demo data set of another configuration or version "
            f"({found.get('fingerprint')}, not {state['fingerprint']}). "
            "Choose another folder, or remove this one"
        )
    try:
        write_text(root / _MARKER, json.dumps(state | {"complete": False}) + "\n")
    except OSError as error:
        raise DataError(
            f"{root}: the demo data set cannot be written there: {error}. Choose another folder"
        ) from error


def _write_scenes(root: Path, scenes: list[ScenePlan], *, workers: int) -> Iterator[str]:
    """Write the videos of ``scenes`` and yield the group of each as it is done."""
    if workers <= 1 or len(scenes) <= 1:
        for scene in scenes:
            yield _write_scene(root, scene)
        return
    # Spawned, not forked: OpenCV and FFmpeg own threads that do not survive a fork.
    with ProcessPoolExecutor(min(workers, len(scenes)), mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_write_scene, root, scene) for scene in scenes]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            raise AuraError(
                f"{root}: a process that generates demo videos was killed, perhaps for want of "
                "memory. Run again with fewer workers; finished videos are kept"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _write_scene(root: Path, plan: ScenePlan) -> str:
    folder = (root / plan.table).parent
    place = (plan.seed, plan.group_id)
    rng = _rng(*place, "scene")
    scene = build_scene(rng, look=plan.look, width=plan.width, height=plan.height)
    ambience = draw_ambience(_rng(*place, "ambience"))
    for take in plan.takes:
        rng = _rng(*place, "take", take.index)
        footage = film(scene, rng, n_frames=take.n_frames, fps=take.fps)
        rng = _rng(*place, "sound", take.index)
        audio = record(ambience, rng, duration_s=take.n_frames / take.fps)
        forged = take.manipulation.apply(
            footage, functools.partial(_film_donor, plan, take), fps=take.fps
        )
        for path, frames in ((take.genuine_path, footage.frames), (take.forged_path, forged)):
            encode_video(
                folder / path,
                frames,
                fps=Fraction(take.fps),
                config=_encoding(take),
                audio=audio,
            )
    return plan.group_id


def _encoding(take: TakePlan) -> EncodeConfig:
    """Return the settings of the last encode, the same for the genuine and the forged copy.

    The bit rate is constant, filled up where the pictures need less, with a buffer of a quarter
    of a second: a forged copy then takes 0.98 to 1.03 times the bytes of the genuine one. With a
    mere ceiling on the rate the poorly encoded ones take down to 0.92. Key frames come at fixed
    places, for a cut that the encoder sees in a forgery alone would show in the file.
    """
    options = {
        "nal-hrd": "cbr",
        "maxrate": str(take.bit_rate_bps),
        "bufsize": str(take.bit_rate_bps // 4),
        "sc_threshold": "0",
    }
    return EncodeConfig(
        bit_rate_bps=take.bit_rate_bps, gop=take.fps, preset="veryfast", options=options
    )


def _film_donor(plan: ScenePlan, take: TakePlan) -> Footage:
    """Return a take of a place that occurs nowhere else in the data set."""
    rng = _rng(plan.seed, plan.group_id, "donor", take.index)
    look = LOOKS[int(rng.integers(len(LOOKS)))]
    donor = build_scene(rng, look=look, width=plan.width, height=plan.height)
    return film(donor, rng, n_frames=take.n_frames, fps=take.fps)


def _table_of(scenes: list[ScenePlan]) -> pl.DataFrame:
    rows: list[tuple[str | None, ...]] = []
    for scene in scenes:
        place = (scene.group_id, scene.look.name)
        for take in scene.takes:
            forger = take.manipulation
            parameters = json.dumps(parameters_of(forger), sort_keys=True)
            rows.append((take.genuine_path, "real", *place, None, None))
            rows.append((take.forged_path, "fake", *place, forger.name, parameters))
    columns = ["path", "label", "group_id", "source", "method", "parameters"]
    schema = dict.fromkeys(columns, pl.String())
    return pl.DataFrame(rows, schema=schema, orient="row").sort("path")
