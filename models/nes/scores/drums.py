"""Drums of General MIDI on the noise voice: one hit at a time, the more important one first."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from starling.models.nes.scores.lines import Grid
from starling.models.nes.scores.song import Song


class Hit(NamedTuple):
    """A drum as noise: the note 1..16 (16 is the highest), its frames, and which one wins."""

    note: int
    frames: int
    rank: int


KICK, SNARE, RIM = Hit(3, 2, 5), Hit(10, 3, 6), Hit(14, 1, 3)
CLOSED, OPEN, RIDE, CRASH = Hit(15, 1, 1), Hit(15, 4, 2), Hit(14, 2, 1), Hit(13, 10, 4)
SHAKER = Hit(16, 1, 0)
HITS = {  # lengths as in NES-MDB, where noise of any pitch lasts 2 to 5 frames; by ear
    **dict.fromkeys((35, 36), KICK),
    **dict.fromkeys((38, 40), SNARE),
    37: RIM,
    39: Hit(12, 2, 3),  # hand clap
    **dict.fromkeys((22, 42, 44), CLOSED),  # 22, 26: edges of the hi-hat on electronic kits
    **dict.fromkeys((26, 46), OPEN),
    **dict.fromkeys((49, 52, 57), CRASH),
    55: Hit(14, 6, 4),  # splash
    **dict.fromkeys((51, 59), RIDE),
    53: Hit(16, 2, 2),  # bell
    41: Hit(4, 3, 4),  # toms, low to high
    43: Hit(5, 3, 4),
    58: Hit(5, 3, 4),
    45: Hit(6, 3, 4),
    47: Hit(7, 3, 4),
    48: Hit(8, 3, 4),
    50: Hit(9, 3, 4),
    54: Hit(16, 2, 1),  # tambourine
    56: Hit(14, 1, 2),  # cowbell
    **dict.fromkeys((69, 70, 82), SHAKER),
}
OTHER = Hit(13, 2, 0)
FIRST_KEY = 36  # of period 0 on a track `no` of a FamiTracker song, of note 1 on a track `noise`
HIGHEST = 16  # the noise's notes are 1..16, 16 minus their periods


def noise_line(song: Song, grid: Grid) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Note and velocity (N, 2) of the noise voice, and which drum notes (n,) are heard in it."""
    rows = np.flatnonzero(grid.drums)
    hits = [HITS.get(key, OTHER) for key in song.key[rows].tolist()]
    ranks = np.array([hit.rank for hit in hits], np.int64)
    line, owner = np.zeros((grid.frames, 2), np.uint8), np.full(grid.frames, -1)
    for at in np.lexsort((ranks, grid.start[rows])).tolist():
        row, hit = rows[at], hits[at]
        first = int(grid.start[row])
        last = min(first + hit.frames, grid.frames)
        line[first:last] = (hit.note, grid.velocity[row])
        owner[first:last] = row
    return line, _heard(owner, grid, len(song))


def period_line(song: Song, grid: Grid) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """As `noise_line`, of a track `no` whose keys are 36 + period and whose lengths are meant."""
    return _line(song, grid, lambda key: HIGHEST - _step(key))


def key_line(song: Song, grid: Grid) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """As `period_line`, of a track `noise` whose keys are 35 + note, as `in_time` writes them."""
    return _line(song, grid, lambda key: 1 + _step(key))


NAMED = {"no": period_line, "noise": key_line}  # by the name of the one track with drums


def _step(key: int) -> int:
    """How far a key is above the first, 0..15."""
    return min(max(key - FIRST_KEY, 0), HIGHEST - 1)


def _line(
    song: Song, grid: Grid, note_of: Callable[[int], int]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Note and velocity (N, 2) of drums whose keys are notes, for as long as they are held."""
    rows = np.flatnonzero(grid.drums)
    line, owner = np.zeros((grid.frames, 2), np.uint8), np.full(grid.frames, -1)
    for row in rows.tolist():
        here = slice(grid.start[row], grid.end[row])
        line[here] = (note_of(int(song.key[row])), grid.velocity[row])
        owner[here] = row
    return line, _heard(owner, grid, len(song))


def _heard(owner: NDArray[np.int64], grid: Grid, count: int) -> NDArray[np.bool_]:
    """Which notes (n,) sound in the frame where they start."""
    found = np.zeros(count, np.bool_)
    rows = np.flatnonzero(grid.drums)
    found[rows] = owner[grid.start[rows]] == rows
    return found
