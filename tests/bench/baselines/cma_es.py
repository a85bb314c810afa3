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


def minimise(
    losses_of: Losses, start: Array, sigma: float, evaluations: int, rng: np.random.Generator
) -> tuple[Array, float]:
    """The best vector (P,) that was evaluated, and its loss; infinite losses count as the worst."""
    size = len(start)
    chosen = constants(size)
    expected = np.sqrt(size) * (1 - 1 / (4 * size) + 1 / (21 * size**2))  # of a normal's length
    mean, covariance = start.copy(), np.eye(size)
    path_sigma, path_c = np.zeros(size), np.zeros(size)
    best, generation = (start, float(losses_of(start[None])[0])), 0
    left = evaluations - 1
    while left > 0:
        generation += 1
        values, vectors = np.linalg.eigh(covariance)
        scales = np.sqrt(np.maximum(values, 1e-20))
        normal = rng.standard_normal((min(chosen.offspring, left), size))
        steps = normal * scales @ vectors.T  # (38, 39)
        candidates = mean + sigma * steps  # (40)
        losses = losses_of(candidates)
        left -= len(losses)
        order = np.argsort(losses, kind="stable")
        if losses[order[0]] < best[1]:
            best = candidates[order[0]], float(losses[order[0]])
        if len(losses) < chosen.offspring:
            break
        parents = steps[order[: len(chosen.weights)]]
        moved = chosen.weights @ parents  # (41)
        mean = mean + sigma * moved  # (42)
        whitened = vectors @ ((vectors.T @ moved) / scales)
        pull = np.sqrt(chosen.c_sigma * (2 - chosen.c_sigma) * chosen.mass)
        path_sigma = (1 - chosen.c_sigma) * path_sigma + pull * whitened  # (43)
        length = float(np.linalg.norm(path_sigma))
        sigma *= np.exp(chosen.c_sigma / chosen.d_sigma * (length / expected - 1))  # (44)
        settled = length / np.sqrt(1 - (1 - chosen.c_sigma) ** (2 * generation))
        grows = float(settled < (1.4 + 2 / (size + 1)) * expected)  # h_sigma
        pull = np.sqrt(chosen.c_c * (2 - chosen.c_c) * chosen.mass)
        path_c = (1 - chosen.c_c) * path_c + grows * pull * moved  # (45)
        held = (1 - grows) * chosen.c_c * (2 - chosen.c_c)
        rank_mu = (parents.T * chosen.weights) @ parents
        covariance = (  # (47)
            (1 + chosen.c_1 * held - chosen.c_1 - chosen.c_mu) * covariance
            + chosen.c_1 * np.outer(path_c, path_c)
            + chosen.c_mu * rank_mu
        )
    return best
