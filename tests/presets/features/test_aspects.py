import numpy as np
import pytest

from starling.presets.features import aspects
from starling.presets.features.aspects import ASPECTS, describe, mean, moved, neutral, similarity

RATE = 44_100
BY_NAME = {aspect.name: aspect for aspect in ASPECTS}


def tone(note: float, partials: int = 4, seconds: float = 1.0, decay: float = 0.0) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    hertz = 440 * 2 ** ((note - 69) / 12)
    wave = sum(np.sin(2 * np.pi * hertz * n * time) / n for n in range(1, partials + 1))
    return (0.3 * wave * np.exp(-decay * time)).astype(np.float32)


def value(sound: np.ndarray, name: str) -> np.ndarray:
    return describe(sound, RATE)[BY_NAME[name].first : BY_NAME[name].end]


@pytest.mark.parametrize("note", [36.0, 48.0, 60.0, 69.5, 84.0])
def test_the_pitch_is_the_note(note: float) -> None:
    assert value(tone(note), "pitch")[0] == pytest.approx(note, abs=0.1)


def test_noise_has_no_pitch_and_is_noisy() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    assert value(noise, "pitch")[0] == aspects.UNPITCHED
    assert value(noise, "noisiness")[0] > 0.4 > 0.1 > value(tone(60), "noisiness")[0]


def test_more_partials_are_brighter() -> None:
    dull, bright = (float(value(tone(60, n), "brightness")[0]) for n in (1, 20))
    assert bright > dull + 1  # octaves


def test_the_envelope_is_in_decibels_below_its_loudest_part() -> None:
    levels = value(tone(60, decay=8.0), "envelope")
    assert levels.max() == 0 and (np.diff(levels[2:-1]) < 0).all()
    # 8 nepers a second are 69.5 dB: from .425 to .9 s, the middles of two parts, 33 dB
    assert levels[-1] == aspects.FLOOR_DB
    silent = value(np.zeros(RATE, np.float32), "envelope")
    assert np.isfinite(silent).all()


def test_short_sounds_are_described_too() -> None:
    for frames in (1, 50, 3_000):
        assert np.isfinite(describe(np.ones(frames, np.float32), RATE)).all(), frames


def test_similarity_is_one_for_itself_and_falls_by_the_scale() -> None:
    sound = describe(tone(60), RATE)
    for aspect in ASPECTS:
        other = sound.copy()
        other[aspect.first : aspect.end] += aspect.scale
        found = similarity(aspect, np.stack([sound, other]), sound)
        assert found == pytest.approx([1, np.exp(-1)], abs=1e-5), aspect.name


def test_an_unpitched_sound_is_like_no_pitched_one() -> None:
    one, two = describe(tone(60), RATE), describe(tone(60), RATE)
    two[0] = aspects.UNPITCHED
    assert list(similarity(BY_NAME["pitch"], np.stack([one, two]), two)) == [0, 1]


def test_moving_moves_only_what_is_named() -> None:
    sound = describe(tone(60, decay=3.0), RATE)
    darker = moved(sound, {"brightness": -2})
    assert darker[BY_NAME["brightness"].first] == sound[BY_NAME["brightness"].first] - 2
    assert (np.delete(darker, 10) == np.delete(sound, 10)).all()
    longer = moved(sound, {"envelope": 1})
    levels = slice(BY_NAME["envelope"].first, BY_NAME["envelope"].end)
    assert (longer[levels] >= sound[levels]).all() and longer[levels].max() == 0
    assert longer[levels].sum() > sound[levels].sum()


def test_the_mean_takes_the_pitch_of_what_has_one() -> None:
    one, two = describe(tone(60), RATE), describe(tone(60), RATE)
    two[0] = aspects.UNPITCHED
    assert mean([one, two])[0] == one[0]
    assert neutral().shape == one.shape == (aspects.SIZE,)
