"""Mel power spectrograms and decibels as librosa defines them, in numpy alone: no numba to load.

Frames as in stft.py; the filters are Slaney's triangles of equal area (Auditory Toolbox, 1998).
Agreement with librosa 0.11 is tested. `triangles` is where all mel filters are made.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.stft import power

Array = NDArray[np.float32]

TOP_DB = 80.0  # below the peak, where the floor is (librosa's top_db)
FLOOR = 1e-10  # power, -100 dB
LINEAR_HZ = 200.0 / 3.0  # a mel is this wide below the break of Slaney's scale
BREAK_HZ = 1_000.0
LOG_STEP = np.log(6.4) / 27.0  # 27 mels from 1 kHz to 6.4 kHz


def mel_power(signal: Array, sample_rate: int, window: int, hop: int, bands: int) -> Array:
    """Mel power spectrogram (..., bands, T) of signals (..., samples)."""
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
    area = 2.0 / (edges[2:] - edges[:-2])
    return np.asarray(triangles(edges, bins) * area[:, None], np.float32)


def triangles(edges: NDArray[np.float64], points: NDArray[Any]) -> NDArray[np.float64]:
    """Triangular filters (len(edges) - 2, len(points)) of height 1 over neighbouring edges."""
    rising = (points - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - points) / (edges[2:] - edges[1:-1])[:, None]
    filters: NDArray[np.float64] = np.clip(np.minimum(rising, falling), 0, None)
    return filters


def _mel(hertz: float) -> float:
    if hertz < BREAK_HZ:
        return hertz / LINEAR_HZ
    return float(BREAK_HZ / LINEAR_HZ + np.log(hertz / BREAK_HZ) / LOG_STEP)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    corner = BREAK_HZ / LINEAR_HZ
    above = BREAK_HZ * np.exp(LOG_STEP * (np.maximum(mels, corner) - corner))
    return np.asarray(np.where(mels < corner, mels * LINEAR_HZ, above))
