"""Mel power spectrograms and decibels as librosa defines them, in numpy alone: no numba to load.

Frames are centred on multiples of the hop, the signal padded with zeros; the filters are Slaney's
triangles of equal area (Auditory Toolbox, 1998). Agreement with librosa 0.11 is tested.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

TOP_DB = 80.0  # what lies further below the reference's neighbourhood is one floor
FLOOR = 1e-10  # power, -100 dB
LINEAR_HZ = 200.0 / 3.0  # a mel is this wide below the break of Slaney's scale
BREAK_HZ = 1_000.0
LOG_STEP = np.log(6.4) / 27.0  # 27 mels from 1 kHz to 6.4 kHz


def power(signal: Array, window: int, hop: int) -> Array:
    """The power spectrogram of (..., frames) with a Hann window: (..., window // 2 + 1, count)."""
    spectrum = _spectrum(signal, window, hop)
    found = np.square(spectrum.real)
    found += np.square(spectrum.imag)
    return np.swapaxes(found, -1, -2)


def magnitude(signal: Array, window: int, hop: int) -> Array:
    """The magnitude spectrogram, shaped as `power`."""
    return np.swapaxes(np.abs(_spectrum(signal, window, hop)), -1, -2)


def mel_power(signal: Array, sample_rate: int, window: int, hop: int, bands: int) -> Array:
    """Mel power spectrogram of (..., frames): (..., bands, count)."""
    found: Array = mel_filters(sample_rate, window, bands) @ power(signal, window, hop)
    return found


def decibels(power: Array, reference: float | None = None, top_db: float = TOP_DB) -> Array:
    """Power in dB relative to `reference` (None: the maximum), floored `top_db` below the peak."""
    top = float(power.max()) if reference is None else reference
    found: Array = np.log10(np.maximum(power, FLOOR))
    found *= 10
    found -= np.float32(10 * np.log10(max(top, FLOOR)))
    floored: Array = np.maximum(found, found.max() - np.float32(top_db))
    return floored


@lru_cache(maxsize=16)  # the metrics and the loss use six
def mel_filters(sample_rate: int, window: int, bands: int) -> Array:
    """Slaney's filters (bands, window // 2 + 1) from 0 Hz to half the sample rate."""
    edges = _hertz(np.linspace(0.0, _mel(sample_rate / 2), bands + 2))
    bins = np.arange(window // 2 + 1) * (sample_rate / window)
    widths = np.diff(edges)
    rising = (bins - edges[:-2, None]) / widths[:-1, None]
    falling = (edges[2:, None] - bins) / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges[2:] - edges[:-2])
    return np.asarray(triangles * area[:, None], np.float32)


def _spectrum(signal: Array, window: int, hop: int) -> NDArray[np.complex64]:
    """The short-time Fourier transform (..., count, window // 2 + 1)."""
    half = window // 2
    padded = np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(half, half)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, window, axis=-1)[..., ::hop, :]
    return np.asarray(np.fft.rfft(frames * _hann(window)), np.complex64)


@lru_cache(maxsize=16)
def _hann(window: int) -> Array:
    return np.asarray(np.hanning(window + 1)[:-1], np.float32)  # periodic


def _mel(hertz: float) -> float:
    if hertz < BREAK_HZ:
        return hertz / LINEAR_HZ
    return float(BREAK_HZ / LINEAR_HZ + np.log(hertz / BREAK_HZ) / LOG_STEP)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    corner = BREAK_HZ / LINEAR_HZ
    above = BREAK_HZ * np.exp(LOG_STEP * (np.maximum(mels, corner) - corner))
    return np.asarray(np.where(mels < corner, mels * LINEAR_HZ, above))
