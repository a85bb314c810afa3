"""Chance and choice: which level comes next. The compiled kernel computes the same.

Every number that is drawn follows from a seed and a position alone (SplitMix64; Steele, Lea and
Flood, "Fast splittable pseudorandom number generators", 2014), so that a voice does not depend on
what else plays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAMMA = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1
DIGITS = 24  # bits of a draw: those of a float32


@dataclass(frozen=True, slots=True)
class Draw:
    """How a level is drawn. Both limits are off by default."""

    temperature: float = 1.0  # the logits are divided by it
    top_p: float = 1.0  # of the likeliest levels only the fewest that are this likely together
    min_p: float = 0.0  # of the likeliest level's probability: what is less likely is left out


def mixed(value: int) -> int:
    """SplitMix64's finaliser of a 64-bit number."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def uniform(seed: int, position: int) -> np.float32:
    """A number of [0, 1) that belongs to a seed and a position."""
    start = mixed((seed + GAMMA) & MASK)
    return np.float32((mixed((start + (position + 1) * GAMMA) & MASK) >> (64 - DIGITS)) / 2**DIGITS)


def choose(logits: NDArray[np.float32], draw: Draw, chance: np.float32) -> int:
    """The level (0..255) that a chance of [0, 1) means under logits (256,).

    Probabilities are float32, their sums float64, in order of the level.
    """
    scaled = logits * np.float32(1 / draw.temperature)
    weights = np.exp(scaled - scaled.max())
    if draw.min_p > 0:
        weights = np.where(weights < np.float32(draw.min_p), np.float32(0), weights)
    if draw.top_p < 1:
        weights = np.where(weights < _least(weights, draw.top_p), np.float32(0), weights)
    sums = np.cumsum(weights, dtype=np.float64)
    return min(len(sums) - 1, int(np.searchsorted(sums, float(chance) * sums[-1], side="right")))


def _least(weights: NDArray[np.float32], share: float) -> np.float32:
    """The smallest weight among the fewest that together have this share; equal ones stay too."""
    falling = np.sort(weights)[::-1]
    sums = np.cumsum(falling, dtype=np.float64)
    last = int(np.searchsorted(sums, share * sums[-1], side="left"))
    return np.float32(falling[min(last, len(falling) - 1)])


def start_of(
    starts: Sequence[NDArray[np.uint8]], seed: int, variety: float, from_silence: bool = True
) -> NDArray[np.uint8] | None:
    """The moment (n,) of the recordings that a voice begins after; None: the learned beginning.

    `variety` (0..1) is the share of all moments that seeds choose from, the learned beginning
    among them; at 1 it is left out. With `from_silence` false it always is, for networks that go
    on as what they hear: after silence they may stay silent. A random state, the published remedy
    against takes that begin alike, is none that a trained network knows: takes from there end in
    silence or noise.
    """
    count = round(variety * len(starts))
    if not from_silence and starts:
        count = max(count, 1)
    if not count:
        return None
    chosen = mixed(seed ^ GAMMA) % (count + (from_silence and variety < 1))
    return starts[chosen] if chosen < count else None
