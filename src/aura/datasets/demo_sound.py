"""The sound of the demo's scenes: a hum with overtones above the noise of the place."""

from dataclasses import dataclass

import numpy as np

from aura.media import Audio

SOUND_RATE_HZ = 44_100


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambience:
    """What a place sounds like, whoever records it."""

    pitch_hz: float
    overtones: tuple[float, ...]
    tremolo_hz: float
    vibrato_hz: float
    noise_slope: float
    noise_share: float
    level: float


def draw_ambience(rng: np.random.Generator) -> Ambience:
    """Return the sound of a new place."""
    return Ambience(
        pitch_hz=float(rng.uniform(90, 420)),
        overtones=tuple(float(o) for o in rng.uniform(0, 1, size=6) / np.arange(1, 7)),
        tremolo_hz=float(rng.uniform(0.3, 3)),
        vibrato_hz=float(rng.uniform(3, 7)),
        noise_slope=float(rng.uniform(0.4, 1.1)),
        noise_share=float(rng.uniform(0.3, 0.6)),
        level=float(rng.uniform(0.15, 0.35)),
    )


def record(ambience: Ambience, rng: np.random.Generator, *, duration_s: float) -> Audio:
    """Return ``duration_s`` seconds of the place, with this recording's own phases and noise."""
    n_samples = round(duration_s * SOUND_RATE_HZ)
    times_s = np.arange(n_samples) / SOUND_RATE_HZ
    start, sway = rng.uniform(0, 2 * np.pi, size=2)
    wobble = 0.6 * np.sin(2 * np.pi * ambience.vibrato_hz * times_s + sway)
    phase = 2 * np.pi * ambience.pitch_hz * times_s + wobble + start
    tone = sum(
        strength * np.sin(order * phase) for order, strength in enumerate(ambience.overtones, 1)
    )
    tone = tone * (0.75 + 0.25 * np.sin(2 * np.pi * ambience.tremolo_hz * times_s + start))
    noise = _coloured_noise(rng, n_samples, slope=ambience.noise_slope)
    mixed = (1 - ambience.noise_share) * tone / (np.std(tone) + 1e-9)
    mixed = mixed + ambience.noise_share * noise
    samples = ambience.level * mixed / np.abs(mixed).max()
    return Audio(samples.astype(np.float32), SOUND_RATE_HZ)


def _coloured_noise(rng: np.random.Generator, n_samples: int, *, slope: float) -> np.ndarray:
    spectrum = np.fft.rfft(rng.standard_normal(n_samples))
    spectrum[1:] *= np.arange(1, len(spectrum)) ** -slope
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, n=n_samples)
    return noise / noise.std()
