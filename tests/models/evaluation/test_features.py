"""Features of sets of sounds."""

import numpy as np
import pytest

from starling.models.errors import InputError
from starling.models.evaluation import features

TIME = np.arange(22050) / 44100


def tone(hertz: float, rate: int = 44100) -> np.ndarray:
    time = np.arange(rate // 2) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def test_level_start_and_rate_do_not_matter() -> None:
    sound = tone(300)
    late = np.concatenate([np.zeros(5000, np.float32), 0.1 * sound])
    sounds = [features.standardise(each, 44100) for each in (sound, late)]
    sounds.append(features.standardise(tone(300, 8000), 8000))
    found = features.extract(sounds, np.zeros(3, np.int64), features.embedder()).vectors
    assert np.square(found).mean(axis=1) == pytest.approx(1, abs=1e-4)
    assert np.square(found - found[0]).mean(axis=1).max() < 0.01


def test_silence_and_clicks_are_left_out_and_counted() -> None:
    quiet = [np.zeros(1000, np.float32), np.ones(3, np.float32), np.full(9000, np.nan, np.float32)]
    sounds = [features.standardise(each, 44100) for each in (*quiet, tone(200), tone(400))]
    assert sounds[:3] == [None] * 3
    found = features.extract(sounds, np.arange(5), features.embedder())
    assert len(found) == 2 and found.silent == 3
    assert found.labels.tolist() == [3, 4]


def test_a_silent_set_is_refused() -> None:
    with pytest.raises(InputError, match="gan has 0 sounds that are not silent"):
        features.extract([None, None], np.zeros(2, np.int64), features.embedder(), name="gan")


def test_pitch_of_a_glide_is_found() -> None:
    glide = 400 * 2 ** (TIME / TIME[-1] / 2)  # six semitones
    phase = 2 * np.pi * np.cumsum(glide) / 44100
    hertz, voiced, moved = features.pitch_statistics(np.sin(phase).astype(np.float32))
    assert hertz == pytest.approx(400 * 2**0.25, rel=0.05)
    assert voiced > 0.9
    assert moved == pytest.approx(6 * 0.84 * 0.8, abs=0.4)  # windows end before the sound does


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(0).standard_normal(22050).astype(np.float32)
    hertz, voiced, moved = features.pitch_statistics(noise)
    assert np.isnan(hertz) and voiced == moved == 0


def test_low_passed_sounds_keep_nothing_above() -> None:
    noise = np.random.default_rng(0).standard_normal(22050).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(features.low_passed(noise, 8000)))
    hertz = np.fft.rfftfreq(22050, 1 / 44100)
    assert spectrum[hertz > 4300].max() < 0.01 * spectrum[hertz < 3500].max()
