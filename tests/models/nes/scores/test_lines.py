from __future__ import annotations

import numpy as np
from toy_midi import midi_of

from starling.models.nes.scores.lines import grid_of, lines_of
from starling.models.nes.scores.song import Song, from_midi


def song(*notes: tuple[float, float, int]) -> Song:
    """A part of notes in frames of 24 Hz: 12 frames are a beat."""
    return from_midi(midi_of(("a", 1, [(a / 12, b / 12, key) for a, b, key in notes])), "x.mid")


def keys(line: np.ndarray, of: Song) -> list[int]:
    return np.concatenate([[0], of.key])[line].tolist()


def test_notes_lie_on_the_nearest_frames_and_last_at_least_one() -> None:
    grid = grid_of(song((0.4, 2, 60), (1.6, 0.1, 62), (5, 3, 64)))
    assert grid.frames == 8
    assert list(zip(grid.start, grid.end, strict=True)) == [(0, 2), (2, 3), (5, 8)]


def test_a_note_ends_where_its_key_is_struck_again() -> None:
    grid = grid_of(song((0, 9, 60), (3, 2, 60), (4, 9, 61)))
    assert list(zip(grid.start, grid.end, strict=True)) == [(0, 3), (3, 9), (4, 13)]


def test_velocities_are_those_of_the_chip() -> None:
    of = from_midi(midi_of(("a", 1, [(0, 1, 60, 1), (0, 1, 62, 64), (0, 1, 64, 127)])), "x.mid")
    assert grid_of(of).velocity.tolist() == [1, 8, 15]


def test_a_part_has_a_top_a_second_and_a_bottom() -> None:
    of = song((0, 6, 48), (0, 4, 60), (1, 2, 64), (3, 3, 62))
    grid = grid_of(of)
    lines = lines_of(np.arange(len(of)), of, grid)
    assert keys(lines.top, of) == [60, 64, 64, 62, 62, 62]
    assert keys(lines.second, of) == [48, 60, 60, 60, 48, 48]
    assert keys(lines.bottom, of) == [48, 48, 48, 48, 48, 48]
    assert lines.top[1] == 1 + of.key.tolist().index(64)


def test_one_note_at_a_time_is_top_and_bottom() -> None:
    of = song((0, 2, 60), (3, 2, 62))
    lines = lines_of(np.arange(2), of, grid_of(of))
    assert np.array_equal(lines.top, lines.bottom) and not lines.second.any()
    assert lines.top.tolist() == [1, 1, 0, 2, 2]
