"""Pitch tracks, and which sets of sounds get a head with overtones."""

import numpy as np
import pytest

from starling.models.oneshot import pitch_targets
from starling.models.oneshot.spectral_head import HeadConfig

RATE = 44100
RNG = np.random.default_rng(0)


def meow(low: float = 400, high: float = 800, seconds: float = 0.6) -> np.ndarray:
    """A gliding tone with five overtones."""
    time = np.arange(int(seconds * RATE)) / RATE
    hertz = low + (high - low) * np.sin(np.pi * time / seconds)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return sum(np.sin(k * phase) / k for k in range(1, 7)).astype(np.float32) * 0.3


def noise(seconds: float = 0.4) -> np.ndarray:
    return (0.3 * RNG.standard_normal(int(seconds * RATE))).astype(np.float32)


def test_the_track_follows_a_glide() -> None:
    hertz, level = pitch_targets.pitch_track(meow(), RATE, 200, 1600)
    assert (level > 0).mean() > 0.7
    middle = hertz[len(hertz) // 2]
    assert middle == pytest.approx(800, rel=0.05)
    assert hertz[level > 0].min() == pytest.approx(400, rel=0.25)


def test_noise_and_rumble_do_not_hide_the_pitch() -> None:
    voiced = meow()
    time = np.arange(len(voiced)) / RATE
    hiss = 0.05 * RNG.standard_normal(len(voiced)) + 0.4 * np.sin(2 * np.pi * 50 * time)
    hertz, level = pitch_targets.pitch_track((voiced + hiss).astype(np.float32), RATE, 200, 1600)
    clean, _ = pitch_targets.pitch_track(voiced, RATE, 200, 1600)
    both = (level > 0) & (clean > 0)
    assert both.mean() > 0.6
    assert np.abs(np.log2(hertz[both] / clean[both])).max() < 0.1


def test_the_track_stays_in_its_range() -> None:
    hertz, level = pitch_targets.pitch_track(meow(), RATE, 500, 1600)
    assert ((hertz[level > 0] > 480) & (hertz[level > 0] < 1650)).all()


def test_noise_has_no_track() -> None:
    _, level = pitch_targets.pitch_track(noise(), RATE, 200, 1600)
    assert (level > 0).mean() < 0.2


def test_a_track_is_resampled_to_the_frames_of_a_sound_played_faster() -> None:
    head = HeadConfig(body_low_hz=100, body_high_hz=2000)
    track = (np.array([200, 400, 800], np.float32), np.array([1, 1, 1], np.float32))
    hertz, level = pitch_targets.resample_track(track, 2.0, head, 10)
    assert hertz[0] == pytest.approx(400)
    step = 3 * head.hop / head.sample_rate * 2 / 0.02  # of the track; it glides in between
    assert hertz[3] == pytest.approx(400 * 2**step, rel=1e-4)
    assert level[9] == 0  # 104 ms is after the end


def test_pitched_sets_get_overtones_over_their_range() -> None:
    head = pitch_targets.head_for([meow(300, 500), meow(400, 900), meow(350, 700)], RATE)
    assert head.overtones == pitch_targets.OVERTONES
    assert 200 < head.body_low_hz < 350
    assert 800 < head.body_high_hz < 1300
    assert pitch_targets.head_for([noise(), noise(), meow()], RATE).overtones == 0
