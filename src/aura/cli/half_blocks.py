"""Pictures in a terminal: a half block a character, two pixels one above the other."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.style import Style
from rich.text import Text

from aura.shards.contact_sheet import mel_picture, scaled, strip
from aura.shards.sample import Clip

_UPPER_HALF = "▀"
_HEIGHT_PX = 28
_MEL_HEIGHT_PX = 12
_MIN_FRAMES = 1


def clip_pictures(clip: Clip, *, n_frames: int, width: int) -> Iterator[Text]:
    """Yield a clip's frames, and its spectrogram below them, as coloured text.

    Args:
        clip: What to show.
        n_frames: At most so many frames, fewer where the terminal is narrow.
        width: Of the terminal, in characters.
    """
    frame_width = max(1, round(clip.frames.shape[2] * _HEIGHT_PX / clip.frames.shape[1]))
    fitting = max(_MIN_FRAMES, min(n_frames, width // frame_width))
    frames = strip(clip.frames, height_px=_HEIGHT_PX, n_frames=fitting)
    yield half_blocks(frames[:, :width])
    if clip.mel is not None:
        mel = mel_picture(clip.mel)
        yield half_blocks(scaled(mel, min(width, frames.shape[1]), _MEL_HEIGHT_PX))


def half_blocks(picture: NDArray[np.uint8]) -> Text:
    """Return a picture, uint8 [H, W, 3] with an even H, as text of H / 2 lines."""
    text = Text(no_wrap=True, end="\n")
    for upper, lower in zip(picture[::2], picture[1::2], strict=True):
        for above, below in zip(upper.tolist(), lower.tolist(), strict=True):
            style = Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below))
            text.append(_UPPER_HALF, style)
        text.append("\n")
    text.right_crop()  # the last line ends with the text
    return text
