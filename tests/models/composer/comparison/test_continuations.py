"""Distances in units of other songs, intervals, and who is nearer."""

import numpy as np
import pytest
from song_data import toy_song, toy_songs

from starling.models.composer import songs, statistics
from starling.models.composer.comparison.continuations import Interval, between_songs, compare
from starling.models.composer.songs import Frames
from starling.models.composer.statistics import FIGURES, PROMPT
from starling.models.errors import InputError

PIECES = toy_songs(4, 960)
HOW = {bytes(song[:PROMPT]): song[PROMPT:960] for song in PIECES}


def knowing(beginning: Frames, frames: int, seed: int) -> Frames:
    """Writes what the song has."""
    return HOW[bytes(beginning)]


def other(beginning: Frames, frames: int, seed: int) -> Frames:
    """Writes notes that have nothing to do with it."""
    random = np.random.default_rng(seed)
    notes = random.integers(songs.LOWEST, np.array(songs.HIGHEST) + 1, (frames, 4))
    return notes.astype(np.uint8)


def test_who_writes_the_song_is_at_no_distance_and_nearer_than_noise() -> None:
    found = compare(PIECES, {"knowing": knowing, "other": other}, 4)
    assert found.distances["knowing"].tolist() == [0.0] * 4
    assert (found.distances["other"] > 1).all()
    nearer = found.nearer("knowing", "other")
    assert nearer.share == 1.0 and 0 < nearer.difference.low <= nearer.difference.mean
    assert nearer.difference.mean == pytest.approx(found.distances["other"].mean())
    back = found.named()["other"]["nearer_than"]["knowing"]
    assert back["by"] == pytest.approx(-nearer.difference.mean) and back["share"] == 0.0


def test_one_is_as_far_as_another_song() -> None:
    """Continuations of two songs, exchanged: the unit is that very gap."""
    pair = songs.of([song[:960] for song in list(PIECES)[:2]])
    one, two = (song[PROMPT:] for song in pair)
    swapped = {bytes(song[:PROMPT]): notes for song, notes in zip(pair, (two, one), strict=True)}
    found = compare(pair, {"swapped": lambda start, frames, seed: swapped[bytes(start)]}, 2)
    gaps = np.array(statistics.gaps(statistics.of(one), statistics.of(two)))
    assert found.distances["swapped"] == pytest.approx([float((gaps > 0).mean())] * 2)
    units = between_songs([statistics.of(one), statistics.of(two)])
    assert units == pytest.approx(np.where(gaps > 0, gaps, 1.0)) and len(units) == len(FIGURES)


def test_an_interval_holds_the_mean_and_narrows_with_more_pairs() -> None:
    values = np.random.default_rng(1).normal(2.0, 1.0, 400)
    wide, narrow = Interval.of(values[:25]), Interval.of(values)
    assert wide.low < 2.0 < wide.high and narrow.low < narrow.mean < narrow.high
    assert narrow.high - narrow.low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert Interval.of(values) == narrow


def test_one_song_is_not_enough() -> None:
    with pytest.raises(InputError, match="at least 2 songs of 40 s"):
        compare(songs.of([toy_song(0, 960)]), {}, 4)
