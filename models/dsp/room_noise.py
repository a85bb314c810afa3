"""Recordings made in a room: the hiss before a sound and after it is no part of it.

Only where a recording begins with a steady background: a hit begins with its attack, and the tail
of a decay is never mistaken for noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import Array
from starling.models.dsp.stft import frames, hann

FRAME_SECONDS = 0.01
LEAD_FRAMES = 6  # of background before the sound, to know it by
RISE_DB = 4.0  # from their first half to their second: more is a soft attack
QUIETEST_DB = -60.0  # against the loudest frame; below it a background is inaudible
LOUDEST_DB = -18.0  # above it the beginning is sound
ABOVE_DB = 9.0  # over the background: sound
RUN_FRAMES = 4  # so long in a row; a crackle is shorter
BEFORE_SECONDS, AFTER_SECONDS = 0.02, 0.04  # kept around it
WINDOW_SECONDS = 0.04  # of the spectra that noise is subtracted in: 25 Hz apart
OVERLAP = 4  # windows at any moment
OVERESTIMATE = 3.0  # times the noise's power: a spectrum of noise varies about its mean


def without_background(signal: Array, sample_rate: int) -> Array:
    """The part of a mono signal (frames,) that stands out from a background it begins with.

    The same signal where there is none, or where nothing stands out.
    """
    frame = round(FRAME_SECONDS * sample_rate)
    levels = _levels(signal, frame)
    if len(levels) < LEAD_FRAMES + RUN_FRAMES:
        return signal
    lead = levels[:LEAD_FRAMES]
    background = float(np.median(lead))
    below = background - float(levels.max())
    rise = float(lead[LEAD_FRAMES // 2 :].mean() - lead[: LEAD_FRAMES // 2].mean())
    if rise > RISE_DB or not QUIETEST_DB < below < LOUDEST_DB:
        return signal
    runs = _runs(levels > background + ABOVE_DB)
    if not len(runs):
        return signal
    first = runs[0] * frame - int(BEFORE_SECONDS * sample_rate)
    last = (runs[-1] + RUN_FRAMES) * frame + int(AFTER_SECONDS * sample_rate)
    return signal[max(0, first) : last]


def _levels(signal: Array, frame: int) -> NDArray[np.float64]:
    """RMS of each whole frame in decibels."""
    count = len(signal) // frame
    power = np.square(signal[: count * frame].astype(np.float64)).reshape(count, frame).mean(axis=1)
    return np.asarray(10 * np.log10(power + 1e-15), np.float64)


def _runs(loud: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where RUN_FRAMES loud frames in a row begin."""
    return np.nonzero(np.lib.stride_tricks.sliding_window_view(loud, RUN_FRAMES).all(axis=1))[0]


def without_noise(signal: Array, noise: Array, sample_rate: int) -> Array:
    """A signal (frames,) less a steady noise, of which (frames,) are known by themselves.

    Spectral subtraction (Boll, 1979). The same signal where the noise is shorter than a window.
    """
    hop = max(1, round(WINDOW_SECONDS / OVERLAP * sample_rate))
    size = OVERLAP * hop
    if len(noise) < size or not len(signal):
        return signal
    window = hann(size).astype(np.float64)
    heard = np.fft.rfft(frames(noise.astype(np.float64), size, hop) * window)
    floor = OVERESTIMATE * np.square(np.abs(heard)).mean(axis=0)  # (bins,)
    count = -(-len(signal) // hop) + OVERLAP - 1
    padded = np.zeros((count + OVERLAP - 1) * hop)
    padded[size - hop : size - hop + len(signal)] = signal
    spectra = np.fft.rfft(frames(padded, size, hop) * window)  # (windows, bins)
    power = np.maximum(np.square(np.abs(spectra)), 1e-20)
    pieces = np.fft.irfft(spectra * np.sqrt(np.maximum(0.0, 1 - floor / power)), size) * window
    total, weight = np.zeros_like(padded), np.zeros_like(padded)
    for at, piece in enumerate(pieces):
        total[at * hop : at * hop + size] += piece
        weight[at * hop : at * hop + size] += np.square(window)
    kept = slice(size - hop, size - hop + len(signal))
    return np.asarray(total[kept] / weight[kept], np.float32)
