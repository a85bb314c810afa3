"""The three measures order sounds as an ear would."""

import numpy as np
import pytest

from starling.models.dsp import descriptors

RATE = 44100
TIME = np.arange(RATE // 2) / RATE


def tone(hertz: float, rate_of_decay: float = 10.0) -> np.ndarray:
    return (np.sin(2 * np.pi * hertz * TIME) * np.exp(-rate_of_decay * TIME)).astype(np.float32)


def noise(rate_of_decay: float = 10.0) -> np.ndarray:
    white = np.random.default_rng(1).standard_normal(len(TIME))
    return (0.2 * white * np.exp(-rate_of_decay * TIME)).astype(np.float32)


def test_brightness_is_octaves_above_1_khz() -> None:
    assert descriptors.brightness(tone(2000), RATE) == pytest.approx(1.0, abs=0.3)
    assert descriptors.brightness(tone(60), RATE) < descriptors.brightness(tone(500), RATE)


def test_decay_is_the_time_to_fall_20_db() -> None:
    wanted = np.log(np.log(10) / 10)  # exp(-10 t) squared falls by 20 dB in ln(10) / 10 seconds
    assert descriptors.decay(noise(), RATE) == pytest.approx(wanted, abs=0.1)
    assert descriptors.decay(noise(40), RATE) < descriptors.decay(noise(10), RATE)


def test_noisiness_tells_tones_from_noise() -> None:
    chord = tone(440) + tone(1234) + tone(5678)
    assert descriptors.noisiness(chord, RATE) < 0.15
    assert descriptors.noisiness(noise(), RATE) > 0.45


def test_noisiness_does_not_follow_level() -> None:
    loud, soft = (descriptors.noisiness(noise() * gain, RATE) for gain in (1.0, 0.1))
    assert loud == pytest.approx(soft, abs=0.01)


def test_rank_within_spans_each_class() -> None:
    values = np.array([[3.0], [1.0], [2.0], [50.0], [40.0], [7.0]], np.float32)
    labels = np.array([0, 0, 0, 1, 1, 2])
    ranks = descriptors.rank_within(values, labels)
    assert ranks[:, 0].tolist() == [1.0, 0.0, 0.5, 1.0, 0.0, 0.5]


def test_rank_within_shares_ties() -> None:
    ranks = descriptors.rank_within(np.ones((4, 1), np.float32), np.zeros(4, np.int64))
    assert ranks[:, 0].tolist() == [0.5] * 4
