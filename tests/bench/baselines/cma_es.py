"""Plain CMA-ES in 0..1 (Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv 1604.00772).

Equation numbers are the tutorial's; every constant is its default. No restarts, no bounds of its
own: the caller maps vectors into the box.

    found = minimise(losses_of, start, sigma=0.3, evaluations=1000, rng=rng)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Losses = Callable[[Array], Array]  # (n, P) -> (n,)


@dataclass(frozen=True, slots=True)
class Constants:
    """The strategy's parameters for a number of dimensions, table 1."""

    weights: Array  # (parents,) positive, sum 1
    offspring: int
    mass: float  # variance effective selection mass
    c_sigma: float
    d_sigma: float
    c_c: float
    c_1: float
    c_mu: float


def constants(size: int) -> Constants:
    """Table 1, without negative weights."""
    offspring = 4 + int(3 * np.log(size))  # (48)
    raw = np.log((offspring + 1) / 2) - np.log(np.arange(1, offspring // 2 + 1))  # (49)
    weights = raw / raw.sum()
    mass = 1 / np.square(weights).sum()
    c_sigma = (mass + 2) / (size + mass + 5)  # (55)
    d_sigma = 1 + 2 * max(0.0, np.sqrt((mass - 1) / (size + 1)) - 1) + c_sigma
    c_c = (4 + mass / size) / (size + 4 + 2 * mass / size)  # (56)
    c_1 = 2 / ((size + 1.3) ** 2 + mass)  # (57)
    c_mu = min(1 - c_1, 2 * (mass - 2 + 1 / mass) / ((size + 2) ** 2 + mass))  # (58)
    return Constants(weights, offspring, mass, c_sigma, d_sigma, c_c, c_1, c_mu)


class Distribution:
    """The normal distribution that candidates are drawn from, and how it moves."""

    def __init__(self, mean: Array, sigma: float) -> None:
        size = len(mean)
        self.chosen = constants(size)
        self._expected = np.sqrt(size) * (1 - 1 / (4 * size) + 1 / (21 * size**2))  # of |N(0, I)|
        self._mean, self._sigma = mean.copy(), sigma
        self._covariance, self._generation = np.eye(size), 0
        self._path_sigma, self._path_c = np.zeros(size), np.zeros(size)

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """Candidates (count, P), and their steps before the step size."""
        values, self._axes = np.linalg.eigh(self._covariance)
        self._scales = np.sqrt(np.maximum(values, 1e-20))
        normal = rng.standard_normal((count, len(self._mean)))
        steps = normal * self._scales @ self._axes.T  # (38, 39)
        return self._mean + self._sigma * steps, steps  # (40)

    def learn(self, steps: Array) -> None:
        """Move to the steps (offspring, P), the best first."""
        parents = steps[: len(self.chosen.weights)]
        moved = self.chosen.weights @ parents  # (41)
        self._generation += 1
        self._mean = self._mean + self._sigma * moved  # (42)
        grows = self._resize(moved)
        self._reshape(moved, parents, grows)

    def _resize(self, moved: Array) -> float:
        """Longer steps while they go one way; h_sigma, 0 where the path is too long to learn."""
        c, d = self.chosen.c_sigma, self.chosen.d_sigma
        whitened = self._axes @ ((self._axes.T @ moved) / self._scales)
        pull = np.sqrt(c * (2 - c) * self.chosen.mass)
        self._path_sigma = (1 - c) * self._path_sigma + pull * whitened  # (43)
        length = float(np.linalg.norm(self._path_sigma))
        self._sigma *= float(np.exp(c / d * (length / self._expected - 1)))  # (44)
        settled = length / np.sqrt(1 - (1 - c) ** (2 * self._generation))
        return float(settled < (1.4 + 2 / (len(moved) + 1)) * self._expected)

    def _reshape(self, moved: Array, parents: Array, grows: float) -> None:
        """The covariance after the path's update (rank one) and the parents' (rank mu)."""
        c, c_1, c_mu = self.chosen.c_c, self.chosen.c_1, self.chosen.c_mu
        pull = np.sqrt(c * (2 - c) * self.chosen.mass)
        self._path_c = (1 - c) * self._path_c + grows * pull * moved  # (45)
        held = (1 - grows) * c * (2 - c)
        self._covariance = (  # (47)
            (1 + c_1 * held - c_1 - c_mu) * self._covariance
            + c_1 * np.outer(self._path_c, self._path_c)
            + c_mu * (parents.T * self.chosen.weights) @ parents
        )


def minimise(
    losses_of: Losses, start: Array, sigma: float, evaluations: int, rng: np.random.Generator
) -> tuple[Array, float]:
    """The best vector (P,) that was evaluated, the start among them, and its loss."""
    distribution = Distribution(start, sigma)
    best = start, float(losses_of(start[None])[0])
    left = evaluations - 1
    while left > 0:
        candidates, steps = distribution.draw(min(distribution.chosen.offspring, left), rng)
        losses = losses_of(candidates)
        left -= len(losses)
        order = np.argsort(losses, kind="stable")
        if losses[order[0]] < best[1]:
            best = candidates[order[0]], float(losses[order[0]])
        if left > 0:  # else the last generation may be short
            distribution.learn(steps[order])
    return best
