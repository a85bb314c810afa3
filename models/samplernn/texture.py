"""Levels of one voice to its sound: decoded, free of DC, watched for states it cannot leave."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from starling.models.samplernn.quantiser import LEVELS, SILENCE, Quantiser, decode

BLOCK = 256  # samples that are generated at a time
WATCHED_SECONDS = 1.0  # over which a state is looked at
DISTINCT = 2  # levels in all of that time: a constant
HUSHED = 1  # levels off silence in all of that time: -75 dB in mu-law, -42 in linear
CLIPPED_SHARE = 0.5  # of samples at the outermost levels
LONGEST_PERIOD = 0.25  # of the watched time: what repeats exactly so soon is a loop
DC_HERTZ = 10.0  # below which the sound is cut
LEAST_POWER = 1e-100  # of a pole: far from what float64 cannot hold


def is_stuck(levels: NDArray[np.uint8]) -> bool:
    """Whether levels are constant, silent, clipped, or repeat exactly: music never does so long.

    >>> is_stuck(np.full(999, 128, np.uint8)), is_stuck(np.arange(999).astype(np.uint8))
    (True, True)
    """
    if len(np.unique(levels)) <= DISTINCT:
        return True
    if np.abs(levels.astype(np.int16) - SILENCE).max() <= HUSHED:
        return True
    if np.isin(levels, (0, LEVELS - 1)).mean() > CLIPPED_SHARE:
        return True
    return _repeats(levels)


def _repeats(levels: NDArray[np.uint8]) -> bool:
    """Whether the last three quarters equal what came a short period before, for any period."""
    most = int(len(levels) * LONGEST_PERIOD)
    tail = levels[most:]
    starts = np.flatnonzero(levels[:most] == tail[0])  # only there can it begin again
    return any(np.array_equal(levels[at : at + len(tail)], tail) for at in starts)


class OnePole:
    """The filter y[n] = x[n] + p y[n-1], block by block, with its sums written out.

    `scipy.signal` does the same, but its import takes longer than loading the model.
    """

    def __init__(self, pole: float) -> None:
        self._pole, self._last = pole, 0.0
        span = math.log(LEAST_POWER) / math.log(pole) if pole else 0.0
        self._span = int(np.clip(span, 1, BLOCK))  # samples whose powers of the pole can divide
        self._powers: NDArray[np.float64] = np.power(pole, np.arange(self._span + 1))

    def filtered(self, signal: NDArray[np.float64]) -> NDArray[np.float64]:
        """The next samples (frames,)."""
        if not self._pole:
            return signal
        starts = range(0, len(signal), self._span)
        return np.concatenate([self._part(signal[at : at + self._span]) for at in starts])

    def _part(self, part: NDArray[np.float64]) -> NDArray[np.float64]:
        now = self._powers
        sums = now[: len(part)] * np.cumsum(part / now[: len(part)])
        found = np.asarray(now[1 : len(part) + 1] * self._last + sums)
        self._last = float(found[-1])
        return found


class Texture:
    """The sound of one voice, filled block by block and taken in any portions."""

    def __init__(self, sample_rate: int, quantiser: Quantiser, emphasis: float = 0.0) -> None:
        self.restarts = 0
        self._quantiser = quantiser
        self._emphasis = OnePole(emphasis)  # undoes `quantiser.emphasised`
        self._raised = 1 + emphasis
        self._watched = int(WATCHED_SECONDS * sample_rate) // BLOCK * BLOCK
        self._levels: list[NDArray[np.uint8]] = []
        self._leak = OnePole(1 - 2 * np.pi * DC_HERTZ / sample_rate)
        self._before = 0.0  # the last sample, with its DC
        self._last = 0.0  # sample, which a restart goes on from
        self._joint = False
        self._sound = np.empty(0, np.float32)

    @property
    def ready(self) -> int:
        """Samples that can be taken."""
        return len(self._sound)

    def add(self, levels: NDArray[np.uint8]) -> bool:
        """Take in a block of levels; whether the sequence is stuck and must begin anew."""
        raised = decode(levels, self._quantiser).astype(np.float64) * self._raised
        sound = self._emphasis.filtered(raised)
        if self._joint:  # no step where a sequence begins anew: its first block slides in
            sound += (self._last - sound[0]) * np.linspace(1, 0, len(sound))
        self._joint, self._last = False, float(sound[-1])
        clean = self._without_dc(sound)
        self._sound = np.concatenate([self._sound, np.clip(clean, -1, 1).astype(np.float32)])
        return self._watch(levels)

    def _without_dc(self, sound: NDArray[np.float64]) -> NDArray[np.float64]:
        """A block through y[n] = x[n] - x[n-1] + p y[n-1]."""
        steps = np.diff(sound, prepend=self._before)
        self._before = float(sound[-1])
        return self._leak.filtered(steps)

    def take(self, frames: int) -> NDArray[np.float32]:
        """The next samples (frames,), of which there are as many."""
        taken, self._sound = self._sound[:frames], self._sound[frames:]
        return taken

    def _watch(self, levels: NDArray[np.uint8]) -> bool:
        """Look at each whole stretch of the watched time."""
        self._levels.append(levels.copy())
        if len(self._levels) * BLOCK < self._watched:
            return False
        stuck = is_stuck(np.concatenate(self._levels))
        self._levels = []
        self.restarts += stuck
        self._joint = stuck
        return stuck
