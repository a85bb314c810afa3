from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny import TINY, card

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import load_generator
from starling.models.errors import InputError, ParseError
from starling.models.samplernn.generator import Generator, Voices, in_step, loaded, starts_of
from starling.models.samplernn.quantiser import SILENCE, decode
from starling.models.samplernn.sampling import start_of
from starling.models.samplernn.take import STARTS, Take

LIVELY = {"temperature": 1.0, "variety": 1.0}


@pytest.fixture
def voices(tmp_path: Path) -> Voices:
    return Generator(card(tmp_path)).voices(3)


def test_a_model_trained_again_while_it_is_loaded_is_refused(tmp_path: Path) -> None:
    """Its sounds would be stored under the ids of the old weights."""
    before = card(tmp_path)
    card(tmp_path, replace(TINY, dim=8))
    with pytest.raises(ParseError, match="trained again"):
        load_generator(before)


def test_equal_takes_sound_alike_however_they_are_divided(voices: Voices) -> None:
    for slot in range(3):
        voices.start(slot, Take(5, LIVELY))
    one = voices.render([0], 1500)[0]
    parts = [voices.render([1, 2], count) for count in (1, 255, 256, 488, 500)]
    assert np.array_equal(np.concatenate([each[0] for each in parts]), one)
    assert np.array_equal(np.concatenate([each[1] for each in parts]), one)
    voices.start(0, Take(6, LIVELY))
    assert not np.array_equal(voices.render([0], 1500)[0], one)


def test_a_prime_may_be_gone_through_in_pieces(voices: Voices) -> None:
    tone = 0.4 * np.sin(np.arange(1_001) / 7).astype(np.float32)
    voices.start(0, Take(5, LIVELY, tone))
    voices.begin(1, Take(5, LIVELY, tone))
    done = [voices.prime(1, frames) for frames in (1, 16, 500, 507, 0)]  # 1,024: whole frames
    assert done == [False, False, False, True, True]
    whole, pieces = voices.render([0, 1], 800)
    assert np.array_equal(whole, pieces)


def test_a_prime_changes_what_follows_and_silence_is_no_special_case(voices: Voices) -> None:
    tone = (0.5 * np.sin(np.arange(1, 778) * 0.3)).astype(np.float32)
    for slot, prime in enumerate((None, tone, tone[:-1])):
        voices.start(slot, Take(5, LIVELY, prime))
    plain, primed, other = voices.render([0, 1, 2], 800)
    assert not np.array_equal(plain, primed) and not np.array_equal(primed, other)


def test_a_varied_take_begins_after_a_moment_of_the_recordings(tmp_path: Path) -> None:
    made = card(tmp_path)
    voices = Generator(made).voices(2)
    content = card_file.read_card(made.path)
    starts = list(card_file.read_arrays(content, tmp_path)[STARTS])
    levels = start_of(starts, 5, 1.0)
    assert levels is not None and len(starts) == 5
    voices.start(0, Take(5, {"variety": 1.0}))
    voices.start(1, Take(5, {"variety": 0.0}, decode(levels, TINY.quantiser)))
    varied, primed = voices.render([0, 1], 800)
    assert np.array_equal(varied, primed)
    voices.start(1, Take(5, {"variety": 0.0}))
    assert not np.array_equal(voices.render([1], 800)[0], varied)


def test_models_of_before_have_no_moments() -> None:
    assert starts_of(TINY, {}) == [[]]
    assert starts_of(replace(TINY, labels=("one", "two")), {}) == [[], []]


def test_controls_change_from_the_next_block_on(voices: Voices) -> None:
    voices.start(0, Take(5, LIVELY))
    voices.start(1, Take(5, LIVELY))
    same = voices.render([0, 1], 256)
    assert np.array_equal(same[0], same[1])
    voices.set(1, {"temperature": 0.5})
    later = voices.render([0, 1], 512)
    assert not np.array_equal(later[0], later[1])


def test_a_stuck_voice_begins_anew(tmp_path: Path) -> None:
    voices = Generator(card(tmp_path)).voices(1)
    voices.start(0, Take(1, {"temperature": 1.0, "top_p": 0.0001}))  # the likeliest level for ever
    voices.render([0], TINY.sample_rate + 999)
    assert voices.restarts(0) >= 1


def test_a_sound_of_fixed_length(tmp_path: Path) -> None:
    generator = Generator(card(tmp_path))
    sound = generator.generate(2, {"seconds": 1.0})
    assert sound.shape == (1, 8000) and np.array_equal(
        sound, generator.generate(2, {"seconds": 1.0})
    )
    assert abs(sound[0, 0]) < 1e-6 > abs(sound[0, -1]) and np.abs(sound).max() <= 1
    with pytest.raises(InputError, match=r"seconds must be 1\.\.60"):
        generator.generate(2, {"seconds": 61.0})


def test_labels_are_mixed(tmp_path: Path) -> None:
    generator = Generator(card(tmp_path, replace(TINY, labels=("one", "two"))))
    first = generator.generate(2, {"seconds": 1.0})
    assert not np.array_equal(first, generator.generate(2, {"seconds": 1.0, "mix_two": 1.0}))
    none = generator.generate(2, {"seconds": 1.0, "mix_one": 0.0})
    assert np.array_equal(first, none)  # where all are 0 the first counts


def test_a_card_of_another_version_is_refused(tmp_path: Path) -> None:
    made = card(tmp_path)
    content = card_file.read_card(made.path)
    card_file.write_card(tmp_path, {**content, "config": {**content["config"], "wings": 2}})
    with pytest.raises(ParseError, match="configuration of another version"):
        Generator(made)


def test_weights_that_lack_a_tensor_are_refused_with_its_name() -> None:
    with pytest.raises(InputError, match=r"the weights lack tiers\.0\.initial"):
        loaded(TINY, {}, "tiny")


def test_a_prime_of_any_length_ends_with_a_whole_frame() -> None:
    levels = np.arange(100, dtype=np.uint8)
    assert in_step(levels, 64).tolist() == [SILENCE] * 28 + levels.tolist()
    assert in_step(levels[:64], 64).tolist() == levels[:64].tolist()
    assert len(in_step(levels[:0], 64)) == 0
