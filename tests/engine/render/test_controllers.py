"""Bend, volume, expression and pan as curves."""

import numpy as np
import pytest

from starling.engine.render.controllers import bend_curve, mix_controls
from starling.engine.render.notes import BEND, ControlChange

RATE = 1_000
ONES = np.ones((2, RATE), np.float32)


def test_no_controls_change_nothing() -> None:
    assert mix_controls(ONES, [], RATE) is ONES
    assert bend_curve([], RATE, RATE) is None


@pytest.mark.parametrize(("number", "value", "gain"), [(7, 100, 1), (7, 50, 0.25), (11, 127, 1)])
def test_volume_and_expression_follow_the_square_law(number: int, value: int, gain: float) -> None:
    assert np.allclose(mix_controls(ONES, [ControlChange(0.0, number, value)], RATE), gain)


def test_a_step_is_a_short_slope() -> None:
    left = mix_controls(ONES, [ControlChange(0.5, 7, 0)], RATE)[0]
    assert left[499] == 1
    assert 0 < left[501] < 1
    assert np.allclose(left[505:], 0, atol=1e-6)


def test_pan_moves_to_the_side() -> None:
    left, right = mix_controls(ONES, [ControlChange(0.0, 10, 127)], RATE)
    assert np.abs(left).max() < 1e-6
    assert np.allclose(right, 2**0.5)


def test_bend_takes_two_semitones_until_told_otherwise() -> None:
    wide = [ControlChange(0.2, 101, 0), ControlChange(0.2, 100, 0), ControlChange(0.2, 6, 12)]
    controls = [
        ControlChange(0.1, BEND, 8191),
        *wide,
        ControlChange(0.3, BEND, -8192),
        ControlChange(0.4, BEND, 0),
    ]
    curve = bend_curve(controls, RATE, RATE)
    assert curve is not None
    assert curve[50] == 0
    assert curve[150] == pytest.approx(2, abs=0.001)
    assert curve[350] == pytest.approx(-12)
    assert curve[450] == pytest.approx(0, abs=1e-6)


def test_a_wheel_that_stays_at_rest_is_no_bend() -> None:
    assert bend_curve([ControlChange(0.1, BEND, 0)], RATE, RATE) is None
