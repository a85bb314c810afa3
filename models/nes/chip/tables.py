"""The chip's tables (nesdev's documentation of the 2A03, America and Japan), and its formulas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DUTIES = (  # eight steps of a pulse: 12.5, 25, 50 and 75 %
    (0, 1, 0, 0, 0, 0, 0, 0),
    (0, 1, 1, 0, 0, 0, 0, 0),
    (0, 1, 1, 1, 1, 0, 0, 0),
    (1, 0, 0, 1, 1, 1, 1, 1),
)
TRIANGLE: tuple[int, ...] = (*range(15, -1, -1), *range(16))
LENGTHS = (
    *(10, 254, 20, 2, 40, 4, 80, 6, 160, 8, 60, 10, 14, 12, 26, 14),
    *(12, 16, 24, 18, 48, 20, 96, 22, 192, 24, 72, 26, 16, 28, 32, 30),
)
NOISE_PERIODS = (4, 8, 16, 32, 64, 96, 128, 160, 202, 254, 380, 508, 762, 1016, 2034, 4068)
SAMPLE_PERIODS = (428, 380, 340, 320, 286, 254, 226, 214, 190, 160, 142, 128, 106, 84, 72, 54)
FRAME_STEPS = ((7457, 14913, 22371, 29829), (7457, 14913, 22371, 37281))  # cycles; odd ones halves
FRAME_PERIODS = (29830, 37282)
LOWEST_TIMER = 8  # a pulse with a smaller one is silent
HIGHEST_TIMER = 0x7FF
LOW_PASS_HZ = 14_000.0  # the console's
HIGH_PASSES_HZ = {0: (), 1: (90.0, 440.0), 2: (37.0,)}  # of each output: bare, NES, Famicom

Levels = NDArray[np.float64]


def mixed(pulses: Levels, triangle: Levels, noise: Levels, samples: Levels) -> Levels:
    """The published non-linear mix of levels: the pulses' sum 0..30, then 0..15, 0..15, 0..127."""
    first = 95.88 * pulses / (8128 + 100 * pulses)
    conducted = triangle / 8227 + noise / 12241 + samples / 22638
    return first + 159.79 * conducted / (1 + 100 * conducted)
