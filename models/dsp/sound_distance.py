"""How alike two sounds are: MSS, wMFCC, SOT and RMS cosine, as published for sound matching.

The definitions are those of `scripts/compute_audio_metrics.py` of Hayes, Saitis and Fazekas, "Audio
synthesizer inversion in symmetric parameter spaces" (arXiv 2506.07199), so that figures compare.
Sounds are (channels, frames) float32 of equal length; sizes in samples are whole at any rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.mel_spectrogram import decibels, mel_power
from starling.models.dsp.stft import frames, magnitude
from starling.models.errors import InputError

Array = NDArray[np.float32]

MSS_SCALES = ((10, 5, 32), (25, 10, 64), (100, 50, 128))  # window ms, hop ms, mel bands
MFCC_MS = (50, 10)  # window, hop
MFCC_BANDS, COEFFICIENTS = 128, 20
SOT_MS = (50, 20)
SOT_FLOOR = 1e-6  # of a frame's sum, so that silence divides by something
RMS_MS = (50, 25)
SILENT_PEAK = 1e-4  # -80 dB: below it no metric is defined (MSS a flat map, RMS cosine 0/0)


@dataclass(frozen=True, slots=True)
class Similarity:
    """Three distances (0: equal) in their own units, and a cosine (1: the same envelope)."""

    mss: float  # dB
    wmfcc: float
    sot: float
    rms_cosine: float


def compare(target: Array, other: Array, sample_rate: int = 44_100) -> Similarity:
    """All four measures of two sounds (channels, frames) of equal length.

    Raises InputError: code `silent` when one of them is, else for shapes that do not fit.
    """
    check_pair(target, other)
    return Similarity(
        mss(target, other, sample_rate),
        wmfcc(target, other, sample_rate),
        sot(target, other, sample_rate),
        rms_cosine(target, other, sample_rate),
    )


def check_pair(target: Array, other: Array) -> None:
    """Raise InputError for what cannot be compared; silence has the code `silent`."""
    if target.ndim != 2 or target.shape != other.shape or not target.size:
        shapes = f"{target.shape} and {other.shape}"
        raise InputError(f"sounds to compare must both be (channels, frames), got {shapes}")
    for name, sound in (("target", target), ("other sound", other)):
        if not np.isfinite(sound).all():
            raise InputError(f"the {name} holds samples that are not numbers")
        if is_silent(sound):
            raise InputError(f"the {name} is silent: its peak is below -80 dB", code="silent")


def is_silent(sound: Array) -> bool:
    """Whether nothing in a sound reaches -80 dB."""
    return not sound.size or float(np.abs(sound).max()) < SILENT_PEAK


def mss(target: Array, other: Array, sample_rate: int = 44_100) -> float:
    """Mean difference in dB over three mel spectrograms, each relative to its own maximum."""
    pairs = zip(mel_maps(target, sample_rate), mel_maps(other, sample_rate), strict=True)
    return float(np.mean([np.mean(np.abs(a - b)) for a, b in pairs]))


def mel_maps(sound: Array, sample_rate: int) -> list[Array]:
    """The three maps in dB that MSS compares, one reference for all channels."""
    return [
        decibels(mel_power(sound, sample_rate, _size(w, sample_rate), _size(h, sample_rate), bands))
        for w, h, bands in MSS_SCALES
    ]


def wmfcc(target: Array, other: Array, sample_rate: int = 44_100) -> float:
    """Warped MFCC distance: mean absolute difference along the best alignment in time.

    Dynamic time warping with the symmetric steps of Sakoe and Chiba (1978), a diagonal step
    weighing two, divided by the length of both.
    """
    first, second = mfcc(target, sample_rate), mfcc(other, sample_rate)
    costs = np.asarray(np.abs(first[:, None] - second[None]).mean(axis=-1), np.float64)
    return warped(costs) / sum(costs.shape)


def mfcc(sound: Array, sample_rate: int) -> Array:
    """20 coefficients of every channel, one row for each frame: (count, channels * 20)."""
    window, hop = (_size(ms, sample_rate) for ms in MFCC_MS)
    mels = decibels(mel_power(sound, sample_rate, window, hop, MFCC_BANDS), reference=1.0)
    found = np.einsum("kb,cbt->ckt", _cosines(), mels)  # (channels, 20, count)
    return np.asarray(found.reshape(-1, found.shape[-1]).T, np.float32)


def warped(costs: NDArray[np.float64]) -> float:
    """The cheapest way through a matrix of costs from corner to corner, by anti-diagonals.

    >>> warped(np.array([[1.0, 9.0], [9.0, 1.0]]))
    3.0
    """
    rows, columns = costs.shape
    before = last = np.full(rows + 1, np.inf)  # of the two diagonals before, by row + 1
    for diagonal in range(rows + columns - 1):
        i = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        here = costs[i, diagonal - i]
        found = np.full(rows + 1, np.inf)
        straight = np.minimum(last[i], last[i + 1]) + here
        found[i + 1] = np.minimum(straight, before[i] + 2 * here) if diagonal else here
        before, last = last, found
    return float(last[rows])


def sot(target: Array, other: Array, sample_rate: int = 44_100) -> float:
    """Spectral optimal transport: mean over frames of the 1-D Wasserstein distance of spectra."""
    first, second = (_distributions(sound, sample_rate) for sound in (target, other))
    return float(np.mean(np.abs(first - second).sum(axis=0) / len(first)))


def rms_cosine(target: Array, other: Array, sample_rate: int = 44_100) -> float:
    """Cosine between the two envelopes of root mean squares."""
    first, second = (rms_envelope(sound, sample_rate) for sound in (target, other))
    return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))


def rms_envelope(sound: Array, sample_rate: int) -> NDArray[np.float64]:
    """Root mean square of the mono mean, in centred frames of 50 ms every 25 ms."""
    window, hop = (_size(ms, sample_rate) for ms in RMS_MS)
    mono = np.pad(sound.mean(axis=0, dtype=np.float64), window // 2)
    views = frames(mono, window, hop)  # (T, window)
    return np.asarray(np.sqrt(np.mean(np.square(views), axis=-1)))


def levelled(sound: Array, like: Array) -> Array:
    """A sound at the RMS of another: wMFCC is the one measure here that depends on level."""
    own, target = (float(np.sqrt(np.mean(np.square(s, dtype=np.float64)))) for s in (sound, like))
    return sound * np.float32(target / own) if own else sound


def _distributions(sound: Array, sample_rate: int) -> NDArray[np.float64]:
    """Cumulative spectra of the mono mean, each frame's sum 1: (bins, count)."""
    window, hop = (_size(ms, sample_rate) for ms in SOT_MS)
    spectrum = magnitude(sound.mean(axis=0), window, hop).astype(np.float64)
    return np.cumsum(spectrum / np.maximum(spectrum.sum(axis=0), SOT_FLOOR), axis=0)


def _size(milliseconds: float, sample_rate: int) -> int:
    """Whole samples, as the published code counts them: 2205 for 50 ms at 44.1 kHz."""
    return int(milliseconds * sample_rate / 1000)


@lru_cache(maxsize=1)
def _cosines() -> Array:
    """Rows 0..19 of the orthonormal DCT-II over 128 bands, (20, 128)."""
    rows = np.arange(COEFFICIENTS)[:, None]
    matrix = np.cos(np.pi * rows * (np.arange(MFCC_BANDS) + 0.5) / MFCC_BANDS)
    matrix *= np.sqrt(2 / MFCC_BANDS)
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix, np.float32)
