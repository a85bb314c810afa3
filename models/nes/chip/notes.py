"""MIDI notes and what the chip calls them: timers of the tone voices, periods of the noise.

>>> int(timers(np.array([69]), "p1")[0]), int(notes(np.array([253]), "p1")[0])
(253, 69)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from starling.models.nes.chip.tables import HIGHEST_TIMER, LOWEST_TIMER
from starling.models.nes.writes import CLOCK

STEPS = {"p1": 16, "p2": 16, "tr": 32}  # cycles of a period, for each count of the timer
A4, A4_HZ = 69, 440.0
MIDI = (21, 108)  # a piano's keys: NES-MDB has no others
PERIODS = 16  # of the noise; note 16 is the highest

Ints = NDArray[np.int64]


def timers(note: NDArray[np.generic], voice: str, clock: int = CLOCK) -> Ints:
    """The nearest timer of each MIDI note, not cut to what the voice can do."""
    frequency = A4_HZ * 2 ** ((note.astype(np.float64) - A4) / 12)
    return np.asarray(np.rint(clock / (STEPS[voice] * frequency) - 1), np.int64)


def notes(timer: NDArray[np.generic], voice: str, clock: int = CLOCK) -> Ints:
    """The nearest MIDI note of each timer; 0 outside a piano's keys."""
    frequency = clock / (STEPS[voice] * (timer.astype(np.float64) + 1))
    found = np.rint(A4 + 12 * np.log2(frequency / A4_HZ)).astype(np.int64)
    return np.where((found >= MIDI[0]) & (found <= MIDI[1]), found, 0)


def can_sound(timer: int, voice: str) -> bool:
    """Whether a tone voice has such a timer, and is not silent with it."""
    lowest = 0 if voice == "tr" else LOWEST_TIMER
    return lowest <= timer <= HIGHEST_TIMER
