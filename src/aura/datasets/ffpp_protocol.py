"""The official division of FaceForensics++: which clip belongs to training, validation, test.

``protocols/ffpp.json`` holds the three lists of pairs that the authors publish beside their code
(github.com/ondyari/FaceForensics, dataset/splits, MIT licence) and, as ``same_footage``, the clips
that their conversion table gives one YouTube video: 977 videos gave 1,000 clips, and the parts of
seven videos lie in two of the official lists.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from aura.datasets.listing import DataConfig, printable
from aura.datasets.metadata_files import given_metadata, read_json
from aura.errors import DataError

SPLITS = ("train", "val", "test")
_PACKAGED = "protocols/ffpp.json"


@dataclass(frozen=True, slots=True)
class FfppProtocol:
    """The official lists, read once.

    Attributes:
        split_of: The list of each clip's three-digit id.
        footage_of: For a clip cut from the same YouTube video as others, the first of them.
        files: The files the lists were read from; none for the packaged copy.
    """

    split_of: Mapping[str, str]
    footage_of: Mapping[str, str]
    files: tuple[Path, ...] = ()

    def split(self, *clips: str) -> str | None:
        """Return the list all ``clips`` are in; None where they differ or one is in no list."""
        splits = {self.split_of.get(clip) for clip in clips}
        return splits.pop() if len(splits) == 1 else None


def read_protocol(home: Path, config: DataConfig) -> FfppProtocol:
    """Return the lists of ``data.metadata``, else those in the tree, else the packaged ones.

    Raises:
        DataError: ``data.metadata`` lacks a list, a list is no list of pairs of ids, or two lists
            share an id.
    """
    packaged = _packaged()
    footage = {clip: group[0] for group in packaged["same_footage"] for clip in group}
    files = _list_files(home, config)
    lists = {split: read_json(path) for split, path in files.items()} or packaged
    split_of: dict[str, str] = {}
    for split in SPLITS:
        where = printable(files[split]) if files else _PACKAGED
        for clip in _clips(lists[split], where=where):
            if split_of.setdefault(clip, split) != split:
                raise DataError(
                    f"{where}: the id {clip} is also in the list {split_of[clip]}; a clip belongs "
                    "to one list. Restore the published lists, or remove these"
                )
    return FfppProtocol(split_of, footage, tuple(files.values()))


def _packaged() -> dict[str, Any]:
    return json.loads((resources.files("aura.datasets") / _PACKAGED).read_text(encoding="utf-8"))


def _list_files(home: Path, config: DataConfig) -> dict[str, Path]:
    """Return the file of each list, all from one folder, or none."""
    given = given_metadata(config)
    folders = [home / "splits", home / "dataset" / "splits", home]
    if given is not None:
        folders = [given / "splits", given]
    for folder in folders:
        files = {split: folder / f"{split}.json" for split in SPLITS}
        if all(path.is_file() for path in files.values()):
            return files
    if given is not None:
        raise DataError(
            f"data.metadata={config.metadata}: expected a folder with train.json, val.json and "
            "test.json; leave the setting out to use the published lists that come with aura"
        )
    return {}


def _clips(pairs: Any, *, where: str) -> list[str]:
    """Return the ids of a list of pairs, checked."""
    clips: list[str] = []
    for number, pair in enumerate(pairs if isinstance(pairs, list) else [pairs], start=1):
        if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_clip, pair)):
            raise DataError(
                f"{where}: expected a list of pairs of three-digit ids such as "
                f'["071", "054"]; entry {number} is {str(pair)[:60]}'
            )
        clips.extend(pair)
    return clips


def _is_clip(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 3 and value.isdecimal() and value.isascii()
