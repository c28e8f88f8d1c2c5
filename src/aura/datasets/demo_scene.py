"""Procedurally generated scenes that look and move like filmed ones.

A scene has a world (materials with 1/f textures, edges, a lighting gradient), a few soft-edged
objects that move through it, and a camera with its own noise. Everything follows from one seed;
what differs between takes of a scene is the camera path, the time window and the sensor noise.
Lengths are in pixels of the finished frame, times in seconds, colours in RGB.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
ByteArray = NDArray[np.uint8]

_WORLD_SCALE = 1.7
_PATTERN_SIDE_PX = 256
_MAX_ZOOM = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one kind of place has in common: how rough, how angular, how busy and how noisy.

    ``slopes`` bound the exponent of the amplitude spectrum (larger is smoother), ``contrast`` the
    texture's share of the brightness range, ``n_shapes`` the straight-edged surfaces,
    ``pan_px_per_s`` the camera's speed.
    """

    name: str
    slopes: tuple[float, float]
    contrast: tuple[float, float]
    n_shapes: tuple[int, int]
    pan_px_per_s: tuple[float, float]


LOOKS = (
    Look(
        name="foliage",
        slopes=(0.95, 1.15),
        contrast=(0.34, 0.5),
        n_shapes=(0, 3),
        pan_px_per_s=(4, 14),
    ),
    Look(
        name="street",
        slopes=(1.2, 1.5),
        contrast=(0.2, 0.34),
        n_shapes=(14, 26),
        pan_px_per_s=(8, 24),
    ),
    Look(
        name="indoors",
        slopes=(1.3, 1.6),
        contrast=(0.16, 0.28),
        n_shapes=(5, 12),
        pan_px_per_s=(2, 10),
    ),
    Look(
        name="coast",
        slopes=(1.1, 1.4),
        contrast=(0.28, 0.42),
        n_shapes=(0, 5),
        pan_px_per_s=(6, 20),
    ),
)
"""The kinds of places, told apart in the ``source`` column."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """One moving object: its picture, how opaque it is where, and the parameters of its path."""

    rgb: FloatArray
    alpha: FloatArray
    radius_px: float
    anchor: tuple[float, float]
    sway: tuple[float, float]
    rates_hz: tuple[float, float]
    phases: tuple[float, float]
    turn_degrees: float


@dataclass(frozen=True, slots=True)
class Sensor:
    """One camera's noise: read noise, shot noise and a fixed pattern of pixel gains."""

    read_noise: float
    shot_noise: float
    chroma_share: float
    gains: FloatArray
    drift_share: float
    drift_hz: float
    warmth_share: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A place that can be filmed any number of times."""

    look: Look
    width: int
    height: int
    world: FloatArray
    sprites: tuple[Sprite, ...]
    sensor: Sensor


@dataclass(frozen=True, slots=True)
class Footage:
    """A filmed take.

    Attributes:
        frames: uint8 [N, H, W, 3].
        centres_px: float32 [N, 2], x and y of the subject, the largest object, in each frame.
        radius_px: The subject's radius.
    """

    frames: ByteArray
    centres_px: FloatArray
    radius_px: float

    def __post_init__(self) -> None:
        assert self.frames.ndim == 4, self.frames.shape
        assert self.frames.dtype == np.uint8, self.frames.dtype
        assert self.centres_px.shape == (len(self.frames), 2), self.centres_px.shape


def build_scene(rng: np.random.Generator, *, look: Look, width: int, height: int) -> Scene:
    """Return a new place of the kind ``look`` that fills frames of the given size."""
    n_sprites = int(rng.integers(2, 5))
    subject = _build_sprite(rng, look=look, radius_px=float(rng.uniform(0.26, 0.34)) * height)
    others = tuple(
        _build_sprite(rng, look=look, radius_px=float(rng.uniform(0.07, 0.15)) * height)
        for _ in range(n_sprites - 1)
    )
    world = _build_world(rng, look=look, width=width, height=height)
    sensor = _build_sensor(rng, width=width, height=height)
    # The subject is painted last, in front of the others.
    return Scene(look, width, height, world, (*others, subject), sensor)


def film(scene: Scene, rng: np.random.Generator, *, n_frames: int, fps: float) -> Footage:
    """Return one take of ``scene``: its own camera path, moment and sensor noise."""
    start_s = float(rng.uniform(0, 40))
    times_s = start_s + np.arange(n_frames) / fps
    camera = _camera_path(scene, rng, times_s=times_s)
    centres = np.zeros((n_frames, 2), np.float32)
    frames = np.empty((n_frames, scene.height, scene.width, 3), np.uint8)
    for i, time_s in enumerate(times_s):
        light = cv2.warpAffine(
            scene.world,
            camera[i],
            (scene.width, scene.height),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        for sprite in scene.sprites:
            centres[i] = _paint(light, sprite, time_s=float(time_s))
        frames[i] = _expose(np.asarray(light, np.float32), scene.sensor, rng, time_s=float(time_s))
    return Footage(frames, centres, scene.sprites[-1].radius_px)


def fractal_texture(
    rng: np.random.Generator, shape: tuple[int, int], *, slope: float
) -> FloatArray:
    """Return a texture whose amplitude spectrum falls as 1/f**slope, as natural images' do.

    Args:
        rng: Where the phases come from.
        shape: Height and width.
        slope: 0 is white noise, 1 a typical photograph, 2 clouds.

    Returns:
        float32 [H, W] with mean 0 and standard deviation 1; it tiles without seams.

    >>> texture = fractal_texture(np.random.default_rng(1), (32, 48), slope=1.0)
    >>> texture.shape, abs(round(float(texture.mean()), 3)), round(float(texture.std()), 3)
    ((32, 48), 0.0, 1.0)
    """
    height, width = shape
    spectrum = np.fft.rfft2(rng.standard_normal(shape))
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    frequency = np.hypot(fy, fx)
    frequency[0, 0] = 1.0
    spectrum *= frequency**-slope
    spectrum[0, 0] = 0.0
    texture = np.fft.irfft2(spectrum, s=shape)
    return (texture / texture.std()).astype(np.float32)


def _build_world(rng: np.random.Generator, *, look: Look, width: int, height: int) -> FloatArray:
    shape = (int(height * _WORLD_SCALE), int(width * _WORLD_SCALE))
    world = _paint_material(rng, shape, look=look)
    for threshold in rng.uniform(-0.2, 0.9, size=2):
        # Another material begins where a smooth field exceeds a level: organic, fairly sharp edges.
        field = fractal_texture(rng, shape, slope=2.0)
        share = np.clip((field - threshold) * rng.uniform(8, 30) + 0.5, 0, 1)[..., None]
        world = world * (1 - share) + _paint_material(rng, shape, look=look) * share
    for _ in range(int(rng.integers(look.n_shapes[0], look.n_shapes[1] + 1))):
        world = _paint_shape(world, rng, look=look)
    ramp = np.linspace(-1, 1, shape[0])[:, None] * rng.uniform(-0.2, 0.2)
    ramp = ramp + np.linspace(-1, 1, shape[1])[None, :] * rng.uniform(-0.2, 0.2)
    lens_blur_px = float(rng.uniform(0.5, 0.75))
    lit = np.clip(world * (1 + ramp[..., None]), 0.02, 0.98).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(lit, (0, 0), lens_blur_px), np.float32)


def _paint_material(rng: np.random.Generator, shape: tuple[int, int], *, look: Look) -> FloatArray:
    grain = fractal_texture(rng, shape, slope=float(rng.uniform(*look.slopes)))
    tint = fractal_texture(rng, shape, slope=1.8)
    colour = _draw_colour(rng)
    other = np.clip(colour + rng.uniform(-0.14, 0.14, size=3), 0.08, 0.92)
    mix = np.clip(0.5 + 0.3 * tint, 0, 1)[..., None]
    contrast = float(rng.uniform(*look.contrast))
    shade = 1 + contrast * np.tanh(0.7 * grain)[..., None]
    return ((colour * mix + other * (1 - mix)) * shade).astype(np.float32)


def _draw_colour(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a muted colour, float64 [3] in 0..1: places are rarely saturated."""
    brightness = rng.uniform(0.25, 0.7)
    return np.clip(brightness + rng.normal(0, 0.07, size=3), 0.1, 0.85)


def _paint_shape(world: FloatArray, rng: np.random.Generator, *, look: Look) -> FloatArray:
    height, width = world.shape[:2]
    centre = rng.uniform((0, 0), (width, height))
    half = rng.uniform(0.04, 0.2, size=2) * width
    angle = rng.normal(0, 0.12)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half @ turn.T + centre
    mask = np.zeros((height, width), np.uint8)
    # Coordinates carry four fractional bits, so that edges fall between pixels.
    cv2.fillPoly(mask, [np.rint(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows) or not len(columns):
        return world
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    alpha = mask[box].astype(np.float32)[..., None] / 255
    surface = _paint_material(rng, alpha.shape[:2], look=look) if alpha.size > 64 else world[box]
    painted = world.copy()
    painted[box] = world[box] * (1 - alpha) + surface * alpha
    return painted


def _build_sprite(rng: np.random.Generator, *, look: Look, radius_px: float) -> Sprite:
    half = int(np.ceil(radius_px * 1.25)) + 2
    offsets = np.arange(-half, half + 1, dtype=np.float32)
    x, y = np.meshgrid(offsets / radius_px, offsets / radius_px)
    power = float(rng.uniform(1.8, 2.8))
    squeeze = float(rng.uniform(0.78, 0.98))
    distance = (np.abs(x / squeeze) ** power + np.abs(y) ** power) ** (1 / power)
    edge_px = float(rng.uniform(1.0, 2.2))
    alpha = np.clip(0.5 - (distance - 1) * radius_px / edge_px / 2, 0, 1).astype(np.float32)
    shading = 1.0 - 0.35 * np.clip(distance, 0, 1) ** 2 + 0.15 * (x * rng.normal() - y)
    rgb = _paint_material(rng, alpha.shape, look=look) * shading[..., None]
    rgb = cv2.GaussianBlur(np.clip(rgb, 0.02, 0.98).astype(np.float32), (0, 0), 0.6)
    return Sprite(
        rgb=np.asarray(rgb, np.float32),
        alpha=alpha,
        radius_px=radius_px,
        anchor=(float(rng.uniform(0.35, 0.65)), float(rng.uniform(0.4, 0.6))),
        sway=(float(rng.uniform(0.06, 0.2)), float(rng.uniform(0.02, 0.08))),
        rates_hz=(float(rng.uniform(0.12, 0.4)), float(rng.uniform(0.15, 0.5))),
        phases=(float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0, 2 * np.pi))),
        turn_degrees=float(rng.uniform(2, 9)),
    )


def _build_sensor(rng: np.random.Generator, *, width: int, height: int) -> Sensor:
    pattern = 1 + 0.012 * rng.standard_normal((height, width)).astype(np.float32)
    return Sensor(
        read_noise=float(rng.uniform(1.2, 2.2)),
        shot_noise=float(rng.uniform(0.12, 0.22)),
        chroma_share=float(rng.uniform(0.4, 0.7)),
        gains=pattern.astype(np.float32),
        drift_share=float(rng.uniform(0.01, 0.05)),
        drift_hz=float(rng.uniform(0.05, 0.25)),
        warmth_share=float(rng.uniform(-0.03, 0.03)),
    )


def _camera_path(
    scene: Scene, rng: np.random.Generator, *, times_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return float64 [N, 2, 3]: for each frame the map from its pixels to the world's."""
    n_frames = len(times_s)
    elapsed_s = times_s - times_s.mean()
    speed, heading = rng.uniform(*scene.look.pan_px_per_s), rng.uniform(0, 2 * np.pi)
    pan = np.outer(elapsed_s, [np.cos(heading), 0.5 * np.sin(heading)]) * speed
    # A hand shakes: white noise, smoothed over about a fifth of a second.
    shake = cv2.GaussianBlur(rng.standard_normal((n_frames, 2)), (1, 0), 0.1, sigmaY=4.0)
    pan = pan + np.asarray(shake) * rng.uniform(0.5, 2.5)
    zoom = 1 + _MAX_ZOOM * rng.uniform(-1, 1) * np.sin(elapsed_s * rng.uniform(0.3, 0.9))
    angle = np.deg2rad(rng.normal(0, 1.5) + rng.normal(0, 0.8) * elapsed_s)
    world_height, world_width = scene.world.shape[:2]
    room = np.array([world_width - scene.width, world_height - scene.height]) / 2
    middle = np.array([world_width, world_height]) / 2 + rng.uniform(-0.6, 0.6, size=2) * room
    cos, sin = np.cos(angle) / zoom, np.sin(angle) / zoom
    linear = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], axis=1)
    half = np.array([scene.width, scene.height]) / 2
    offset = middle + pan - linear @ half
    return np.concatenate([linear, offset[..., None]], axis=2)


def _paint(light: np.ndarray, sprite: Sprite, *, time_s: float) -> NDArray[np.float32]:
    """Paint ``sprite`` as it stands at ``time_s`` into ``light``; return its centre, x and y."""
    height, width = light.shape[:2]
    swing = [
        np.sin(2 * np.pi * rate * time_s + phase)
        for rate, phase in zip(sprite.rates_hz, sprite.phases, strict=True)
    ]
    centre = np.array(
        [
            (sprite.anchor[0] + sprite.sway[0] * swing[0]) * width,
            (sprite.anchor[1] + sprite.sway[1] * swing[1]) * height,
        ]
    )
    half = sprite.alpha.shape[0] // 2
    left, top = np.floor(centre).astype(int) - half
    turn = cv2.getRotationMatrix2D((half, half), sprite.turn_degrees * float(swing[1]), 1.0)
    turn[:, 2] += centre - np.floor(centre)
    size = sprite.alpha.shape[::-1]
    rgb = np.asarray(cv2.warpAffine(sprite.rgb, turn, size, flags=cv2.INTER_CUBIC))
    alpha = np.asarray(cv2.warpAffine(sprite.alpha, turn, size, flags=cv2.INTER_LINEAR))
    rows = slice(max(top, 0), min(top + size[1], height))
    columns = slice(max(left, 0), min(left + size[0], width))
    inner = np.s_[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    opacity = alpha[inner][..., None]
    light[rows, columns] = light[rows, columns] * (1 - opacity) + rgb[inner] * opacity
    return centre.astype(np.float32)


def _expose(
    light: FloatArray, sensor: Sensor, rng: np.random.Generator, *, time_s: float
) -> ByteArray:
    """Return what the sensor makes of ``light`` (float32 [H, W, 3] in 0..1): uint8, with noise."""
    drift = np.sin(2 * np.pi * sensor.drift_hz * time_s)
    warmth = sensor.warmth_share * drift
    gain = (1 + sensor.drift_share * drift) * np.array([1 + warmth, 1, 1 - warmth], np.float32)
    signal = light * (255 * gain).astype(np.float32) * sensor.gains[..., None]
    luma = signal.mean(axis=2)
    sigma = np.sqrt(sensor.read_noise**2 + sensor.shot_noise**2 * np.maximum(luma, 0))
    noise = rng.standard_normal(luma.shape, np.float32)[..., None]
    chroma = rng.standard_normal(light.shape, np.float32) * sensor.chroma_share
    exposed = signal + (noise + chroma) * sigma[..., None]
    return np.clip(np.rint(exposed), 0, 255).astype(np.uint8)
