"""Units that figures are divided by, by hand; rows of composers; NES-MDB's published figures."""

import math

import numpy as np
import pytest
import tiny_composer
from song_data import needs_nesmdb, split, toy_songs

from starling.models.composer import batches, evaluate, songs
from starling.models.composer.comparison import likelihood
from starling.models.composer.comparison.likelihood import LAKHNES, Units
from starling.models.composer.context.layout import PLACE
from starling.models.composer.data import Material


def test_units_by_hand() -> None:
    """P1 plays five notes of two frames each: five changes, and five waits with the song's end."""
    song = np.zeros((10, 4), np.uint8)
    song[:, 0] = np.repeat([60, 62, 64, 65, 67], 2)
    units = Units.of(songs.of([song]))
    assert (units.frames, units.events) == (10, 10)
    assert units.lakhnes_events == 5 + 5 + 1 + 1, "notes on, waits, a note off, the mark"
    found = units.named({"nats_per_frame": 2.0})
    assert found["nats_per_event"] == pytest.approx(2.0)
    assert found[LAKHNES] == pytest.approx(math.exp(20 / 12))


def test_what_has_no_nats_of_all_voices_stays_as_it_is_and_own_figures_count() -> None:
    units = Units(10, 10, 11)
    assert units.named({"nats_per_frame_P1": 1.0}) == {"nats_per_frame_P1": 1.0}
    assert units.named({"nats_per_frame": 1.0, LAKHNES: 3.0})[LAKHNES] == 3.0


def test_hiding_repeats_leaves_all_else() -> None:
    prepared = tiny_composer.prepared()
    blind = evaluate.without_repeats(prepared)
    differs = (blind.rows != prepared.rows).any(axis=0)
    hidden = np.zeros(differs.shape, bool)
    for name in ("pointer", "global"):
        hidden[PLACE[name]] = True
    assert differs.any() and not differs[~hidden].any() and not blind.rows[:, hidden].any()
    assert np.array_equal(blind.targets, prepared.targets)


def test_counts_know_songs_that_repeat_better_than_frequencies() -> None:
    every = toy_songs(6, 300)
    material = Material(every.part(np.arange(4)), every.part(np.array([4])))
    test = every.part(np.array([5]))
    found = dict(likelihood.counted(material, test, batches.prepare(test)))
    assert list(found) == ["unigram", "bigram", "5-gram", "9-gram", "counts"]
    nats = {name: each["nats_per_frame"] for name, each in found.items()}
    assert nats["counts"] < nats["bigram"] < nats["unigram"]


@needs_nesmdb
def test_nesmdb_has_27_events_a_second() -> None:
    units = Units.of(split("test"))
    assert 26 < 24 * units.events / units.frames < 28
    assert 0.9 < units.lakhnes_events / units.events < 1.1
