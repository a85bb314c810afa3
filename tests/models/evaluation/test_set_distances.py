"""Distances of sets whose answers are known."""

import numpy as np
import pytest

from starling.models.errors import InputError
from starling.models.evaluation import set_distances

RANDOM = np.random.default_rng(0)


def exact(rows: np.ndarray, mean: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Rows whose sample mean and covariance are exactly `mean` and factor·factorᵀ."""
    centred = rows - rows.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(centred.T))
    return centred @ (axes / np.sqrt(values)) @ axes.T @ factor.T + mean


def test_frechet_of_two_gaussians_is_the_formula() -> None:
    """Diagonal covariances: |difference|² + Σ (σa - σb)²."""
    rows = RANDOM.standard_normal((50, 3))
    first = exact(rows, np.zeros(3), np.diag([1.0, 2.0, 3.0]))
    second = exact(RANDOM.standard_normal((40, 3)), np.array([1.0, 0, 2]), np.diag([2.0, 2, 1]))
    assert set_distances.frechet(first, second) == pytest.approx(1 + 4 + 1 + 0 + 4)


def test_frechet_of_correlated_gaussians_is_that_of_matrix_roots() -> None:
    from scipy.linalg import sqrtm

    factors = RANDOM.standard_normal((2, 4, 4))
    sets = [exact(RANDOM.standard_normal((60, 4)), np.zeros(4), factor) for factor in factors]
    a, b = (factor @ factor.T for factor in factors)
    wanted = np.trace(a) + np.trace(b) - 2 * np.trace(sqrtm(a @ b)).real
    assert set_distances.frechet(*sets) == pytest.approx(wanted)


def test_frechet_takes_fewer_rows_than_columns() -> None:
    rows = RANDOM.standard_normal((5, 30))
    assert set_distances.frechet(rows, rows) == pytest.approx(0, abs=1e-9)
    assert set_distances.frechet(rows, rows + 1) == pytest.approx(30)


def test_kernel_distance_of_one_source_is_about_zero() -> None:
    found = [
        set_distances.kernel_distance(*np.random.default_rng(seed).standard_normal((2, 100, 8)))
        for seed in range(30)
    ]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(30)
    assert min(found) < 0 < max(found)  # unbiased, hence on both sides


def test_kernel_distance_grows_with_the_shift() -> None:
    first, second = RANDOM.standard_normal((2, 100, 8))
    near, far = (set_distances.kernel_distance(first, second + by) for by in (0.3, 1.0))
    assert 0.01 < near < far


def test_kernel_distance_of_points_is_the_formula() -> None:
    """k(x, y) = (x y + 1)³ in one dimension, pairs of a set without their diagonal."""
    found = set_distances.kernel_distance(np.array([[0.0], [1.0]]), np.array([[2.0], [3.0]]))
    assert found == pytest.approx(1 + 7**3 - 2 * (1 + 1 + 27 + 64) / 4)


def test_density_and_coverage_of_a_toy_set() -> None:
    """Real points 0, 1, 2, ... with k = 1: every neighbourhood reaches 1 to each side."""
    real = np.arange(6.0)[:, None]
    assert set_distances.density_coverage(real, real + 0.5, k=1) == (
        pytest.approx(11 / 6),
        pytest.approx(1.0),
    )
    density, coverage = set_distances.density_coverage(real, np.array([[0.5], [100.0]]), k=1)
    assert density == pytest.approx(2 / 2) and coverage == pytest.approx(2 / 6)


def test_density_needs_neighbours() -> None:
    with pytest.raises(InputError, match="more than 5"):
        set_distances.density_coverage(np.zeros((5, 2)), np.zeros((5, 2)))


def test_nearest_ratio_tells_copies_from_new_points() -> None:
    train, held, made = np.random.default_rng(1).standard_normal((3, 300, 4))
    assert set_distances.nearest_ratio(made, held, train) == pytest.approx(1, abs=0.15)
    assert set_distances.nearest_ratio(train + 0.01, held, train) == pytest.approx(0, abs=0.1)
    assert set_distances.nearest_ratio(made, train, train) is None or (
        set_distances.nearest_ratio(made, train, train) > 1e3  # nothing to divide by but rounding
    )


def test_spread_is_the_mean_distance_of_pairs() -> None:
    assert set_distances.spread(np.array([[0.0], [1.0], [3.0]])) == pytest.approx(2)
    assert set_distances.spread(np.zeros((1, 4))) == 0


def test_spread_ratio_stays_within_classes() -> None:
    """Two classes far apart, each half as wide as the real one."""
    real = np.array([[0.0], [2.0], [100.0], [102.0]])
    labels = np.array([0, 0, 1, 1])
    made = np.array([[0.0], [1.0], [100.0], [101.0]])
    assert set_distances.spread_ratio(made, labels, real, labels) == pytest.approx(0.5)
    anyhow = set_distances.spread_ratio(made, -np.ones(4, np.int64), real, labels)
    assert anyhow == pytest.approx(1, abs=0.02)


def test_one_sound_has_no_distance() -> None:
    with pytest.raises(InputError, match="2 sounds on each side, got 1 and 3"):
        set_distances.frechet(np.zeros((1, 2)), np.zeros((3, 2)))
