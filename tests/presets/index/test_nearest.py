"""Which vectors are nearest, compared exactly."""

import numpy as np
import pytest

from starling.presets.features.distance import Metric, deviation_of
from starling.presets.index.nearest import Vectors

ROWS = 20_000


def test_nearest_against_the_definition() -> None:
    rng = np.random.default_rng(3)
    file = (rng.normal(size=(ROWS, 8)) * range(1, 9)).astype(np.float32)
    rows = rng.permutation(ROWS)[: ROWS // 2]
    metric, mask = Metric(8, deviation_of(file, rows)), rng.random(len(rows)) < 0.7
    queries = [file[5], file[9] + 0.1]
    best, distances = Vectors(file, rows, metric).nearest(
        [metric.query(query) for query in queries], 10, mask
    )
    scaled = file[rows] / metric.deviation
    each = [np.linalg.norm(scaled - query / metric.deviation, axis=1) for query in queries]
    expected = np.where(mask, np.minimum(*each), np.inf)
    assert list(best) == list(np.argsort(expected)[:10])
    assert distances == pytest.approx(np.sort(expected)[:10], rel=1e-5)


def test_nearest_by_cosine_orders_as_the_inner_product() -> None:
    rng = np.random.default_rng(4)
    file = rng.normal(size=(ROWS, 16)).astype(np.float32)
    file /= np.linalg.norm(file, axis=1, keepdims=True)
    query = 7 * rng.normal(size=16).astype(np.float32)  # of any length
    metric = Metric(16)
    best, distances = Vectors(file, np.arange(ROWS), metric).nearest([metric.query(query)], 10)
    cosines = file @ (query / np.linalg.norm(query))
    assert list(best) == list(np.argsort(-cosines)[:10])
    assert 1 - distances**2 / 2 == pytest.approx(np.sort(cosines)[::-1][:10], abs=1e-5)


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_a_mask_leaves_at_most_what_it_lets_through(allowed: int) -> None:
    file = np.eye(8, dtype=np.float32)
    mask = np.arange(8) < allowed
    best, _ = Vectors(file, np.arange(8), Metric(8)).nearest([file[7]], 5, mask)
    assert sorted(best) == list(range(allowed))


def test_no_vectors_at_all() -> None:
    best, distances = Vectors(np.zeros((0, 4), np.float32), np.arange(0), Metric(4)).nearest(
        [np.ones(4, np.float32)], 3
    )
    assert len(best) == len(distances) == 0
