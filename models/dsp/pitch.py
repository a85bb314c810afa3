"""The pitch of a sound that plays one note, or that it has none: YIN over its sounding frames.

Cheveigné and Kawahara, "YIN, a fundamental frequency estimator for speech and music" (2002), steps
1 to 5, without its last: the median over frames does that work here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp import stft

Array = NDArray[np.float32]

FMIN, FMAX = 27.0, 4_500.0  # Hz, a piano's keys
FRAME_S = 0.046  # integration window: librosa's frame_length / 2
HOP_S = 0.02
TROUGH_THRESHOLD = 0.1  # the first trough below this is the period (librosa's trough_threshold)
VOICED_THRESHOLD = 0.25  # a frame whose deepest trough is higher has no period
SOUNDING_DB = -30.0  # frames below this, relative to the loudest, are left out
AGREEMENT_CENTS = 60.0  # from the median
MIN_CONFIDENCE = 0.5  # share of the sounding frames that must agree
PARTIALS = 16
ROOT_DB = -40.0  # one of the first three partials must come so near to the loudest
MIDDLE_C = 60


@dataclass(frozen=True, slots=True)
class Pitch:
    """`note` is the nearest MIDI note, `cents` what is left, -50..50.

    Where `is_clear` is false the sound is noise, a chord or a drum, and `note` is middle C.
    """

    note: int
    cents: float
    confidence: float  # part of the sounding frames that agree
    is_clear: bool


def estimate(signal: Array, sample_rate: int) -> Pitch:
    """The pitch of a mono signal (frames,); of silence, no clear one."""
    hertz, sounding = contour(signal, sample_rate)
    voiced = hertz[sounding & (hertz > 0)]
    if not len(voiced):
        return Pitch(MIDDLE_C, 0.0, 0.0, False)
    notes = 69 + 12 * np.log2(voiced / 440.0)
    middle = float(np.median(notes))
    agree = np.abs(notes - middle) * 100 < AGREEMENT_CENTS
    confidence = float(agree.sum() / sounding.sum())
    middle = float(np.median(notes[agree])) if agree.any() else middle
    root = 440.0 * 2 ** ((middle - 69) / 12)
    if confidence < MIN_CONFIDENCE or not _has_root(signal, sample_rate, root):
        return Pitch(MIDDLE_C, 0.0, confidence, False)
    note = round(middle)
    return Pitch(note, 100 * (middle - note), confidence, True)


def contour(signal: Array, sample_rate: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """F0 (T,) in Hz every HOP_S, 0 for none, and which frames sound (T,)."""
    yin, sounding = yin_frames(signal, sample_rate, FMIN)
    return np.array([_first_trough_hz(frame, sample_rate) for frame in yin]), sounding


def yin_frames(
    signal: Array, sample_rate: int, fmin: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """YIN's function of each frame by lag (T, longest), and which frames sound (T,).

    It is near 0 where the frame repeats after the lag, about 1 where it does not.
    """
    window, hop = round(FRAME_S * sample_rate), round(HOP_S * sample_rate)
    longest = int(sample_rate / fmin)
    padded = np.pad(signal.astype(np.float64), (0, max(0, window + longest - len(signal))))
    frames = stft.frames(padded, window + longest, hop)  # (T, window + longest)
    power = np.square(frames[:, :window]).mean(axis=1)
    sounding = (power > power.max() * 10 ** (SOUNDING_DB / 10)) & (power > 0)
    return _normalised_difference(frames, window, longest), sounding


def _normalised_difference(
    frames: NDArray[np.float64], window: int, longest: int
) -> NDArray[np.float64]:
    """YIN's cumulative mean normalised difference (equation 8) by lag (T, longest)."""
    size = 1 << (2 * window + longest - 1).bit_length()
    ahead, whole = np.fft.rfft(frames[:, :window], size), np.fft.rfft(frames, size)
    products = np.fft.irfft(np.conj(ahead) * whole, size)[:, :longest]  # autocorrelation
    squares = np.cumsum(np.pad(np.square(frames), ((0, 0), (1, 0))), axis=1)
    energy = squares[:, window : window + longest] - squares[:, :longest]
    difference = np.maximum(energy[:, :1] + energy - 2 * products, 0.0)  # equations 6 and 7
    difference[:, 0] = 0.0
    mean = np.cumsum(difference, axis=1) / np.maximum(np.arange(longest), 1)
    return np.where(mean > 1e-12, difference / np.maximum(mean, 1e-12), 1.0)


def _first_trough_hz(yin: NDArray[np.float64], sample_rate: int) -> float:
    """The frequency in Hz of the first trough below TROUGH_THRESHOLD, else of the deepest; or 0."""
    shortest = int(sample_rate / FMAX)
    lags = np.arange(shortest, len(yin) - 1)
    low = yin[lags]
    lowest = (low <= yin[lags - 1]) & (low < yin[lags + 1])
    deep = lags[lowest & (low < TROUGH_THRESHOLD)]
    some = lags[lowest & (low < VOICED_THRESHOLD)]
    if not len(some):
        return 0.0
    at = int(deep[0]) if len(deep) else int(some[np.argmin(yin[some])])
    before, here, after = yin[at - 1 : at + 2]
    bend = before - 2 * here + after
    shift = 0.5 * (before - after) / bend if bend > 0 else 0.0  # the parabola's lowest point
    return float(sample_rate / (at + shift))


def _has_root(signal: Array, sample_rate: int, root: float) -> bool:
    """Whether the sound has one of the first three partials of the pitch `root`, Hz.

    A chord has not: its period is that of a note far below it (C, E and G are partials 4, 5 and 6).
    """
    magnitude = np.abs(np.fft.rfft(signal * np.hanning(len(signal))))
    width = sample_rate / len(signal)
    found = []
    for partial in range(1, PARTIALS + 1):
        low, high = (int(partial * root * ratio / width) for ratio in (0.97, 1.03))
        found.append(float(magnitude[max(low, 1) : high + 2].max(initial=0.0)))
    return max(found[:3]) > max(found) * 10 ** (ROOT_DB / 20)
