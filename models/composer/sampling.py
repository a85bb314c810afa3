"""Chance and choice: from logits to a class, with temperature, top-p and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError

TEMPERATURES = (0.05, 4.0)


@dataclass(frozen=True, slots=True)
class Draw:
    """How a class is drawn. Raises InputError for what is out of range."""

    temperature: float = 0.95  # the logits are divided by it
    top_p: float = 0.98  # of the likeliest classes only the fewest that are this likely together

    def __post_init__(self) -> None:
        low, high = TEMPERATURES
        if not low <= self.temperature <= high:
            raise InputError(f"temperature must be {low}..{high}, got {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise InputError(f"top_p must be above 0 and at most 1, got {self.top_p}")


def probabilities(
    logits: NDArray[np.float32], draw: Draw, allowed: NDArray[np.bool_], fold: int = -1
) -> NDArray[np.float64]:
    """The distribution (n,) that is drawn from.

    What lies past class `fold` counts for it: a wait until something given cannot be longer.
    Where nothing allowed has any weight, all that is allowed is alike.
    """
    scaled = logits.astype(np.float64) / draw.temperature
    weights = np.exp(scaled - scaled.max())
    if fold >= 0:
        weights[fold] += weights[fold + 1 :].sum()
    weights = np.where(allowed, weights, 0)
    if not weights.sum() > 0:
        weights = allowed.astype(np.float64)
    return _nucleus(weights / weights.sum(), draw.top_p)


def _nucleus(chances: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """The fewest likeliest classes that together have this share, as a distribution."""
    if share >= 1:
        return chances
    order = np.argsort(-chances, kind="stable")
    before = np.cumsum(chances[order]) - chances[order]
    kept = np.where(np.isin(np.arange(len(chances)), order[before < share]), chances, 0)
    return np.asarray(kept / kept.sum())


def choose(chances: NDArray[np.float64], random: np.random.Generator) -> int:
    """A class drawn from a distribution (n,)."""
    sums = np.cumsum(chances)
    at = int(np.searchsorted(sums, random.random() * sums[-1], side="right"))
    return min(at, int(np.flatnonzero(chances)[-1]))
