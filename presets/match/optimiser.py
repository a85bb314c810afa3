"""Optimisers with the ask/tell interface: vectors out, losses in. They render nothing.

    search = DifferentialEvolution(space, members, rng)
    candidate = search.ask()          # several may be pending at a time
    search.tell(candidate, loss)

Differential evolution (Storn and Price, 1997) in its form current-to-best/1, each child measured
against its parent as soon as its loss is known, and a coordinate search for the last decibels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.presets.match.parameter_vector import SearchSpace, Vector

BEST_WEIGHT = 0.7  # F of Storn and Price for the way towards the best member
DIFFERENCE_WEIGHT = 0.5  # their F for the difference of two others
CROSSOVER = 0.5  # their CR: how many parameters the child takes, the others are its parent's
FIRST_STEP = 0.1  # of the coordinate search, as a part of a parameter's range
WIDER, NARROWER = 1.5, 0.5  # a step that helped and one that did not
SMALLEST_STEP = 0.002  # of the range: less changes no sound
LARGEST_STEP = 0.5

PredictedLoss = Callable[
    [NDArray[np.float64]], NDArray[np.float64]
]  # (n, P) -> (n,), smaller is better


@dataclass(frozen=True, slots=True)
class Candidate:
    """A vector to be evaluated. `parent` is the member or the coordinate that it comes from."""

    vector: Vector
    parent: int
    step: float = 0.0


class DifferentialEvolution:
    """A population that improves. `members` are snapped vectors with their losses."""

    def __init__(
        self,
        space: SearchSpace,
        members: Sequence[tuple[Vector, float]],
        rng: np.random.Generator,
        *,
        predicted_loss: PredictedLoss | None = None,
        offspring: int = 1,
    ) -> None:
        self._space = space
        self._rng = rng
        self._vectors = np.stack([vector for vector, _ in members])  # (members, P)
        self._losses = np.array([loss for _, loss in members])  # (members,)
        self._turn = 0
        self._predicted_loss = predicted_loss
        self._offspring = offspring if predicted_loss else 1

    @property
    def best(self) -> tuple[Vector, float]:
        """The best member and its loss."""
        at = int(np.argmin(self._losses))
        return self._vectors[at], float(self._losses[at])

    def ask(self) -> Candidate:
        """A child of the member whose turn it is; of several, that of least `predicted_loss`."""
        parent = self._turn % len(self._losses)
        self._turn += 1
        children = np.stack([self._child(parent) for _ in range(self._offspring)])  # (n, P)
        chosen = int(np.argmin(self._predicted_loss(children))) if self._predicted_loss else 0
        return Candidate(children[chosen], parent)

    def tell(self, candidate: Candidate, loss: float) -> None:
        """A child takes its parent's place if it is nearer to the target."""
        if loss < self._losses[candidate.parent]:
            self._vectors[candidate.parent] = candidate.vector
            self._losses[candidate.parent] = loss

    def _child(self, parent: int) -> Vector:
        own = self._vectors[parent]  # (P,)
        one, other = self._rng.choice(len(self._losses), 2, replace=False)
        moved = own + BEST_WEIGHT * (self.best[0] - own)
        moved = moved + DIFFERENCE_WEIGHT * (self._vectors[one] - self._vectors[other])
        taken = self._rng.random(len(own)) < CROSSOVER  # (P,)
        taken[self._rng.integers(len(own))] = True  # one at least: a child is never its parent
        return self._space.snapped(np.where(taken, moved, own))


class CoordinateSearch:
    """Moves one parameter at a time from the best vector so far; see `SearchSpace.turned`."""

    def __init__(
        self, space: SearchSpace, start: tuple[Vector, float], rng: np.random.Generator
    ) -> None:
        self._space = space
        self._rng = rng
        self.best = start
        self._coordinates = space.turned
        self._steps = np.full(len(start[0]), FIRST_STEP)
        self._signs = rng.choice([-1.0, 1.0], len(start[0]))
        self._queue: list[int] = []

    def ask(self) -> Candidate:
        """The best vector with one parameter moved; all of them in turn, in random order."""
        if not self._queue:
            self._queue = list(self._rng.permutation(self._coordinates))
        at = int(self._queue.pop())
        step = float(self._signs[at] * self._steps[at])
        vector = self._space.moved(self.best[0], at, step)
        self._signs[at] = -self._signs[at]  # unless it helps, the other way next
        return Candidate(vector, at, step)

    def tell(self, candidate: Candidate, loss: float) -> None:
        """Keep what is better and go on that way; else take smaller steps."""
        at = candidate.parent
        if loss < self.best[1]:
            self.best = candidate.vector, loss
            self._signs[at] = np.sign(candidate.step)
            self._steps[at] = min(self._steps[at] * WIDER, LARGEST_STEP)
        else:
            self._steps[at] = max(self._steps[at] * NARROWER, SMALLEST_STEP)
