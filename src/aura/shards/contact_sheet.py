"""Stored clips as pictures: strips of frames, spectrograms, and a sheet of several clips."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from aura.shards.reader import ReadSample
from aura.tables import FAKE

Picture = NDArray[np.uint8]

_MARGIN_PX = 10
_TEXT_PX = 15
_LINE_PX = 20
_PAPER, _INK = (246, 247, 249), (27, 31, 36)
_CLASS_INK = {True: (213, 94, 0), False: (0, 114, 178)}
_MAX_TEXT = 160


def strip(frames: NDArray[np.uint8], *, height_px: int, n_frames: int) -> Picture:
    """Return evenly spread frames of a clip side by side, uint8 [height_px, W, 3].

    Args:
        frames: uint8 [T, H, W, 3].
        height_px: Of the strip.
        n_frames: At most so many.
    """
    shown = np.linspace(0, len(frames) - 1, min(n_frames, len(frames))).round().astype(int)
    width = max(1, round(frames.shape[2] * height_px / frames.shape[1]))
    return np.concatenate([scaled(frames[i], width, height_px) for i in shown], axis=1)


def scaled(picture: Picture, width_px: int, height_px: int) -> Picture:
    """Return a picture at another size."""
    shrinks = width_px * height_px < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, (width_px, height_px), interpolation=how), dtype=np.uint8)


def mel_picture(mel: NDArray[np.float16]) -> Picture:
    """Return a spectrogram as uint8 [n_mels, time, 3], high notes on top, loud ones bright."""
    values = mel.astype(np.float32)
    values = np.where(np.isfinite(values), values, np.nan)
    if np.isnan(values).all():
        return np.zeros((*mel.shape, 3), dtype=np.uint8)
    low, high = np.nanpercentile(values, (1, 99))
    grey = np.nan_to_num((values - low) / max(float(high - low), 1e-6), nan=0.0).clip(0, 1)
    coloured = cv2.applyColorMap((grey[::-1] * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    return np.ascontiguousarray(coloured[:, :, ::-1], dtype=np.uint8)


def caption(sample: ReadSample) -> str:
    """Return what a sample is in a line."""
    row, frames = sample.row, sample.clip.frames
    sound = "no sound" if sample.clip.mel is None else "sound {}x{}".format(*sample.clip.mel.shape)
    return (
        f"{row.sample_id}  {'fake' if row.label == FAKE else 'real'}  "
        f"{len(frames)} frames {frames.shape[2]}x{frames.shape[1]}  {sound}  {row.shard}"
    )


def contact_sheet(
    samples: Sequence[ReadSample], *, height_px: int = 112, n_frames: int = 8
) -> Picture:
    """Return several clips as one picture: caption, metadata, frames and spectrogram of each."""
    rows = [_clip_row(sample, height_px=height_px, n_frames=n_frames) for sample in samples]
    width = max((row.shape[1] for row in rows), default=1)
    sheet = [
        np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=_PAPER[0])
        for row in rows
    ]
    return np.concatenate(sheet, axis=0) if sheet else np.full((1, 1, 3), 255, dtype=np.uint8)


def _clip_row(sample: ReadSample, *, height_px: int, n_frames: int) -> Picture:
    parts = [strip(sample.clip.frames, height_px=height_px, n_frames=n_frames)]
    if sample.clip.mel is not None:
        mel = mel_picture(sample.clip.mel)
        parts.append(scaled(mel, max(height_px, mel.shape[1]), height_px))
    lines = (caption(sample), sample.row.metadata)
    width = sum(part.shape[1] + _MARGIN_PX for part in parts) + _MARGIN_PX
    font = ImageFont.load_default(_TEXT_PX)
    longest = max(font.getlength(line[:_MAX_TEXT]) for line in lines)
    width = max(width, int(longest) + 2 * _MARGIN_PX)
    top = _MARGIN_PX + len(lines) * _LINE_PX
    canvas = Image.new("RGB", (width, top + height_px + _MARGIN_PX), _PAPER)
    draw = ImageDraw.Draw(canvas)
    inks = (_CLASS_INK[sample.row.label == FAKE], _INK)
    for number, (line, ink) in enumerate(zip(lines, inks, strict=True)):
        place = (_MARGIN_PX, _MARGIN_PX + number * _LINE_PX)
        draw.text(place, line[:_MAX_TEXT], fill=ink, font=font)
    left = _MARGIN_PX
    for part in parts:
        canvas.paste(Image.fromarray(part), (left, top))
        left += part.shape[1] + _MARGIN_PX
    return np.asarray(canvas, dtype=np.uint8)
