"""Streams of songs: every step once a round, varied as whole songs are, by step number alone."""

import numpy as np
import pytest
from song_data import toy_songs
from tiny_composer import prepared

from starling.models.composer import batches, songs
from starling.models.composer.batches import Batches
from starling.models.composer.copying import END
from starling.models.errors import InputError


def test_a_round_brings_every_step_once_in_the_order_of_songs() -> None:
    made = prepared()
    drawn = Batches(made, 4, 8, vary=False)
    length = len(made.rows) // 4 // 8
    windows = [drawn.draw(step) for step in range(length)]
    assert [each.fresh for each in windows] == [True] + [False] * (length - 1)
    assert drawn.draw(length).fresh
    streams = np.concatenate([each.targets for each in windows], axis=1)
    everything = streams.reshape(-1, 5)
    assert len(everything) == length * 8 * 4 > 0.8 * len(made.rows)
    ends = np.flatnonzero(streams[0, :, 1] == END)
    assert len(ends) and (streams[0, ends[:-1] + 1, 0] <= 8).all(), "a song follows a song"


def test_a_step_gets_the_same_whenever_it_is_drawn() -> None:
    made = prepared()
    one, other = Batches(made, 4, 8, seed=3), Batches(made, 4, 8, seed=3)
    far = one.draw(40)
    one.draw(0)
    again, alike = one.draw(40), other.draw(40)
    for each in (again, alike):
        assert np.array_equal(far.rows, each.rows) and np.array_equal(far.targets, each.targets)
    assert not np.array_equal(Batches(made, 4, 8, seed=4).draw(40).rows, far.rows)


def test_processes_get_streams_of_their_own() -> None:
    made = prepared()
    whole = Batches(made, 4, 8, vary=False).draw(2)
    halves = [Batches(made, 2, 8, vary=False).draw(2, rank, 2) for rank in range(2)]
    assert np.array_equal(np.concatenate([each.rows for each in halves]), whole.rows)


@pytest.mark.parametrize(("shift", "swap"), [(3, False), (-2, True), (0, True)])
def test_targets_turn_with_the_song(shift: int, swap: bool) -> None:
    frames = np.where(toy_songs(2).frames > 0, [[60, 64, 50, 4]], 0).astype(np.uint8)
    moved = frames + shift * (frames > 0) * np.array([1, 1, 1, 0])
    moved = moved[:, [1, 0, 2, 3] if swap else [0, 1, 2, 3]].astype(np.uint8)
    made, right = (batches.prepare(songs.of([each])) for each in (frames, moved))
    assert np.array_equal(batches.varied(made.targets, shift, swap), right.targets)


def test_too_few_songs_are_refused() -> None:
    with pytest.raises(InputError, match="at least 6400 are needed for 100 streams of 64"):
        Batches(prepared(), 100, 64)
