"""How far a set of generated vectors lies from a set of real ones: pure numbers, no sounds.

Every function takes rows (n, d) and (m, d). Sources: Fréchet distance Dowson & Landau 1982, Heusel
et al. (arXiv 1706.08500); kernel distance Bińkowski et al. (1801.01401); density and coverage Naeem
et al. (2002.09797); memorisation by nearest neighbours as in WaveGAN's evaluation (1802.04208).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError

Rows = NDArray[np.floating[Any]]

NEIGHBOURS = 5  # k of density and coverage, as published
SMALLEST = 2  # rows of which a covariance can be made


def frechet(first: Rows, second: Rows) -> float:
    """Fréchet distance of the Gaussians fitted to two sets; 0 for equal moments.

    |difference of means|² + tr A + tr B - 2 tr (A B)^½. The last trace is the nuclear norm of the
    product of the centred rows, so that covariances may be singular (fewer rows than columns) and
    no root of a matrix is taken. It is biased upwards by about 1/n: compare equal n only.
    """
    _check(first, second)
    roots = [_root(rows) for rows in (first, second)]
    apart = np.asarray(first, np.float64).mean(axis=0) - np.asarray(second, np.float64).mean(axis=0)
    shared = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum()
    own = sum(float(np.square(root).sum()) for root in roots)
    return max(0.0, float(apart @ apart) + own - 2 * float(shared))


def _root(rows: Rows) -> NDArray[np.float64]:
    """R (at most d, d) with RᵀR the unbiased covariance of the rows."""
    centred = np.asarray(rows, np.float64) - np.asarray(rows, np.float64).mean(axis=0)
    root = np.linalg.qr(centred / np.sqrt(len(rows) - 1), mode="r")
    return np.asarray(root, np.float64)


def kernel_distance(first: Rows, second: Rows) -> float:
    """KID: the unbiased squared MMD under (x·y / d + 1)³, over whole sets; about 0 for one source.

    Unbiased at any n, hence at times a little below 0.
    """
    _check(first, second)
    x, y = (np.asarray(rows, np.float64) for rows in (first, second))
    within = [_off_diagonal_mean(_cubic(rows, rows)) for rows in (x, y)]
    return float(sum(within) - 2 * _cubic(x, y).mean())


def _cubic(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((x @ y.T / x.shape[1] + 1) ** 3)


def _off_diagonal_mean(square: NDArray[np.float64]) -> float:
    count = len(square)
    return float((square.sum() - np.trace(square)) / (count * (count - 1)))


def distances(first: Rows, second: Rows) -> NDArray[np.float64]:
    """Euclidean distance of every row of one set to every row of the other, (n, m)."""
    x, y = (np.asarray(rows, np.float64) for rows in (first, second))
    squares = np.square(x).sum(axis=1)[:, None] + np.square(y).sum(axis=1)[None] - 2 * x @ y.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def nearest(queries: Rows, known: Rows) -> NDArray[np.float64]:
    """Distance from each query to its nearest known row."""
    return np.asarray(distances(queries, known).min(axis=1))


def nearest_ratio(made: Rows, held_out: Rows, train: Rows) -> float | None:
    """Median distance made → train over held-out → train: below about .5 sounds are copied.

    None where the held-out rows all lie in the training set.
    """
    usual = float(np.median(nearest(held_out, train)))
    return float(np.median(nearest(made, train))) / usual if usual > 0 else None


def density_coverage(real: Rows, made: Rows, k: int = NEIGHBOURS) -> tuple[float, float]:
    """How often made rows fall near real ones (1 is right), and how many real ones they reach.

    A real row's neighbourhood reaches to its k-th real neighbour. Raises InputError for fewer than
    k + 1 real rows.
    """
    if len(real) <= k:
        raise InputError(f"density and coverage need more than {k} real sounds, got {len(real)}")
    own = distances(real, real)
    np.fill_diagonal(own, np.inf)
    radius = np.partition(own, k - 1, axis=1)[:, k - 1]  # (n,)
    inside = distances(real, made) <= radius[:, None]  # (n, m)
    return float(inside.sum() / (k * len(made))), float(inside.any(axis=1).mean())


def spread(rows: Rows) -> float:
    """Mean distance between two different rows; 0 for fewer than two."""
    count = len(rows)
    return float(distances(rows, rows).sum() / (count * (count - 1))) if count > 1 else 0.0


def spread_ratio(
    made: Rows, made_labels: NDArray[np.int64], real: Rows, real_labels: NDArray[np.int64]
) -> float | None:
    """Mean spread within classes, made over real; of the whole sets where labels are negative.

    Only classes with two rows or more on both sides count; None where there is none.
    """
    if (made_labels < 0).any():
        made_labels, real_labels = np.zeros(len(made), np.int64), np.zeros(len(real), np.int64)
    found = [
        (spread(made[made_labels == label]), spread(real[real_labels == label]))
        for label in np.unique(real_labels)
        if (made_labels == label).sum() > 1 and (real_labels == label).sum() > 1
    ]
    usual = sum(each[1] for each in found)
    return sum(each[0] for each in found) / usual if usual > 0 else None


def _check(first: Rows, second: Rows) -> None:
    if min(len(first), len(second)) < SMALLEST:
        counts = f"{len(first)} and {len(second)}"
        raise InputError(f"a distance of sets needs {SMALLEST} sounds on each side, got {counts}")
