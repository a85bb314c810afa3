"""From logits to a class: distributions by hand, and how often each class comes."""

import numpy as np
import pytest

from starling.models.composer import sampling
from starling.models.composer.sampling import Draw
from starling.models.errors import InputError

LOGITS = np.log(np.array([0.5, 0.3, 0.15, 0.05])).astype(np.float32)
ALL = np.ones(4, bool)


def test_temperature_top_p_and_what_is_allowed() -> None:
    plain = Draw(1.0, 1.0)
    assert np.allclose(sampling.probabilities(LOGITS, plain, ALL), [0.5, 0.3, 0.15, 0.05])
    cold = sampling.probabilities(LOGITS, Draw(0.5, 1.0), ALL)
    assert np.allclose(cold, np.array([0.25, 0.09, 0.0225, 0.0025]) / 0.365, atol=1e-6)
    assert np.allclose(sampling.probabilities(LOGITS, Draw(1.0, 0.8), ALL), [0.625, 0.375, 0, 0])
    odd = np.array([False, True, False, True])
    assert np.allclose(sampling.probabilities(LOGITS, plain, odd), [0, 6 / 7, 0, 1 / 7])


def test_longer_waits_count_for_the_longest_that_can_be() -> None:
    found = sampling.probabilities(LOGITS, Draw(1.0, 1.0), np.array([1, 1, 0, 0], bool), fold=1)
    assert np.allclose(found, [0.5, 0.5, 0, 0])


def test_where_nothing_allowed_has_weight_all_is_alike() -> None:
    logits = np.array([0, -1e4, -1e4], np.float32)
    found = sampling.probabilities(logits, Draw(), np.array([False, True, True]))
    assert found.tolist() == [0, 0.5, 0.5]


def test_classes_come_as_often_as_they_should() -> None:
    random, chances = np.random.default_rng(0), np.array([0.0, 0.7, 0.3, 0.0])
    drawn = np.bincount([sampling.choose(chances, random) for _ in range(4000)], minlength=4)
    assert drawn[0] == drawn[3] == 0 and abs(drawn[1] / 4000 - 0.7) < 0.03


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [((0.0, 1.0), "temperature must be 0.05..4.0, got 0.0"), ((1.0, 0.0), "top_p must be above 0")],
)
def test_mistakes_are_named(draw: tuple[float, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Draw(*draw)
