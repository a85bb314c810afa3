"""A song on a grid of frames, and each part as three lines: its top, the one below, its bottom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.nes.scores.score import RATE
from starling.models.nes.scores.song import Song

Line = NDArray[np.int32]  # (N,) which note sounds: its index + 1, 0 for none
Index = NDArray[np.int64]
ROUNDED = 0.01  # of a frame: tempi in files are whole microseconds a beat
FULL = 15  # the loudest velocity of the chip; 127 in MIDI


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A song's notes (n,) in frames: start, end (exclusive, later than start), velocity 1..15.

    `drums` marks the notes of drum parts. A note ends where its key is struck again.
    """

    frames: int
    start: Index
    end: Index
    velocity: Index
    drums: NDArray[np.bool_]


def grid_of(song: Song, rate: float = RATE) -> Grid:
    """The grid of a song at `rate` Hz; notes begin and end at the nearest frame."""
    frames = max(1, int(np.ceil(song.seconds * rate - ROUNDED)))
    start = np.minimum(np.rint(song.start * rate).astype(np.int64), frames - 1)
    end = np.clip(np.rint(song.end * rate).astype(np.int64), start + 1, frames)
    order = np.lexsort((start, song.key, song.part))
    same = (np.diff(song.key[order]) == 0) & (np.diff(song.part[order]) == 0)
    following = np.where(same, start[order][1:], frames)
    end[order[:-1]] = np.minimum(end[order[:-1]], following)
    velocity = np.maximum(1, np.rint(song.velocity * FULL / 127).astype(np.int64))
    drums = np.array([part.drums for part in song.parts])[song.part]
    return Grid(frames, start, end, velocity, drums)


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """What sounds in a part, frame by frame: of notes at once the top, the next and the bottom."""

    top: Line
    second: Line
    bottom: Line


def lines_of(rows: Index, song: Song, grid: Grid) -> Lines:
    """The lines of the notes `rows` of a part; a held note stays what it is above or below."""
    top, second, bottom = (np.zeros(grid.frames, np.int32) for _ in range(3))
    rising = rows[np.argsort(song.key[rows], kind="stable")]
    ends = zip(grid.start[rising].tolist(), grid.end[rising].tolist(), strict=True)
    spans = [slice(first, last) for first, last in ends]
    for row, here in zip(rising.tolist(), spans, strict=True):
        covered = top[here]
        second[here] = np.where(covered > 0, covered, second[here])
        top[here] = row + 1
    for row, here in zip(reversed(rising.tolist()), reversed(spans), strict=True):
        bottom[here] = row + 1
    return Lines(top, second, bottom)
