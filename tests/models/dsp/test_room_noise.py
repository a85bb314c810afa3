"""Hiss around a recording goes; attacks, decays and silence stay."""

import numpy as np
import pytest

from starling.models.dsp.room_noise import without_background, without_noise

RATE = 44100
RNG = np.random.default_rng(4)


def hiss(seconds: float, level: float = 0.01) -> np.ndarray:
    return (level * RNG.standard_normal(int(seconds * RATE))).astype(np.float32)


def tone(seconds: float = 0.5, decay: float = 0.0) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return (0.5 * np.sin(2 * np.pi * 440 * time) * np.exp(-decay * time)).astype(np.float32)


def test_hiss_before_and_after_is_cut() -> None:
    whole = np.concatenate([hiss(0.4), tone(), hiss(0.7)])
    found = without_background(whole, RATE)
    assert len(found) / RATE == pytest.approx(0.5 + 0.06, abs=0.03)
    assert np.abs(found[: int(0.01 * RATE)]).max() < 0.1  # a little of it is kept
    assert np.abs(found[int(0.04 * RATE) : int(0.5 * RATE)]).max() > 0.45


@pytest.mark.parametrize(
    "sound",
    [
        tone(),
        tone(decay=8),
        np.concatenate([np.zeros(4000, np.float32), tone(decay=8)]),
        tone() * np.linspace(0, 1, int(0.5 * RATE), dtype=np.float32) ** 2,  # a soft attack
        hiss(0.5, 0.3),
        np.zeros(RATE, np.float32),
        tone(0.03),
        np.zeros(0, np.float32),
    ],
    ids=["tone", "decay", "silence first", "swell", "noise", "silence", "short", "empty"],
)
def test_a_sound_without_a_background_stays(sound: np.ndarray) -> None:
    assert without_background(sound, RATE) is sound


def test_a_crackle_is_no_sound() -> None:
    whole = hiss(1.0)
    whole[20000:20100] = 0.8
    assert without_background(whole, RATE) is whole


@pytest.mark.parametrize("rate", [22_050, 44_100])
def test_known_noise_is_subtracted_and_the_sound_stays(rate: int) -> None:
    at = np.arange(rate) / rate
    tone = (0.3 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)
    noise = (1e-3 * np.random.default_rng(1).normal(size=rate + rate // 4)).astype(np.float32)
    heard = tone + noise[rate // 4 :]
    found = without_noise(heard, noise[: rate // 4], rate)
    assert found.shape == heard.shape
    before, after = (np.sqrt(np.mean(np.square(each - tone))) for each in (heard, found))
    assert after < before / 3


def test_too_little_noise_to_know_it_changes_nothing() -> None:
    tone = np.ones(4_410, np.float32)
    assert without_noise(tone, tone[:100], 44_100) is tone
