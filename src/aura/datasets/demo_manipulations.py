"""What the demo's forgers do to a take: four families of traces, each with known parameters.

Every manipulation draws its parameters once a video and stays coherent over its frames, so that
nothing jitters but what is meant to. All of them work where a forger would, on the subject. They
take and return 8-bit frames and leave the size, the number and the rate of the frames alone.
"""

import dataclasses
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from aura.datasets.demo_scene import ByteArray, FloatArray, Footage
from aura.errors import MediaError
from aura.media import EncodeConfig, encode_video, open_video

FilmDonor = Callable[[], Footage]


class Manipulation(Protocol):
    """One forger's tool: a frozen dataclass whose fields are its settings."""

    name: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def apply(self, footage: Footage, film_donor: FilmDonor, *, fps: float) -> ByteArray:
        """Return the forged frames, uint8 [N, H, W, 3], of ``footage``.

        ``film_donor`` gives a take of another place, of the same length and size.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Splice:
    """The subject's inside is replaced by another scene's subject, blended in over a soft edge.

    The colours are matched imperfectly and the inserted part carries another camera's noise,
    weakened by ``denoise_px`` of smoothing.
    """

    name: ClassVar[str] = "splice"

    region_scale: float
    edge_share: float
    gains: tuple[float, float, float]
    denoise_px: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Splice":
        """Return a splice with its settings drawn from ``rng``."""
        return cls(
            region_scale=_draw(rng, 0.8, 0.95),
            edge_share=_draw(rng, 0.15, 0.3),
            gains=(_draw(rng, 0.9, 1.1), _draw(rng, 0.92, 1.08), _draw(rng, 0.9, 1.1)),
            denoise_px=_draw(rng, 0.5, 0.8),
        )

    def apply(self, footage: Footage, film_donor: FilmDonor, *, fps: float) -> ByteArray:  # noqa: ARG002
        """Return ``footage`` with the donor's subject in the place of its own."""
        donor, forged = film_donor(), footage.frames.copy()
        target = _mean_colour(footage)
        gains = np.array(self.gains, np.float32) * target / _mean_colour(donor)
        enlarge = footage.radius_px / donor.radius_px
        masks = region_masks(footage, scale=self.region_scale, edge_share=self.edge_share)
        for i, mask in enumerate(masks):
            insert = _follow(donor, i, centre_px=footage.centres_px[i], enlarge=enlarge)
            insert = cv2.GaussianBlur(insert, (0, 0), self.denoise_px) * gains
            forged[i] = _blend(forged[i], np.asarray(insert, np.float32), mask)
        return forged


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """The region around the subject stops for moments while the rest of the picture goes on.

    The clip is divided into ``n_stops`` equal parts, and in each the region stands still for
    ``stop_share`` of the time.
    """

    name: ClassVar[str] = "freeze"

    region_scale: float
    edge_share: float
    n_stops: int
    stop_share: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Freeze":
        """Return a freeze with its settings drawn from ``rng``."""
        return cls(
            region_scale=_draw(rng, 1.3, 1.6),
            edge_share=_draw(rng, 0.1, 0.25),
            n_stops=int(rng.integers(6, 10)),
            stop_share=_draw(rng, 0.65, 0.8),
        )

    def apply(self, footage: Footage, film_donor: FilmDonor, *, fps: float) -> ByteArray:  # noqa: ARG002
        """Return ``footage`` with its subject stopping and catching up again."""
        forged = footage.frames.copy()
        n_frames = len(forged)
        masks = region_masks(footage, scale=self.region_scale, edge_share=self.edge_share)
        still, still_mask, current_part = footage.frames[0], masks[0], 0
        for i in range(n_frames):
            part, phase = divmod(i * self.n_stops / n_frames, 1)
            if part != current_part:
                still, still_mask, current_part = footage.frames[i], masks[i], part
            if phase <= self.stop_share:
                forged[i] = _blend(forged[i], still.astype(np.float32), still_mask)
        return forged


@dataclass(frozen=True, slots=True, kw_only=True)
class Flicker:
    """The subject's brightness wavers from frame to frame, as frame-wise synthesis does."""

    name: ClassVar[str] = "flicker"

    region_scale: float
    edge_share: float
    strength: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Flicker":
        """Return a flicker with its settings drawn from ``rng``."""
        return cls(
            region_scale=_draw(rng, 1.2, 1.5),
            edge_share=_draw(rng, 0.3, 0.5),
            strength=_draw(rng, 0.035, 0.06),
            seed=int(rng.integers(2**31)),
        )

    def apply(self, footage: Footage, film_donor: FilmDonor, *, fps: float) -> ByteArray:  # noqa: ARG002
        """Return ``footage`` with its subject's luma multiplied anew in every frame."""
        forged = footage.frames.copy()
        masks = region_masks(footage, scale=self.region_scale, edge_share=self.edge_share)
        gains = 1 + self.strength * np.random.default_rng(self.seed).standard_normal(len(forged))
        for i, mask in enumerate(masks):
            forged[i] = _blend(forged[i], forged[i] * np.float32(gains[i]), mask)
        return forged


@dataclass(frozen=True, slots=True, kw_only=True)
class Resample:
    """The subject is resized down and up again in every frame, by a slowly changing factor.

    This is what remains of a face that was generated small and pasted back.
    """

    name: ClassVar[str] = "resample"

    region_scale: float
    edge_share: float
    factors: tuple[float, float]
    period_s: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Resample":
        """Return a resampling with its settings drawn from ``rng``."""
        smallest = _draw(rng, 0.5, 0.6)
        return cls(
            region_scale=_draw(rng, 1.2, 1.5),
            edge_share=_draw(rng, 0.15, 0.3),
            factors=(smallest, smallest + _draw(rng, 0.08, 0.16)),
            period_s=_draw(rng, 0.6, 1.5),
        )

    def apply(self, footage: Footage, film_donor: FilmDonor, *, fps: float) -> ByteArray:  # noqa: ARG002
        """Return ``footage`` with its subject at a lower effective resolution."""
        forged = footage.frames.copy()
        height, width = forged.shape[1:3]
        low, high = self.factors
        masks = region_masks(footage, scale=self.region_scale, edge_share=self.edge_share)
        for i, mask in enumerate(masks):
            swing = 0.5 + 0.5 * np.sin(2 * np.pi * i / fps / self.period_s)
            factor = low + (high - low) * swing
            small_size = (round(width * factor), round(height * factor))
            small = cv2.resize(forged[i], small_size, interpolation=cv2.INTER_AREA)
            coarse = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
            forged[i] = _blend(forged[i], np.asarray(coarse, np.float32), mask)
        return forged


@dataclass(frozen=True, slots=True, kw_only=True)
class Recompress:
    """The whole clip was encoded poorly once before, and decoded again."""

    name: ClassVar[str] = "recompress"

    crf: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Recompress":
        """Return a first encode with its quality drawn from ``rng``."""
        return cls(crf=int(rng.integers(26, 31)))

    def apply(self, footage: Footage, film_donor: FilmDonor, *, fps: float) -> ByteArray:  # noqa: ARG002
        """Return ``footage`` as it looks after a poor first encode.

        Raises:
            MediaError: The first encode does not give back every frame.
        """
        n_frames = len(footage.frames)
        with tempfile.TemporaryDirectory(prefix="aura-demo-") as folder:
            path = Path(folder) / "first.mp4"
            config = EncodeConfig(crf=self.crf, preset="veryfast")
            encode_video(path, footage.frames, fps=fps, config=config)
            with open_video(path) as video:
                decoded = video.frames_at(indices=range(n_frames)).data
        if decoded.shape != footage.frames.shape:
            raise MediaError(
                f"a first encode of {footage.frames.shape} frames came back as {decoded.shape}: "
                "the H.264 encoder of this FFmpeg build does not keep every frame"
            )
        return decoded


MANIPULATIONS: tuple[type[Splice | Freeze | Flicker | Resample | Recompress], ...] = (
    Splice,
    Resample,
    Freeze,
    Recompress,
    Flicker,
)
"""The forgers' tools, in the order in which the demo deals them out."""


def parameters_of(manipulation: Manipulation) -> dict[str, Any]:
    """Return the settings of one of `MANIPULATIONS` as what JSON can hold."""
    return dataclasses.asdict(manipulation)


def region_masks(footage: Footage, *, scale: float, edge_share: float) -> list[FloatArray]:
    """Return for each frame the soft-edged disc that covers the subject.

    Args:
        footage: The take whose subject is followed.
        scale: The disc's radius as a multiple of the subject's.
        edge_share: The width of the soft edge as a share of the disc's radius; it lies inside.

    Returns:
        float32 [H, W] per frame, 1 inside and 0 outside.
    """
    height, width = footage.frames.shape[1:3]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    radius_px = footage.radius_px * scale
    masks: list[FloatArray] = []
    for x, y in footage.centres_px:
        distance = np.hypot(columns - x, rows - y) / radius_px
        ramp = np.clip((1 - distance) / edge_share, 0, 1)
        masks.append((ramp * ramp * (3 - 2 * ramp)).astype(np.float32))
    return masks


def _draw(rng: np.random.Generator, low: float, high: float) -> float:
    # Rounded, so that the table shows exactly the value that was used.
    return round(float(rng.uniform(low, high)), 4)


def _blend(frame: ByteArray, other: FloatArray, mask: FloatArray) -> ByteArray:
    share = mask[..., None]
    mixed = frame * (1 - share) + other * share
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _mean_colour(footage: Footage) -> NDArray[np.float32]:
    """Return the subject's mean colour in the first frame, float32 [3]."""
    inside = region_masks(footage, scale=0.8, edge_share=0.05)[0] > 0.5
    colours = footage.frames[0][inside].astype(np.float32)
    return np.maximum(colours.mean(axis=0), 16) if len(colours) else np.full(3, 128, np.float32)


def _follow(
    donor: Footage, index: int, *, centre_px: NDArray[np.float32], enlarge: float
) -> FloatArray:
    """Return the donor's frame, moved and scaled so that its subject lies at ``centre_px``."""
    height, width = donor.frames.shape[1:3]
    shift = centre_px - enlarge * donor.centres_px[index]
    move = np.array([[enlarge, 0, shift[0]], [0, enlarge, shift[1]]])
    moved = cv2.warpAffine(
        donor.frames[index],
        move,
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.asarray(moved, np.float32)
