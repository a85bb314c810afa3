"""Classifier two-sample tests: chance for one source, certainty for two."""

import numpy as np
import pytest

from starling.models.evaluation import two_sample_test


def test_sets_of_one_source_cannot_be_separated() -> None:
    real, made = np.random.default_rng(0).standard_normal((2, 400, 6))
    found = two_sample_test.c2st_logistic(real, made)
    assert found.auc == pytest.approx(0.5, abs=0.06)
    assert found.accuracy == pytest.approx(0.5, abs=0.06)


def test_sets_far_apart_are_separated() -> None:
    real, made = np.random.default_rng(0).standard_normal((2, 50, 6))
    found = two_sample_test.c2st_logistic(real, made + 4)
    assert found.auc > 0.99 and found.accuracy > 0.97


def test_a_known_overlap_gives_its_auc() -> None:
    """Unit normals d apart: AUC Φ(d / √2), accuracy Φ(d / 2)."""
    random = np.random.default_rng(2)
    real, made = random.standard_normal((2, 3000, 1))
    found = two_sample_test.c2st_logistic(real, made + 1)
    assert found.auc == pytest.approx(0.760, abs=0.02)
    assert found.accuracy == pytest.approx(0.691, abs=0.02)


def test_sizes_of_the_sets_do_not_matter() -> None:
    random = np.random.default_rng(0)
    found = two_sample_test.c2st_logistic(
        random.standard_normal((30, 3)), random.standard_normal((900, 3))
    )
    assert found.accuracy == pytest.approx(0.5, abs=0.15)


def test_ties_count_half() -> None:
    same = np.ones((20, 2))
    assert two_sample_test.c2st_logistic(same, same).auc == 0.5


def test_the_network_finds_what_differs() -> None:
    random = np.random.default_rng(0)
    real, made = random.uniform(-1, 1, (2, 30, 1, 64, 96)).astype(np.float32)
    made[:, :, :32] = -1
    assert two_sample_test.c2st_network(real, made) > 0.9
