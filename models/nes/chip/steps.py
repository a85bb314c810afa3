"""Band-limited steps in numpy: edges at exact times become samples, as in models/kernels/apu."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from starling.models.nes.chip.tables import LOW_PASS_HZ

WIDTH, PHASES = 48, 512  # taps of the low-pass, and places between two samples
DELAY = WIDTH // 2 - 1  # samples
CUTOFF, BETA = 0.455, 7.0  # of the sinc, in sample rates; of the Kaiser window (70 dB)
PLACE_BITS = 40  # of a fraction of a sample
# Levels and taps are whole numbers, whose sums a double holds exactly: any blocks, the same sound.
LEVEL_SCALE, TAP_SCALE = 2.0**24, 2.0**22

Floats64 = NDArray[np.float64]
Cycles = NDArray[np.int64]


def taps(sample_rate: int, console: bool) -> Floats64:
    """The low-pass for each place between samples (PHASES, WIDTH), with the console's own in it.

    Each sums to TAP_SCALE.
    """
    points = np.arange(WIDTH * PHASES) / PHASES - WIDTH / 2
    window = np.i0(BETA * np.sqrt(1 - (2 * points / WIDTH) ** 2))
    drawn = np.sinc(2 * CUTOFF * points) * window
    if console:
        drawn = low_passed(drawn, 2 * PHASES * sample_rate / (2 * np.pi * LOW_PASS_HZ))
    risen = np.cumsum(drawn)
    risen[PHASES:] -= risen[:-PHASES].copy()  # how far a step rises in the sample before a point
    phases = risen.reshape(WIDTH, PHASES).T[::-1]
    whole = np.rint(phases * (TAP_SCALE / phases.sum(1, keepdims=True)))
    whole[:, DELAY] += TAP_SCALE - whole.sum(1)
    return np.asarray(whole)


def low_passed(signal: Floats64, decay: float) -> Floats64:
    """An RC low-pass by the trapezoidal rule; `decay` is twice its time constant in points."""
    from scipy.signal import lfilter  # a second to import

    return np.asarray(lfilter([1, 1], [decay + 1, 1 - decay], signal))


def high_passed(
    signal: Floats64, cutoff_hz: float, sample_rate: int, state: float
) -> tuple[Floats64, float]:
    """A high-pass of first order, and its state after the last sample."""
    from scipy.signal import lfilter  # as above

    k = np.pi * cutoff_hz / sample_rate
    gain = 1 / (1 + k)
    made, after = lfilter([gain, -gain], [1, -(1 - k) / (1 + k)], signal, zi=[state])
    return np.asarray(made), float(after[0])


def first_cycle(sample: int, sample_rate: int, clock: int) -> int:
    """The first cycle that lies at a sample or after it."""
    step = (sample_rate << PLACE_BITS) // clock
    rest = (sample % sample_rate) << PLACE_BITS
    return sample // sample_rate * clock + -(-rest // step)


def places(cycles: Cycles, sample_rate: int, clock: int) -> tuple[Cycles, Cycles]:
    """The sample and the phase of each cycle: exact at each second, within 2e-6 samples between."""
    step = (sample_rate << PLACE_BITS) // clock
    place = cycles % clock * step
    phase = place >> (PLACE_BITS - PHASES.bit_length() + 1) & (PHASES - 1)
    return cycles // clock * sample_rate + (place >> PLACE_BITS), phase


def added(changes: Floats64, at: Cycles, phase: Cycles, edges: Floats64, table: Floats64) -> None:
    """Add edges to `changes`, from sample `at` on."""
    for tap in range(WIDTH):
        changes += np.bincount(at + tap, edges * table[phase, tap], len(changes))
