"""How far a sound is transposed against another: defined for hats and claps too, which have no F0.

Both spectra lie on a logarithmic frequency axis, where a transposition is a shift; it is the one at
which their levels in decibels correlate most.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import Array

LOW_HZ, HIGH_HZ = 20.0, 20000.0
STEPS = 24  # of an octave
REACH = 2.0  # octaves either way
FLOOR_DB = -60.0  # below the loudest part of the spectrum
OVERLAP = 0.4  # of the axis that must remain for a shift to count


def levels(signal: Array, sample_rate: int) -> NDArray[np.float64]:
    """Decibels (bands,) above FLOOR_DB of a sound's whole spectrum, STEPS bands an octave."""
    size = 1 << max(16, int(np.ceil(np.log2(max(1, len(signal))))))
    power = np.square(np.abs(np.fft.rfft(signal, size)))
    edges = np.arange(int(np.log2(HIGH_HZ / LOW_HZ) * STEPS) + 2) / STEPS
    bins = LOW_HZ * 2**edges * size / sample_rate
    total = np.concatenate([[0.0], np.cumsum(power)])
    energy = np.diff(np.interp(bins, np.arange(len(total)), total)) / np.diff(bins)
    top = float(energy.max())
    if top <= 0:
        return np.zeros(len(energy))
    decibels = 10 * np.log10(np.maximum(energy / top, 10 ** (FLOOR_DB / 10)))
    return np.asarray(decibels - FLOOR_DB, np.float64)


def transposition(signal: Array, reference: Array, sample_rate: int) -> float:
    """Octaves by which `signal` lies above `reference`; NaN where either is silent.

    >>> tone = np.sin(np.arange(8000) * 0.1).astype(np.float32)
    >>> round(transposition(np.sin(np.arange(8000) * 0.2).astype(np.float32), tone, 44100), 2)
    1.0
    """
    here, there = levels(signal, sample_rate), levels(reference, sample_rate)
    if not here.any() or not there.any():
        return float("nan")
    farthest = min(int(REACH * STEPS), int((1 - OVERLAP) * len(here)))
    shifts = np.arange(-farthest, farthest + 1)
    alike = np.array([_alike(here, there, int(shift)) for shift in shifts])
    best = int(alike.argmax())
    return float((shifts[best] + _vertex(alike, best)) / STEPS)


def _alike(here: NDArray[np.float64], there: NDArray[np.float64], shift: int) -> float:
    """Correlation of the two where they overlap once `there` is moved up by `shift`."""
    end = len(here) - abs(shift)
    one, two = here[max(0, shift) :][:end], there[max(0, -shift) :][:end]
    one, two = one - one.mean(), two - two.mean()
    size = float(np.linalg.norm(one) * np.linalg.norm(two))
    return float(one @ two) / size if size > 0 else 0.0


def _vertex(values: NDArray[np.float64], at: int) -> float:
    """Where between its neighbours a maximum lies, by a parabola: -.5 to .5."""
    if not 0 < at < len(values) - 1:
        return 0.0
    left, middle, right = values[at - 1 : at + 2]
    bend = left - 2 * middle + right
    return 0.0 if bend == 0 else float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))
