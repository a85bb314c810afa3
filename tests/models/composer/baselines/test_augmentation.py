import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from song_data import toy_song

from starling.models.composer import songs
from starling.models.composer.baselines import augmentation
from starling.models.composer.songs import HIGHEST, LOWEST


@given(st.integers(0, 2**32), st.integers(0, 80))
def test_an_augmented_song_is_a_song(seed: int, frames: int) -> None:
    found = augmentation.augment(toy_song(1, frames), np.random.default_rng(seed))
    songs.check(found, "augmented")
    assert found.dtype == np.uint8
    assert abs(len(found) - frames) <= 1 + 0.06 * frames


def test_the_same_chance_gives_the_same_song() -> None:
    one, two = (augmentation.augment(toy_song(1), np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one, two)


def test_transposing_there_and_back() -> None:
    frames = np.array([[60, 0, 50, 7]], np.uint8)
    up = augmentation.transpose(frames, 5)
    assert up.tolist() == [[65, 0, 55, 7]]
    assert np.array_equal(augmentation.transpose(up, -5), frames)


@pytest.mark.parametrize("semitones", [-1, 1])
def test_a_note_that_leaves_the_range_is_silent(semitones: int) -> None:
    edge = LOWEST if semitones < 0 else HIGHEST
    frames = np.array([edge], np.uint8)
    assert augmentation.transpose(frames, semitones).tolist() == [[0, 0, 0, edge[3]]]


def test_swapping_and_selecting() -> None:
    frames = np.array([[60, 61, 62, 3]], np.uint8)
    assert augmentation.swap_pulses(frames).tolist() == [[61, 60, 62, 3]]
    assert augmentation.select(frames, np.array([1, 3])).tolist() == [[0, 61, 0, 3]]


def test_stretching_changes_the_length_and_not_the_order() -> None:
    frames = np.repeat(np.arange(40, 60, dtype=np.uint8), 10)[:, None].repeat(4, axis=1)
    slow, fast = augmentation.stretch(frames, 0.95), augmentation.stretch(frames, 1.05)
    assert (len(slow), len(fast)) == (211, 190)
    for found in (slow, fast):
        assert np.array_equal(np.unique(found[:, 0]), np.arange(40, 60))
        assert (np.diff(found[:, 0].astype(int)) >= 0).all()
    assert np.array_equal(augmentation.stretch(frames, 1.0), frames)
