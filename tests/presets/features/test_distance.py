"""Distances as scores, and the deviations of z-scores."""

import numpy as np
import pytest

from starling.presets.features.distance import Metric, deviation_of, unit

ZSCORE, COSINE = Metric(8, np.ones(8, np.float32)), Metric(8)


def test_scores_of_z_scores() -> None:
    assert ZSCORE.similarity(np.array([0, 1, 4.0])) == pytest.approx(np.exp([0, -0.5, -2]))


def test_scores_of_cosines() -> None:
    cosines = np.array([1, 0.9, 0, -1])
    scores = COSINE.similarity(np.sqrt(2 - 2 * cosines))
    assert scores == pytest.approx([1, 0.857, 0.125, 0], abs=1e-3)


@pytest.mark.parametrize("metric", [ZSCORE, COSINE], ids=["zscore", "cosine"])
def test_scores_fall_strictly_from_one(metric: Metric) -> None:
    scores = metric.similarity(np.linspace(0, 2, 100))
    assert scores[0] == 1 and (np.diff(scores) < 0).all() and (scores >= 0).all()


def test_spread_is_the_deviation_of_the_rows_that_count() -> None:
    vectors = np.random.default_rng(1).normal(3, 2, (40_000, 5)).astype(np.float32)
    vectors[:, 2] = 7
    rows = np.arange(1, 40_000, 2)
    expected = vectors[rows].astype(np.float64).std(axis=0)
    expected[2] = 1
    assert deviation_of(vectors, rows) == pytest.approx(expected, rel=1e-5)
    assert list(deviation_of(vectors, rows[:1])) == [1] * 5


def test_unit_of_nothing_is_nothing() -> None:
    assert list(unit(np.zeros(3, np.float32))) == [0, 0, 0]
    assert unit(np.array([3, 4], np.float32)) == pytest.approx([0.6, 0.8])
