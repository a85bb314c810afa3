"""Vectors in a file, and which of them are nearest."""

import numpy as np
import pytest

from starling.presets.index import nearest, scale, similarity, spread


def test_nearest_against_the_definition() -> None:
    rng = np.random.default_rng(3)
    vectors = (rng.normal(size=(20_000, 8)) * range(1, 9)).astype(np.float32)
    deviation, mask = spread(vectors), rng.random(20_000) < 0.7
    queries = [vectors[5], vectors[9] + 0.1]
    best, distances = nearest(scale(vectors, deviation), queries, 10, mask)
    each = [np.linalg.norm((vectors - query) / deviation, axis=1) for query in queries]
    expected = np.where(mask, np.minimum(*each), np.inf)
    assert list(best) == list(np.argsort(expected)[:10])
    assert similarity(distances, 8) == pytest.approx(np.exp(-2 * np.sort(expected)[:10] / 4))


@pytest.mark.parametrize("allowed", [0, 1, 3])
def test_a_mask_leaves_at_most_what_it_lets_through(allowed: int) -> None:
    vectors = np.eye(8, dtype=np.float32)
    mask = np.arange(8) < allowed
    best, _ = nearest(scale(vectors, np.ones(8, np.float32)), [vectors[7]], 5, mask)
    assert sorted(best) == list(range(allowed))
