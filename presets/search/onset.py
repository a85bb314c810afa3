"""Where a sound begins: above its recording's noise and constant offset. Arrays in, no files."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import stillest

Array = NDArray[np.float32]

ONSET_DB = -50.0  # below the peak: above a recording's noise, below a slow attack
LEAD_S = 0.25  # noise before a sound is told from an attack by a quarter of a second
STEADY_DB = 3.0  # that the halves of noise differ by; an attack of 3 s rises by as much
LEAD_DB = -30.0  # below the peak; what is louder is no noise before a sound but part of it
ABOVE_LEAD = 2.0  # times the highest sample of the noise: some 17 dB above its level


def lead_of(sound: Array, rate: int, peak: float) -> Array:
    """The steady noise or hum that `sound` (frames, channels) begins with, LEAD_S of it.

    Empty where it begins with a sound: with an attack, or less than 30 dB below `peak`.
    """
    half = round(LEAD_S * rate / 2)
    lead = sound[: 2 * half]
    if half < 1 or len(lead) < 2 * half or np.abs(lead).max() > peak * 10 ** (LEAD_DB / 20):
        return sound[:0]
    before, after = (float(np.mean(np.square(part))) for part in (lead[:half], lead[half:]))
    steady = before > 0 and after > 0 and abs(10 * np.log10(after / before)) < STEADY_DB
    return lead if steady else sound[:0]


def above(lead: Array) -> float:
    """The level of a sample that is no noise of a lead's kind."""
    return ABOVE_LEAD * float(np.abs(lead).max())


def first_within(frames: Array, threshold: float) -> int:
    """The first of `frames` (frames, channels) that reaches a threshold in any channel."""
    return int(np.argmax((np.abs(frames) >= threshold).any(axis=1)))


class Offsets:
    """The constant offset (DC) of each channel, found block by block: that of its stillest 50 ms,
    where that is no sound.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._still: tuple[Array, Array] | None = None  # (channels,) each: deviations, means

    def add(self, block: Array) -> None:
        """Look at a block (frames, channels)."""
        found = stillest(block, self._rate)
        if found is None:
            return
        if self._still is None:
            self._still = found
            return
        stiller = found[0] < self._still[0]
        old, new = self._still, found
        self._still = (np.where(stiller, new[0], old[0]), np.where(stiller, new[1], old[1]))

    def values(self) -> Array:
        """(channels,), or (1,) before anything was long enough."""
        if self._still is None:
            return np.zeros(1, np.float32)
        deviations, means = self._still
        return np.where(np.abs(means) > deviations, means, 0).astype(np.float32)
