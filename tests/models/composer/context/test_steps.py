"""Compound steps: golden ones, and that they are the score again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from song_data import needs_nesmdb, split, toy_songs

from starling.models.composer import songs
from starling.models.composer.context import steps
from starling.models.composer.context.steps import MOST_AGE, MOST_WAIT
from starling.models.composer.songs import HIGHEST, LOWEST
from starling.models.errors import InputError

notes = some.tuples(
    *(some.sampled_from([0, low, low + 7, high]) for low, high in zip(LOWEST, HIGHEST, strict=True))
)
scores = some.lists(some.tuples(notes, some.integers(1, 130)), min_size=1, max_size=12)


@given(scores)
def test_steps_are_the_score_again(parts: list[tuple[tuple[int, ...], int]]) -> None:
    frames = np.concatenate([np.tile(np.array(note, np.uint8), (n, 1)) for note, n in parts])
    made = steps.of_notes(frames)
    assert np.array_equal(steps.to_notes(made.waits, made.states), frames)
    assert made.waits.max() <= MOST_WAIT and (made.waits[1:] > 0).all()
    still = (made.states == made.before()).all(axis=1)
    assert (made.waits[still & ~made.last()] == MOST_WAIT).all(), "others would say nothing"


def test_long_waits_are_chains() -> None:
    frames = np.zeros((150, 4), np.uint8)
    frames[100:, 2] = 45
    made = steps.of_notes(frames)
    assert made.waits.tolist() == [48, 48, 4, 48, 2]
    assert made.states[:, 2].tolist() == [0, 0, 25, 25, 25]
    assert steps.ages(made)[:, 2].tolist() == [0, 48, 96, 0, 48]


def test_songs_do_not_run_into_each_other() -> None:
    every = toy_songs(4, frames=90)
    made = steps.of_songs(every)
    for at, frames in enumerate(every):
        part = slice(made.offsets[at], made.offsets[at + 1])
        alone = steps.of_notes(frames)
        assert np.array_equal(made.waits[part], alone.waits)
        assert np.array_equal(made.before()[part], alone.before())
        assert np.array_equal(made.times()[part], alone.times())
        assert np.array_equal(steps.ages(made)[part], steps.ages(alone))
    assert made.first().sum() == made.last().sum() == 4


def test_ages_are_limited() -> None:
    assert steps.ages(steps.of_notes(np.zeros((1000, 4), np.uint8))).max() == MOST_AGE


def test_a_score_without_frames_is_refused() -> None:
    with pytest.raises(InputError, match="at least 1 frame, got 0"):
        steps.of_notes(np.zeros((0, 4), np.uint8))


@needs_nesmdb
def test_nes_mdb_is_itself_again() -> None:
    every = split("valid")
    made = steps.of_songs(every)
    for at, frames in enumerate(every):
        part = slice(made.offsets[at], made.offsets[at + 1])
        assert np.array_equal(steps.to_notes(made.waits[part], made.states[part]), frames)
    assert len(made) == 129_501 and len(songs.VOICES) == 4
