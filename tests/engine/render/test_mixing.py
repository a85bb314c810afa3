"""Sums and levels of audio."""

import numpy as np
import pytest

from starling.engine.render.mixing import add, keep_headroom, peak


def test_stems_add_up_and_stay_as_they_are() -> None:
    stems = [np.full((2, 70_000), value, np.float32) for value in (0.25, -0.75)]
    assert np.array_equal(add(stems), np.full((2, 70_000), -0.5, np.float32))
    assert stems[0][0, 0] == 0.25


def test_the_peak_is_the_largest_magnitude_also_of_nothing() -> None:
    audio = np.zeros((2, 70_000), np.float32)
    audio[1, -1] = -0.75
    assert peak(audio) == 0.75
    assert peak(audio[:, :0]) == 0.0


@pytest.mark.parametrize(("headroom", "lowered"), [(6.0, 6.0206), (0.0, 0.0), (None, 0.0)])
def test_a_mix_and_its_stems_are_lowered_to_the_headroom(
    headroom: float | None, lowered: float
) -> None:
    mix, stem = (np.full((2, 9), value, np.float32) for value in (10 ** (0.0206 / 20), 0.5))
    if headroom == 0.0:
        mix[:] = 1.0
    assert keep_headroom(mix, [stem], headroom) == pytest.approx(lowered, abs=1e-4)
    assert stem[0, 0] == pytest.approx(0.5 * 10 ** (-lowered / 20), rel=1e-5)
