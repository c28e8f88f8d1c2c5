"""The contact sheet of ``aura shards view`` as a page or a picture."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from aura.atomic import atomic_path, write_text
from aura.errors import DataError
from aura.evaluation.page import page_environment, style_sheet
from aura.shards import ReadSample
from aura.shards.contact_sheet import Picture, contact_sheet, mel_picture, scaled, strip

_FOLDER = Path(__file__).parent
_HEIGHT_PX = 160
_MEL_MIN_WIDTH_PX = 320


def write_page(samples: Sequence[ReadSample], out: Path, *, title: str, n_frames: int) -> None:
    """Write one HTML file that needs no other; equal samples give equal bytes."""
    environment = page_environment(_FOLDER)
    page = environment.get_template("shards_page.html.j2").render(
        title=title,
        css=style_sheet(),
        clips=[_clip(sample, n_frames=n_frames) for sample in samples],
    )
    write_text(out, page)


def write_picture(samples: Sequence[ReadSample], out: Path, *, n_frames: int) -> None:
    """Write one PNG file."""
    content = png_bytes(contact_sheet(samples, n_frames=n_frames))
    with atomic_path(out) as partial:
        partial.write_bytes(content)


def png_bytes(picture: Picture) -> bytes:
    """Return a picture, uint8 [H, W, 3] RGB, as a PNG file."""
    done, content = cv2.imencode(".png", np.ascontiguousarray(picture[:, :, ::-1]))
    if not done:
        raise DataError(f"a picture of {picture.shape[1]}x{picture.shape[0]} cannot be stored")
    return content.tobytes()


def _clip(sample: ReadSample, *, n_frames: int) -> dict[str, Any]:
    row, clip = sample.row, sample.clip
    sound = None
    if clip.mel is not None:
        picture = mel_picture(clip.mel)
        width = max(_MEL_MIN_WIDTH_PX, picture.shape[1])
        sound = _uri(scaled(picture, width, _HEIGHT_PX))
    return {
        "sample_id": row.sample_id,
        "label": row.label,
        "where": f"{row.shard}, {row.dir}",
        "size": f"{len(clip.frames)} frames of {clip.frames.shape[2]}x{clip.frames.shape[1]}",
        "frames": _uri(strip(clip.frames, height_px=_HEIGHT_PX, n_frames=n_frames)),
        "sound": sound,
        "mel_shape": None if clip.mel is None else "{} bands, {} steps".format(*clip.mel.shape),
        "metadata": {key: str(value) for key, value in row.facts().items()},
    }


def _uri(picture: Picture) -> str:
    return "data:image/png;base64," + base64.b64encode(png_bytes(picture)).decode("ascii")
