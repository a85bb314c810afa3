import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from tiny import TINY, album

from starling.models.errors import InputError
from starling.models.samplernn.batches import BLOCK, START_SAMPLES, Batches, levels_of
from starling.models.samplernn.quantiser import SILENCE, emphasised, encode

WINDOW = 400


def batches(batch: int = 3) -> Batches:
    return Batches(album(labels=("one", "two")), TINY, batch, WINDOW, seed=1)


def test_windows_follow_one_another_within_a_chunk() -> None:
    made = batches()
    lookback, before = TINY.lookback, made.draw(0)
    assert before.levels.shape == (3, lookback + WINDOW) and before.fresh.all()
    for step in range(1, 25):
        now = made.draw(step)
        for row in range(3):
            if now.fresh[row]:
                assert (now.levels[row, :lookback] == SILENCE).all()
            else:
                assert np.array_equal(now.levels[row, :lookback], before.levels[row, -lookback:])
                assert now.conditions[row] == before.conditions[row]
        before = now
    assert np.array_equal(made.draw(7).levels, batches().draw(7).levels)  # by the step alone


def test_sequences_begin_at_different_steps_and_all_chunks_take_turns() -> None:
    made = batches(1)
    assert made.windows == 10
    firsts = {tuple(made.draw(step).levels[0]) for step in range(0, 10 * 10, 10)}
    assert len(firsts) == len(made.album.training) == 10
    many = batches(5)
    begun = [int(many.draw(step).fresh.sum()) for step in range(1, 11)]
    assert max(begun) == 1 and sum(begun) == 5


def test_held_out_levels_are_of_validation_chunks() -> None:
    made = batches()
    levels, labels, unseen = made.held_out()
    assert unseen and levels.shape == (2, TINY.lookback + 4000) and labels.tolist() == [0, 1]
    start = made.album.validation[0][1]
    assert np.array_equal(levels[0, TINY.lookback :], made.levels[0][start : start + 4000])
    none = replace(made.album, validation=np.empty((0, 2), np.int64))
    assert not Batches(none, TINY, 1, WINDOW, 0).held_out()[2]


def test_takes_may_begin_after_what_sounds_in_a_training_chunk() -> None:
    config = replace(TINY, labels=("one", "two"))
    made = Batches(album(labels=config.labels), config, 1, WINDOW, seed=1)
    levels, labels = made.starts()
    assert levels.shape == (10, START_SAMPLES) and labels.tolist() == [0] * 5 + [1] * 5
    recording, first = made.album.training[6]
    middle = first + made.album.chunk // 2
    assert np.array_equal(levels[6], made.levels[recording][middle : middle + START_SAMPLES])
    quiet = made.album.recordings[0].copy()
    quiet[: 3 * made.album.chunk] *= 0.01
    half = replace(made.album, recordings=(quiet, made.album.recordings[1]))
    assert Batches(half, config, 1, WINDOW, 1).starts()[1].tolist() == [0] * 3 + [1] * 5
    assert len(Batches(half, TINY, 1, WINDOW, 1).starts()[0]) == 8, "of all without labels"


def test_a_long_recording_is_quantised_in_blocks() -> None:
    config = replace(TINY, emphasis=0.85)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 3 * BLOCK + 7).astype(np.float32)
    tracemalloc.start()
    found = levels_of(noise, config)
    most = tracemalloc.get_traced_memory()[1] - found.nbytes
    tracemalloc.stop()
    assert np.array_equal(found, encode(emphasised(noise, 0.85), config.quantiser))
    assert most < 2.5 * 3 * BLOCK * 8, "bytes: less than all of it in float64 three times"


def test_frequencies_sum_to_one_and_too_short_is_said() -> None:
    assert batches().unigram().sum() == pytest.approx(1)
    with pytest.raises(InputError, match="album tones is too short"):
        Batches(album(), TINY, 2, 5000, 0)
