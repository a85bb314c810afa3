"""What steps get: every frame once in a pass, voices of one place, rows of valid events."""

from itertools import pairwise

import numpy as np
import pytest
from song_data import needs_nesmdb, split, toy_song, toy_songs

from starling.models.composer import songs
from starling.models.composer.baselines import batches, tx1
from starling.models.composer.baselines.batches import MARK, Events, Pieces, Streams
from starling.models.composer.songs import CLASSES, to_classes
from starling.models.errors import InputError


def test_marks_stand_before_between_and_after_songs() -> None:
    every = songs.of([toy_song(0, 5), toy_song(1, 3)])
    whole = batches.stream(every)
    assert whole[:, 4].tolist() == [0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0]
    assert not whole[[0, 6, 10]].any()
    assert np.array_equal(whole[1:6, :4], to_classes(toy_song(0, 5)))
    alone = batches.stream(every, 1)
    assert alone.shape == (11, 1) and alone[[0, 6, 10], 0].tolist() == [MARK] * 3
    assert np.array_equal(alone[7:10, 0], to_classes(toy_song(1, 3))[:, 0])
    assert (batches.sizes(4), batches.sizes(1)) == ((*CLASSES, 2), (MARK + 1,))


def test_streams_read_on_and_see_every_frame_of_a_pass() -> None:
    every = toy_songs(5, 40)
    streams = Streams(every, 4, batch=3, window=7, seed=1)
    windows = [streams.draw(step) for step in range(streams.epoch)]
    assert [each.fresh for each in windows] == [True] + [False] * (len(windows) - 1)
    for one, other in pairwise(windows):
        assert np.array_equal(one.tokens[:, -1], other.tokens[:, 0])
    read = sum(each.tokens[:, 1:].shape[0] * 7 for each in windows)
    assert 0.85 * len(every.frames) < read <= len(every.frames) + 6


def test_a_step_follows_from_its_number_alone_and_passes_differ() -> None:
    every = toy_songs(5, 40)
    one, other = (Streams(every, 1, 3, 7, seed=1) for _ in range(2))
    later = one.epoch + 2
    one.draw(0)
    assert np.array_equal(one.draw(later).tokens, other.draw(later).tokens)
    assert not np.array_equal(one.draw(later).tokens, other.draw(2).tokens)
    for kind in (
        lambda seed: Events(every, 2, 30, seed),
        lambda seed: Pieces(batches.measures(every, 4, 2, 8), 4, seed),
    ):
        assert np.array_equal(kind(1).draw(3).tokens, kind(1).draw(3).tokens)
        assert not np.array_equal(kind(1).draw(3).tokens, kind(2).draw(3).tokens)


def test_the_voices_of_a_piece_are_of_one_song_and_place() -> None:
    """The published sequence took each voice from another song, and the first batches only."""
    every = songs.of([toy_song(0, 70), toy_song(1, 31), toy_song(2, 64)])
    pieces = batches.measures(every, 4, 2, 16)
    assert pieces.shape == (4, 4, 2, 16)
    for piece, (song, begin) in zip(pieces, ((0, 0), (0, 32), (2, 0), (2, 32)), strict=True):
        wanted = to_classes(toy_song(song, 70))[begin : begin + 32]
        assert np.array_equal(piece.reshape(4, 32).T, wanted)
    drawn = Pieces(pieces, batch=2, seed=0)
    seen = np.concatenate([drawn.draw(step).tokens for step in range(drawn.epoch)])
    assert sorted(map(bytes, seen)) == sorted(map(bytes, pieces))
    assert np.array_equal(batches.measures(every, 1, 2, 16)[:, 0], pieces[:, 0])


def test_rows_of_events_are_of_augmented_songs_with_marks_between() -> None:
    every = toy_songs(3, 60)
    rows = Events(every, batch=8, context=200, seed=0).draw(0).tokens
    assert rows.shape == (8, 201)
    for row in rows.tolist():
        marks = [at for at, token in enumerate(row) if token == tx1.START]
        assert len(marks) >= 2
        for begin, end in pairwise(marks):
            frames = tx1.decode(row[begin + 1 : end])
            assert 57 <= len(frames) <= 66, "a tempo of at most 5 % more or less"


def test_songs_that_are_too_short_are_named() -> None:
    with pytest.raises(InputError, match="at least 84 are needed"):
        Streams(toy_songs(1, 50), 4, batch=12, window=6)
    with pytest.raises(InputError, match="no song has the 64 frames"):
        Pieces(batches.measures(toy_songs(1, 63), 4, 2, 32), 4)
    with pytest.raises(InputError, match="no frames"):
        Events(songs.of([]), 4, 8)


@needs_nesmdb
def test_nes_mdb_has_as_many_pieces_as_published() -> None:
    assert len(batches.measures(split("train"), 1, 8, 96)) == 2766
    assert len(batches.measures(split("valid"), 4, 8, 96)) == 190
