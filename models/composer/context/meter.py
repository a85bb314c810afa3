"""Where in a bar a frame lies, for songs whose tempo is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.models.nes.scores.score import RATE

TEMPI = (57.0, 360.0)  # beats a minute: beats of 4 to 25 frames
BEATS = range(1, 5)  # of a bar
SIXTEENTHS = 4  # of a beat
FINE = 12  # parts of a sixteenth that are told apart
TENTHS = 10  # of a frame, in which the length of a beat is given


@dataclass(frozen=True, slots=True)
class Meter:
    """Beats a minute, beats of a bar, and the frame at which a bar begins.

    Raises InputError for what is out of range.
    """

    tempo: float
    beats: int = 4
    start: float = 0.0

    def __post_init__(self) -> None:
        low, high = TEMPI
        if not low <= self.tempo <= high:
            raise InputError(f"tempo must be {low:g}..{high:g} beats a minute, got {self.tempo}")
        if self.beats not in BEATS:
            raise InputError(f"a bar must have {BEATS[0]}..{BEATS[-1]} beats, got {self.beats}")

    @property
    def beat(self) -> float:
        """Frames of a beat."""
        return 60 * RATE / self.tempo

    def columns(self, times: NDArray[np.integer]) -> NDArray[np.uint8]:
        """Columns (n, 2) at some frames: the beat's length, the place in the bar; both above 0.

        >>> Meter(120.0).columns(np.array([0, 3, 47, 48])).tolist()
        [[120, 1], [120, 13], [120, 189], [120, 1]]
        """
        parts = (times - self.start) / self.beat * SIXTEENTHS * FINE
        place = np.floor(parts + 1e-6) % (self.beats * SIXTEENTHS * FINE)
        length = np.full(len(times), round(TENTHS * self.beat))
        return np.stack([length, 1 + place], axis=1).astype(np.uint8)
