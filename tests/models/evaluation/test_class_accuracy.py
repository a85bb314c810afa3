"""An ensemble of classifiers: how often it is right, how sure it is."""

import numpy as np
import pytest

from starling.models.evaluation import class_accuracy

CLASSES = ("kick", "snare", "hat")


def certain(answers: list[int]) -> np.ndarray:
    """One classifier's probabilities, all on the answers."""
    return np.eye(3)[answers][None]


def test_accuracy_counts_only_the_counted_classes() -> None:
    labels = np.array([0, 0, 1, 1, 2])
    found = certain([0, 1, 1, 1, 0])
    assert class_accuracy.accuracy(found, labels, (0, 1, 2)) == pytest.approx(3 / 5)
    assert class_accuracy.accuracy(found, labels, (0, 1)) == pytest.approx(3 / 4)
    assert class_accuracy.accuracy(found, labels, ()) is None
    assert class_accuracy.by_class(found, labels, CLASSES) == {
        "kick": 0.5,
        "snare": 1.0,
        "hat": 0.0,
    }


def test_accuracy_is_the_mean_of_classifiers() -> None:
    labels = np.array([0, 1])
    both = np.concatenate([certain([0, 1]), certain([1, 0])])
    assert class_accuracy.accuracy(both, labels, (0, 1)) == pytest.approx(0.5)


def test_inception_score_is_one_to_the_number_of_classes() -> None:
    assert class_accuracy.inception_score(certain([0, 1, 2])) == pytest.approx(3, rel=1e-6)
    assert class_accuracy.inception_score(certain([1, 1, 1])) == pytest.approx(1)
    assert class_accuracy.inception_score(np.full((2, 5, 3), 1 / 3)) == pytest.approx(1)
