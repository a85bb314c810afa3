import math

import numpy as np
import pytest
from song_data import needs_nesmdb, split, toy_songs

from starling.models.composer import songs
from starling.models.composer.baselines import ngrams
from starling.models.composer.songs import CLASSES, Songs
from starling.models.errors import InputError


def noise(*notes: int) -> Songs:
    """One song in which only the noise plays."""
    frames = np.zeros((len(notes), 4), np.uint8)
    frames[:, 3] = notes
    return songs.of([frames])


def test_unigram_by_hand() -> None:
    nats = ngrams.unigram(noise(1, 1, 1, 2), noise(1, 2, 3))
    wanted = [math.log((4 + 17) / count) for count in (4, 2, 1)]
    assert nats[:, 3] == pytest.approx(wanted)


def test_bigram_by_hand() -> None:
    """Counted: silence to 1 (the song begins), 1 to 1 twice, 1 to 2."""
    nats = ngrams.bigram(noise(1, 1, 1, 2), noise(1, 1, 5))
    wanted = [math.log((1 + 17) / 2), math.log((3 + 17) / 3), math.log((3 + 17) / 1)]
    assert nats[:, 3] == pytest.approx(wanted)


def test_witten_bell_by_hand() -> None:
    """After 1, seen three times, came two kinds: (count + 2 shorter) / (3 + 2)."""
    nats = ngrams.witten_bell(noise(1, 1, 1, 2), noise(1, 1), order=2)
    shorter = (3 + 2 / 17) / (4 + 2)
    assert math.exp(-nats[1, 3]) == pytest.approx((2 + 2 * shorter) / (3 + 2))
    beginning = (1 + 1 * shorter) / (1 + 1)
    assert math.exp(-nats[0, 3]) == pytest.approx(beginning)


@pytest.mark.parametrize("order", [1, 2, 5, 9])
def test_witten_bell_gives_all_notes_together_a_chance_of_one(order: int) -> None:
    train = toy_songs(3, 60)
    heads = [np.concatenate([train.frames[:20], [[0, 0, 0, note]]]) for note in range(CLASSES[3])]
    test = songs.of([head.astype(np.uint8) for head in heads])
    last = ngrams.witten_bell(train, test, order)[20::21, 3]
    assert np.exp(-last).sum() == pytest.approx(1.0)


def test_contexts_end_where_a_song_begins() -> None:
    one = noise(1, 2, 3)
    two = songs.of([*one, *one])
    nats = ngrams.witten_bell(toy_songs(2), two, 3)
    assert nats[3:] == pytest.approx(nats[:3])


def test_bad_orders_and_no_frames() -> None:
    with pytest.raises(InputError, match=r"order must be 1..9, got 10"):
        ngrams.witten_bell(toy_songs(1), toy_songs(1), 10)
    with pytest.raises(InputError, match="hold no frames"):
        ngrams.witten_bell(songs.of([toy_songs(1).frames[:0]]), toy_songs(1))


@needs_nesmdb
def test_figures_of_the_reference_on_the_test_split() -> None:
    train, test = split("train"), split("test")
    found = {
        "unigram": ngrams.nats_per_frame(ngrams.unigram(train, test)),
        "bigram": ngrams.nats_per_frame(ngrams.bigram(train, test)),
        "witten_bell": ngrams.nats_per_frame(ngrams.witten_bell(train, test)),
    }
    rounded = {name: round(value, 2) for name, value in found.items()}
    assert rounded == {"unigram": 11.53, "bigram": 3.63, "witten_bell": 4.41}
