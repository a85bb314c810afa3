"""Each figure by hand, distances that see what differs, and real songs beside real songs."""

import numpy as np
import pytest
import tiny_composer
from song_data import needs_nesmdb, split, toy_song, toy_songs

from starling.models.composer import generator, songs, statistics
from starling.models.composer.songs import Frames
from starling.models.composer.statistics import LENGTH, PROMPT, SCALARS
from starling.models.errors import InputError


def voices(*columns: list[int]) -> Frames:
    return np.array(columns, np.uint8).T.copy()


def test_figures_by_hand() -> None:
    """C for two frames under G for one; noise alone at the end, silence before it."""
    found = statistics.of(voices([60, 60, 0, 0], [0, 67, 0, 0], [0, 0, 0, 0], [0, 0, 0, 5]))
    wanted = np.zeros(12)
    wanted[[0, 7]] = 2 / 3, 1 / 3
    assert found.pitch_classes == pytest.approx(wanted)
    assert found.voice_overlap == pytest.approx(1 / 3)
    assert found.note_density == pytest.approx(3 * 24 / 4)
    assert found.scale_consistency == 1.0
    assert found.repetition == 0.0


def test_a_repeated_note_begins_once_and_a_chromatic_scale_is_on_no_key() -> None:
    held = statistics.of(voices([60] * 24, [0] * 24, [0] * 24, [0] * 24))
    assert held.note_density == pytest.approx(1.0)
    chromatic = statistics.of(voices(list(range(60, 72)), *([[0] * 12] * 3)))
    assert chromatic.scale_consistency == pytest.approx(7 / 12)


def test_a_minor_scale_in_any_key_is_consistent() -> None:
    for tonic in range(60, 72):
        notes = [tonic + step for step in (0, 2, 3, 5, 7, 8, 10)]
        found = statistics.of(voices(notes, *([[0] * 7] * 3)))
        assert found.scale_consistency == pytest.approx(1.0)


def test_silence_has_figures() -> None:
    found = statistics.of(np.zeros((50, 4), np.uint8))
    assert found.pitch_classes.sum() == 0
    assert [found.voice_overlap, found.note_density, found.scale_consistency] == [0, 0, 0]
    with pytest.raises(InputError, match="at least 1 frame"):
        statistics.of(np.zeros((0, 4), np.uint8))


def test_the_mean_is_that_of_each_figure() -> None:
    found = [statistics.of(song) for song in toy_songs(3)]
    whole = statistics.mean(found)
    assert whole.note_density == pytest.approx(np.mean([each.note_density for each in found]))
    assert whole.pitch_classes.sum() == pytest.approx(1.0)
    assert set(whole.named()) == {"pitch_classes", *SCALARS}
    with pytest.raises(InputError, match="at least 1 score"):
        statistics.mean([])


def test_a_set_is_at_no_distance_from_itself_in_any_order() -> None:
    found = [statistics.of(song) for song in toy_songs(4)]
    assert statistics.distances(found, found[::-1]) == pytest.approx(
        dict.fromkeys(("pitch_classes", *SCALARS), 0.0), abs=1e-12
    )
    assert statistics.paired_distances(found, found)["pitch_classes"] == 0.0
    turned = statistics.paired_distances(found, found[::-1])
    assert turned["pitch_classes"] > 0 and turned["note_density"] > 0


def test_random_notes_are_far_from_songs() -> None:
    """What the published sampler wrote: notes alike likely in every frame."""
    real = [statistics.of(song) for song in toy_songs(4)]
    random = np.random.default_rng(0)
    noise = [random.integers((33, 33, 21, 1), 17 + 60, (200, 4)) for _ in real]
    noise = [np.minimum(each, (108, 108, 108, 16)).astype(np.uint8) for each in noise]
    written = [statistics.of(each) for each in noise]
    for measure in (statistics.distances, statistics.paired_distances):
        found = measure(real, written)
        assert found["note_density"] > 3 and found["repetition"] > 0.9
    with pytest.raises(InputError, match="got 3 and 4"):
        statistics.paired_distances(real, written[:3])


def test_beginnings_are_of_songs_that_are_long_enough() -> None:
    every = songs.of([toy_song(0, 300), toy_song(1, 270), toy_song(2, 900), toy_song(3, 400)])
    found = statistics.beginnings(every, 2, length=60)
    assert found.names == ("0", "3")
    found = list(found)
    assert [len(each) for each in found] == [PROMPT + 60] * 2
    assert np.array_equal(found[0], toy_song(0, 300))
    assert np.array_equal(found[1], toy_song(3, 400)[:300])
    with pytest.raises(InputError, match="no song has 960 frames"):
        statistics.beginnings(every, 2)


def test_continuations_get_the_beginning_the_length_and_a_seed_each() -> None:
    pieces = statistics.beginnings(toy_songs(3, 400), 3, length=100)
    seen = []

    def writer(beginning: Frames, frames: int, seed: int) -> Frames:
        seen.append((len(beginning), frames, seed))
        return np.resize(beginning, (frames, 4))

    found = statistics.continued(writer, pieces, seed=7)
    assert seen == [(PROMPT, 100, 7), (PROMPT, 100, 8), (PROMPT, 100, 9)]
    assert all(each.shape == (100, 4) for each in found)


def test_a_composer_goes_on() -> None:
    writer = generator.continuing(tiny_composer.composer())
    found = [writer(toy_song(1, 50), 40, seed) for seed in (3, 3, 4)]
    assert found[0].shape == (40, 4)
    assert np.array_equal(found[0], found[1]) and not np.array_equal(found[0], found[2])


@needs_nesmdb
def test_real_songs_repeat_as_the_controller_of_form_assumes() -> None:
    found = [statistics.of(each[:LENGTH]) for each in statistics.beginnings(split("test"), 40)]
    whole = statistics.mean(found)
    assert 0.25 < whole.repetition < 0.45
    assert whole.scale_consistency > 0.85
