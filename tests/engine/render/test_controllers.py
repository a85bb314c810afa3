"""Volume, expression and pan as curves."""

import numpy as np
import pytest

from starling.engine.render.controllers import mix_controls
from starling.engine.songs.notes import ControlChange

RATE = 1_000


def mixed(*controls: ControlChange) -> np.ndarray:
    return mix_controls(np.ones((2, RATE), np.float32), controls, RATE)


def test_no_controls_change_nothing() -> None:
    assert (mixed() == 1).all()


@pytest.mark.parametrize(("number", "value", "gain"), [(7, 100, 1), (7, 50, 0.25), (11, 127, 1)])
def test_volume_and_expression_follow_the_square_law(number: int, value: int, gain: float) -> None:
    assert np.allclose(mixed(ControlChange(0.0, number, value)), gain)


def test_a_step_is_a_short_slope() -> None:
    left = mixed(ControlChange(0.5, 7, 0))[0]
    assert left[499] == 1
    assert 0 < left[501] < 1
    assert np.allclose(left[505:], 0, atol=1e-6)


def test_pan_moves_to_the_side() -> None:
    left, right = mixed(ControlChange(0.0, 10, 127))
    assert np.abs(left).max() < 1e-6
    assert np.allclose(right, 2**0.5)


def test_a_reset_sets_expression_and_leaves_the_volume() -> None:
    quiet = (ControlChange(0.0, 7, 50), ControlChange(0.0, 11, 20), ControlChange(0.5, 121, 0))
    left = mixed(*quiet)[0]
    assert left[400] == pytest.approx(0.25 * (20 / 127) ** 2)
    assert left[600] == pytest.approx(0.25)
