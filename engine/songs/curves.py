"""What changes in steps at given seconds as a curve, one value a frame, block by block. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

GLIDE_SECONDS = 0.005  # a step takes this long, lest it click
BLOCK = 1 << 18  # frames: 6 s at 44.1 kHz
Array = NDArray[np.float32]
Points = Sequence[tuple[float, float]]  # seconds, value
Room = Callable[[tuple[int, ...]], Array]  # makes an array of zeros


def blocks(frames: int, size: int = BLOCK) -> Iterator[tuple[int, int]]:
    """Start and end of blocks of `size` frames, and of what is left."""
    return ((start, min(start + size, frames)) for start in range(0, frames, size))


def curve_blocks(
    points: Points, initial: float, sample_rate: int, frames: int, size: int = BLOCK
) -> Iterator[tuple[int, Array]]:
    """(start, values) of the blocks of a curve whose steps are short slopes.

    A sum is carried from block to block, so that their size changes no bit.
    """
    starts, values = _steps(points, initial, sample_rate, frames)
    width = max(1, round(GLIDE_SECONDS * sample_rate))
    first = values[np.searchsorted(starts, 0, side="right") - 1]
    totals = np.cumsum(np.full(width, first))
    for start, end in blocks(frames, size):
        steps = values[np.searchsorted(starts, np.arange(start, end), side="right") - 1]
        sums = np.cumsum(np.concatenate([totals[-1:], steps]))[1:]
        totals = np.concatenate([totals, sums])
        yield start, np.asarray((totals[width:] - totals[:-width]) / width, np.float32)
        totals = totals[-width:]


def curve(
    points: Points, initial: float, sample_rate: int, frames: int, room: Room = np.zeros
) -> Array:
    """The whole curve (frames,), in an array that `room` makes."""
    found = np.asarray(room((frames,)), np.float32)
    for start, values in curve_blocks(points, initial, sample_rate, frames):
        found[start : start + len(values)] = values
    return found


def steps(points: Points, sample_rate: int, start: int, count: int) -> NDArray[np.float64]:
    """The values over some frames from `start` on, without slopes; 0 before the first point."""
    starts, values = _steps(points, 0.0, sample_rate, start + count)
    at = np.searchsorted(starts, np.arange(start, start + count), side="right") - 1
    return np.asarray(values[at])


def _steps(
    points: Points, initial: float, sample_rate: int, frames: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """From which frame on each value holds; the last of those that begin at one frame counts."""
    starts = [0, *(min(round(seconds * sample_rate), frames) for seconds, _ in points)]
    return np.array(starts, np.int64), np.array([initial, *(value for _, value in points)], float)
