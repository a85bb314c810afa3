"""Rows of hints: they know only the past, are the same step by step, and turn with the song."""

import numpy as np
import pytest
from song_data import needs_nesmdb, split, toy_song, toy_songs

from starling.models.composer import songs
from starling.models.composer.context import features, layout, steps
from starling.models.composer.context.history import History
from starling.models.composer.context.layout import COLUMNS, PLACE, POINTERS, WIDTH, Rows
from starling.models.composer.context.steps import Steps
from starling.models.composer.songs import Frames, Songs


def varied_songs() -> Songs:
    """Songs with echoes, transposed repeats and chance, whose notes stay in the middle."""
    random = np.random.default_rng(0)
    every = []
    for _ in range(4):
        song = random.integers(0, 2, (240, 4)) * random.integers(60, 73, (240, 4))
        song = np.repeat(song[:60], random.integers(1, 8, 60), axis=0)
        song[:, 3] %= 17
        leap = np.where(song > 0, song + 2, 0) * [1, 1, 1, 0]
        song = np.concatenate([song, song, leap])
        song[:, 1] = np.concatenate([np.zeros(9, int), song[:-9, 0]])
        every.append(song.astype(np.uint8))
    return songs.of(every)


def online(made: Steps) -> Rows:
    """The rows of one song, step by step."""
    history, found = History(), []
    for wait, state in zip(made.waits.tolist(), made.states.tolist(), strict=True):
        found.append(history.row())
        history.push(wait, state)
    return np.array(found)


def check_online(every: Songs) -> None:
    made = steps.of_songs(every)
    whole = features.rows(made)
    for at, frames in enumerate(every):
        part = whole[made.offsets[at] : made.offsets[at + 1]]
        step_by_step = online(steps.of_notes(frames))
        assert np.array_equal(step_by_step, part), np.flatnonzero((step_by_step != part).any(0))


def check_causal(every: Songs, share: float) -> int:
    """No row changes where the songs are cut; how many rows were compared."""
    cut = songs.of([frames[: max(1, int(share * len(frames)))] for frames in every])
    long, short = steps.of_songs(every), steps.of_songs(cut)
    whole, part = features.rows(long), features.rows(short)
    total = 0
    for at in range(len(every)):
        count = short.offsets[at + 1] - short.offsets[at] - 1  # the last step is the new end
        ours = whole[long.offsets[at] : long.offsets[at] + count]
        assert np.array_equal(ours, part[short.offsets[at] : short.offsets[at] + count])
        total += int(count)
    return total


@pytest.mark.parametrize("every", [varied_songs(), toy_songs()], ids=["varied", "toy"])
def test_rows_know_only_the_past(every: Songs) -> None:
    assert check_causal(every, 0.6) > 100


@pytest.mark.parametrize("every", [varied_songs(), toy_songs()], ids=["varied", "toy"])
def test_step_by_step_the_rows_are_the_same(every: Songs) -> None:
    check_online(every)


@needs_nesmdb
def test_songs_of_nes_mdb_cut_at_three_fifths() -> None:
    assert check_causal(split("valid"), 0.6) == 77_200


@needs_nesmdb
def test_songs_of_nes_mdb_step_by_step() -> None:
    check_online(split("test").part(np.arange(0, 373, 40)))


def test_every_column_stays_in_its_table_and_every_pointer_points() -> None:
    found = features.rows(steps.of_songs(varied_songs()))
    assert found.shape[1] == WIDTH == len(COLUMNS)
    assert (found.max(axis=0) < [column.size for column in COLUMNS]).all()
    pointers = found[:, PLACE["pointer"]].reshape(len(found), 4, len(POINTERS), 3)
    used = (pointers[..., 2] > 0).any(axis=0)
    assert used[:2].all() and used[2, :5].all() and used[3, :4].all()
    assert not used[2, 5] and not used[3, 4:].any()


def test_a_repeated_bar_is_foreseen() -> None:
    """From the third bar on every pointer that compares all knows each change and its time."""
    frames = toy_song(0, 160)
    made = steps.of_notes(frames)
    found = features.rows(made)
    late = (made.times() > 96) & ~made.last()
    pointers = found[:, PLACE["pointer"]].reshape(len(found), 4, len(POINTERS), 3)
    for voice in range(4):
        changes = late & (made.states[:, voice] != made.before()[:, voice])
        exact = pointers[changes, voice, 0]
        assert changes.sum() > 3
        assert np.array_equal(exact[:, 1], made.states[changes, voice] + 1)
        assert np.array_equal(exact[:, 0], made.waits[changes] + (1 - layout.LATE))


def transposed(frames: Frames, semitones: int, swap: bool) -> Frames:
    moved = frames.astype(int) + semitones * (frames > 0) * np.array([1, 1, 1, 0])
    return moved[:, [1, 0, 2, 3] if swap else [0, 1, 2, 3]].astype(np.uint8)


@pytest.mark.parametrize(("semitones", "swap"), [(5, False), (-6, True), (0, True), (0, False)])
def test_rows_turn_with_the_song(semitones: int, swap: bool) -> None:
    every = varied_songs()
    moved = songs.of([transposed(frames, semitones, swap) for frames in every])
    right = features.rows(steps.of_songs(moved))
    found = layout.augmented(features.rows(steps.of_songs(every)), semitones, swap)
    assert np.array_equal(found, right), np.flatnonzero((found != right).any(axis=0))


def test_a_song_can_go_as_far_as_its_notes() -> None:
    states = steps.of_notes(np.array([[34, 0, 106, 3]], np.uint8)).states
    assert layout.range_of(states) == (-1, 2)
    assert layout.range_of(np.zeros((3, 4), np.uint8)) == (-6, 6)
