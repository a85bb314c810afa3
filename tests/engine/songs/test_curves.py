"""Curves in blocks: what the block's size is changes no bit."""

import numpy as np
import pytest

from starling.engine.songs.curves import curve, curve_blocks, steps

POINTS = [(0.0, 0.3), (0.1, 0.81), (0.1, 0.7), (0.5003, 0.123), (9.0, 4.0)]


def whole(points: list[tuple[float, float]], rate: int, frames: int) -> np.ndarray:
    """The curve by its definition: the mean of the last 5 ms of steps."""
    starts = [0, *(min(round(seconds * rate), frames) for seconds, _ in points), frames]
    values = np.repeat(np.array([1.0, *(v for _, v in points)]), np.diff(starts))
    width = round(0.005 * rate)
    total = np.cumsum(np.concatenate([np.repeat(values[:1], width), values]))
    return np.asarray((total[width:] - total[:-width]) / width, np.float32)


@pytest.mark.parametrize("size", [7, 1_000, 10**6])
def test_blocks_are_the_whole_to_the_bit(size: int) -> None:
    blocks = [values for _, values in curve_blocks(POINTS, 1.0, 44_100, 44_100, size)]
    assert np.concatenate(blocks).tobytes() == whole(POINTS, 44_100, 44_100).tobytes()
    assert np.array_equal(curve(POINTS, 1.0, 44_100, 44_100), np.concatenate(blocks))


def test_steps_of_a_window_are_those_of_the_whole() -> None:
    window = steps([(0.1, 2.0), (0.2, 3.0)], 1_000, 50, 200)
    assert (window[49], window[50], window[149], window[150]) == (0, 2, 2, 3)
