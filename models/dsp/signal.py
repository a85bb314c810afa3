"""Signals as float32 arrays: channels, rate, trimming, level. No files, no torch, no networks."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

Array = NDArray[np.float32]

SILENCE = 1e-6  # -120 dB: below this peak a 16-bit file holds nothing
WINDOW = 256  # samples of an envelope's window, 6 ms
BLOCK_DC_HZ = 20.0  # below hearing
BLOCK_DC_RING_S = 0.15  # by then its answer to an impulse has fallen by 116 dB
FAST_SIZES = (9, 10, 12, 14, 15, 16)  # times a power of two: sizes that transform fast
CANCEL_RATIO = 0.1  # channels whose average is 20 dB below the louder one are in antiphase
STILL_SECONDS = 0.05  # a block of it, the stillest of a file, shows a constant offset


def shown_name(path: Path) -> str:
    """A file's name as text that any terminal and JSON take; bytes that are not UTF-8 as \\xE9."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def shown_path(path: Path) -> str:
    """The whole path as such text."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def to_mono(frames: Array) -> Array:
    """Average the channels of (frames, channels); the loudest one where averaging would cancel."""
    mean: Array = frames.mean(axis=1, dtype=np.float32)
    loudest = frames[:, int(np.argmax(np.square(frames).sum(axis=0)))]
    if np.square(mean).sum() < CANCEL_RATIO**2 * np.square(loudest).sum():
        return np.ascontiguousarray(loudest)
    return mean


def resample(signal: Array, source_hz: int, target_hz: int) -> Array:
    """Resample (frames,) or (frames, channels) with soxr VHQ; a no-op at equal rates."""
    if source_hz == target_hz:
        return signal
    return np.asarray(soxr.resample(signal, source_hz, target_hz, quality="VHQ"), np.float32)


def _sums(values: Array, width: int) -> Array:
    """Sums (count - width + 1,) of every `width` neighbours, made of sums of 1, 2, 4, ... of them:
    nothing is taken away again, so that float32 is exact enough.
    """
    count = len(values) - width + 1
    total, done, size = np.zeros(count, np.float32), 0, 1
    while True:
        if width & size:
            total += values[done : done + count]
            done += size
        if done == width:
            return total
        values = values[:-size] + values[size:]
        size *= 2


def _power(signal: Array, window: int) -> Array:
    """Mean square over a centred window of `window` samples; narrower where the signal ends."""
    half, count = window // 2, len(signal)
    power = _sums(np.pad(np.square(signal), half), 2 * half + 1)
    power[half : count - half] /= 2 * half + 1
    for edge in (slice(0, half), slice(max(half, count - half), count)):
        centre = np.arange(count)[edge]
        power[edge] /= np.minimum(centre + half + 1, count) - np.maximum(centre - half, 0)
    return power


def envelope(signal: Array, window: int = WINDOW) -> Array:
    """Root mean square over a centred window of `window` samples; same length as the signal."""
    return np.sqrt(_power(signal, window))


def onset(signal: Array, threshold_db: float = -34.0) -> int:
    """Index of the first sample within `threshold_db` of the peak: where the hit begins."""
    level = np.abs(signal)
    return int(np.argmax(level >= level.max() * 10 ** (threshold_db / 20)))


def trim_tail(signal: Array, threshold_db: float = -60.0) -> Array:
    """Drop the end whose envelope stays below `threshold_db` of the envelope's maximum."""
    power = _power(signal, WINDOW)
    loud = power > power.max(initial=0.0) * 10 ** (threshold_db / 10)
    return signal[: len(loud) - int(np.argmax(loud[::-1]))] if loud.any() else signal[:0]


def fade_out(signal: Array, frames: int) -> Array:
    """Multiply the last `frames` samples by half a raised cosine, so that the end cannot click."""
    count = min(frames, len(signal))
    faded = signal.copy()
    if count:
        ramp = 0.5 + 0.5 * np.cos(np.pi * (np.arange(count) + 1) / count)
        faded[-count:] *= ramp.astype(np.float32)
    return faded


@lru_cache(maxsize=32)  # lengths of one-shots fall into a dozen sizes
def _high_pass(size: int, sample_rate: int) -> NDArray[np.complex64]:
    """Response of a second-order Butterworth high-pass at BLOCK_DC_HZ on the bins of an rfft."""
    ratio = np.fft.rfftfreq(size, 1 / sample_rate) / BLOCK_DC_HZ
    response = -(ratio**2) / (1 - ratio**2 + 1j * np.sqrt(2) * ratio)
    return np.asarray(response, np.complex64)


def _fast_size(count: int) -> int:
    """The next size from `count` on that transforms fast, at most a fifth more."""
    power = 1 << max(0, (count - 1).bit_length() - 4)
    return next(times * power for times in FAST_SIZES if times * power >= count)


def block_dc(signal: Array, sample_rate: int) -> Array:
    """Causal second-order Butterworth high-pass at 20 Hz, applied in the frequency domain.

    Padding for as long as the filter rings keeps the circular convolution from wrapping.
    """
    size = _fast_size(len(signal) + int(BLOCK_DC_RING_S * sample_rate))
    spectrum = np.fft.rfft(signal, size)
    spectrum *= _high_pass(size, sample_rate)
    return np.asarray(np.fft.irfft(spectrum, size)[: len(signal)], np.float32)


def offset(signal: Array, sample_rate: int) -> float:
    """The constant offset (DC) of a recording: mean of its stillest 50 ms; 0 where that is sound.

    Taken away before `block_dc`, whose answer to a sudden offset would be a thump at the start.
    """
    found = stillest(signal[:, None], sample_rate)
    if found is None:
        return 0.0
    deviation, mean = float(found[0][0]), float(found[1][0])
    return mean if abs(mean) > deviation else 0.0


def stillest(frames: Array, sample_rate: int) -> tuple[Array, Array] | None:
    """The deviation and the mean of each channel of (frames, channels) in its stillest 50 ms.

    (channels,) each; None for frames of less than 50 ms.
    """
    block = int(STILL_SECONDS * sample_rate)
    if block < 1 or len(frames) < block:
        return None
    whole = frames[: len(frames) // block * block]
    blocks = np.ascontiguousarray(whole.T).reshape(frames.shape[1], -1, block)
    deviations = blocks.std(axis=2)  # (channels, blocks)
    at = np.argmin(deviations, axis=1)[:, None]
    still = np.take_along_axis(deviations, at, 1)[:, 0]
    return still, np.take_along_axis(blocks.mean(axis=2), at, 1)[:, 0]


def normalise_peak(signal: Array, peak: float = 0.9) -> Array:
    """Scale so that the largest absolute sample is `peak`; silence stays silence."""
    top = float(np.abs(signal).max(initial=0.0))
    return signal if top < SILENCE else np.asarray(signal * np.float32(peak / top), np.float32)


def rms_db(signal: Array) -> float:
    """Level of the whole signal in dB relative to full scale; -120 at the lowest."""
    return float(10 * np.log10(np.mean(np.square(signal, dtype=np.float64)) + 1e-12))
