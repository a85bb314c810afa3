"""Sound read at a pace that changes, as a bend or vibrato asks for: windowed-sinc interpolation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

TAPS = 32  # samples around a place that its value is made of
BLOCK = 1 << 15  # values at a time: 8 MB of weights
BETA = 9.0  # of the Kaiser window: side lobes at -90 dB
Array = NDArray[np.float32]


def places(semitones: Array) -> NDArray[np.float64]:
    """Where in a sound each frame is read (m,), so many semitones up; the first at its start."""
    pace = 2.0 ** (np.asarray(semitones, np.float64) / 12)
    return np.concatenate([[0.0], np.cumsum(pace[:-1])]) if len(pace) else pace


def warped(sound: Array, semitones: Array) -> Array:
    """A sound (channels, n) at the pitches (m,); as long as both reach."""
    at = places(semitones)
    count = int(np.searchsorted(at, sound.shape[1]))
    return read(sound, at[:count])


def read(sound: Array, at: NDArray[np.float64]) -> Array:
    """The values of a sound (channels, n) at places (m,) in frames; silence is around it."""
    padded = np.pad(sound, ((0, 0), (TAPS, TAPS)))
    out = np.empty((len(sound), len(at)), np.float32)
    pace = np.gradient(at) if len(at) > 1 else np.ones(len(at))
    for start in range(0, len(at), BLOCK):
        part = slice(start, start + BLOCK)
        first = np.floor(at[part]).astype(np.int64) - TAPS // 2 + 1
        taps = first[:, None] + np.arange(TAPS)  # (values, TAPS)
        weights = _kernel(at[part, None] - taps, np.minimum(1.0, 1 / pace[part, None]))
        picked = padded[:, np.clip(taps + TAPS, 0, padded.shape[1] - 1)]
        out[:, part] = np.einsum("cvt,vt->cv", picked, weights)
    return out


def _kernel(distance: NDArray[np.float64], cutoff: NDArray[np.float64]) -> NDArray[np.float64]:
    """A Kaiser-windowed sinc; `cutoff` of the band, below 1 where the sound is read faster."""
    inside = np.clip(1 - (distance / (TAPS / 2)) ** 2, 0, None)
    window = np.i0(BETA * np.sqrt(inside)) / np.i0(BETA)
    kernel = cutoff * np.sinc(cutoff * distance) * window
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


def seconds_read(semitones: Array, frames: int, sample_rate: int) -> float:
    """How much of a sound so many frames of the pitches read, in seconds."""
    at = places(semitones[: frames + 1])
    return math.ceil(float(at[min(frames, len(at) - 1)])) / sample_rate
