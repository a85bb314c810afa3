"""Whether two one-shots are one recording: a print of 320 bytes finds candidates, then their
waveforms are compared. No networks.

A print holds the level of 32 bands (a quarter of an octave wide, 40 Hz to 8 kHz) in ten stretches
of time that grow longer, in steps of a quarter dB above -48 dB of its loudest cell. It does not
change with level, and little with sample rate, codec, width or a start found a few ms later.

The waveforms are compared by their largest cross-correlation at any lag, below 8 kHz and half
whitened, so that a common hum at 50 Hz does not outweigh all else (in the manner of the phase
transform, Knapp & Carter 1976, which whitens in full and lets noise decide).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import Array
from starling.models.dsp.stft import frames

Print = NDArray[np.uint8]  # (STRETCHES * BANDS,)

BANDS = 32
LOWEST_HZ, HIGHEST_HZ = 40.0, 8_000.0  # what every codec and a copy at 22 kHz still hold
WINDOW_SECONDS = 0.023  # separates neighbouring bands from 250 Hz up, and a hit from its tail
HOP_SECONDS = 0.005
EDGES_SECONDS = (0.0, 0.02, 0.04, 0.07, 0.11, 0.17, 0.27, 0.45, 0.75, 1.25, 2.0)
STRETCHES = len(EDGES_SECONDS) - 1
RANGE_DB = 48.0  # below it is room noise, the noise of 8 bits, or what a codec left out
STEPS_PER_DB = 4.0  # 48 dB in a byte
SMOOTH_HZ = 200.0  # width over which the spectra that whiten are smoothed
FLOOR = 1e-5  # -50 dB: what lies below is not raised
LAGS = 88_200  # of two seconds; a parabola finds the peak between them, to 1 % at 8 kHz


def fingerprint(signal: Array, sample_rate: int) -> Print:
    """The print of a mono sound that begins at its onset; only the first two seconds count."""
    window, hop = int(WINDOW_SECONDS * sample_rate), int(HOP_SECONDS * sample_rate)
    count = -(-int(EDGES_SECONDS[-1] * sample_rate) // hop)  # frames
    padded = np.zeros(window + count * hop, np.float32)
    used = signal[: count * hop]
    padded[window // 2 : window // 2 + len(used)] = used
    sounding = min(count, -(-(len(used) + window // 2) // hop))  # later frames are empty
    # the symmetric window and float32 as in the prints that data sets hold, not stft.power
    views = frames(padded, window, hop)[:sounding]
    spectrum = np.fft.rfft(views * np.hanning(window).astype(np.float32), axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    bands = np.zeros((count, BANDS))
    bands[:sounding] = power @ _bands(window, sample_rate)
    edges = [int(edge / HOP_SECONDS) for edge in EDGES_SECONDS]
    cells = np.stack([bands[low:high].mean(axis=0) for low, high in itertools.pairwise(edges)])
    level = 10 * np.log10(cells / max(float(cells.max()), 1e-30) + 1e-12) + RANGE_DB
    return np.asarray(np.round(np.clip(level, 0, RANGE_DB) * STEPS_PER_DB), np.uint8).ravel()


@lru_cache(maxsize=4)
def _bands(window: int, sample_rate: int) -> NDArray[np.float32]:
    """Triangular bands (bins, BANDS) equally spaced in octaves; narrow ones hold a bin at least."""
    hertz = np.fft.rfftfreq(window, 1 / sample_rate)
    centres = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS)
    width = np.maximum(centres * (centres[1] / centres[0] - 1), hertz[1])
    shape = np.clip(1 - np.abs(hertz[:, None] - centres) / width, 0, None)
    return np.asarray(shape, np.float32)


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The first second of a sound below 8 kHz, ready to be compared with many others."""

    whitened: NDArray[np.complex64]  # (bins,)
    power: NDArray[np.float32]  # (bins,), half whitened
    weight: NDArray[np.float32]  # (bins,), what half whitens another's power


def spectrum(signal: Array, sample_rate: int) -> Spectrum:
    """The spectrum of a sound's first second, and of as much silence, so that lags do not wrap."""
    second = np.zeros(2 * sample_rate, np.float32)
    used = signal[:sample_rate]
    second[: len(used)] = used
    found = np.fft.rfft(second)[: 2 * int(HIGHEST_HZ)].astype(np.complex64)  # bins of 0.5 Hz
    power = np.square(found.real) + np.square(found.imag)
    weight = _whitener(power).astype(np.float32)
    return Spectrum(found * weight, power * weight, weight)


def similarity(one: Spectrum, other: Spectrum) -> float:
    """Largest half-whitened cross-correlation of two sounds at any lag: 1 for the same waveform.

    Copies by MP3, OGG, 8 bits, other rates and levels have .95 and more; different hits of one drum
    on one microphone .5 to .95.
    """
    cross = np.zeros(LAGS // 2 + 1, np.complex64)
    cross[: len(one.whitened)] = one.whitened * other.whitened.conj()
    largest = _peak(np.fft.irfft(cross)) * LAGS / 2
    energy = float(one.power @ other.weight) * float(other.power @ one.weight)
    return min(1.0, largest / math.sqrt(max(energy, 1e-30)))


def _peak(circular: NDArray[np.floating[Any]]) -> float:
    """The largest absolute value of a circular signal, by a parabola through its neighbours."""
    at = int(np.argmax(np.abs(circular)))
    left, middle, right = (abs(float(circular[(at + n) % len(circular)])) for n in (-1, 0, 1))
    bend = left - 2 * middle + right
    return middle - (right - left) ** 2 / (8 * bend) if bend < 0 else middle


def _whitener(power: NDArray[np.float32]) -> NDArray[np.float64]:
    """The inverse fourth root of the smoothed power spectrum over its maximum, from a floor up."""
    width = int(2 * SMOOTH_HZ)
    total = np.cumsum(np.pad(power.astype(np.float64), (width // 2 + 1, width - width // 2)))
    smooth = np.maximum(total[width:] - total[:-width], 0)[: len(power)]
    return np.asarray((smooth / max(float(smooth.max()), 1e-30) + FLOOR) ** -0.25)
