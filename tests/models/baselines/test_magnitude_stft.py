"""The front end of the published models: its sizes, its lack of phase, its buzz."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from starling.models.baselines import magnitude_stft, spectral_vae
from starling.models.baselines.magnitude_stft import SpectrogramSettings
from starling.models.errors import ParseError

PUBLISHED = SpectrogramSettings()


def test_published_sizes() -> None:
    assert (PUBLISHED.window, PUBLISHED.possible, PUBLISHED.samples) == (10_000, 129, 9_911)
    vae = spectral_vae.PUBLISHED
    assert (vae.window, vae.possible, vae.frames, vae.bins) == (10_000, 160, 160, 1_025)
    for front in (PUBLISHED, vae):
        windows = torch.zeros(2, front.window)
        assert magnitude_stft.magnitudes(windows, front).shape == (2, front.frames, front.bins)


def test_a_sine_stands_in_its_bin() -> None:
    time = np.arange(PUBLISHED.window) / PUBLISHED.sample_rate
    sine = torch.from_numpy(np.sin(2 * np.pi * 1_000 * time).astype(np.float32))
    picture = magnitude_stft.magnitudes(sine[None], PUBLISHED)[0]
    assert (picture.argmax(dim=1) == 128).all()  # 1000 Hz over 8000 / 1024 Hz
    assert picture.max() == pytest.approx(128, rel=0.01)  # half the window's sum: no scaling


def test_cut_drops_the_start_and_fills_the_end() -> None:
    ramp = np.arange(20_000, dtype=np.float32)
    window = magnitude_stft.crop(ramp, PUBLISHED)
    assert (window[0], window[-1], len(window)) == (2_000, 11_999, 10_000)
    short = magnitude_stft.crop(ramp[:3_000], PUBLISHED)
    assert short[999] == 2_999 and not short[1_000:].any() and len(short) == 10_000
    assert not magnitude_stft.crop(ramp[:1_500], PUBLISHED).any()


def test_without_phase_a_sound_buzzes_at_the_frame_rate() -> None:
    """White magnitudes come back as a pulse a frame: a comb at 8000 / 74 Hz."""
    flat = np.ones((PUBLISHED.frames, PUBLISHED.bins), np.float32)
    sound = magnitude_stft.zero_phase(flat, PUBLISHED)
    assert sound.shape == (9_911,)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 80_000))
    hertz = np.fft.rfftfreq(80_000, 1 / 8_000)
    peak = hertz[np.argmax(spectrum * (hertz > 50) * (hertz < 160))]
    assert peak == pytest.approx(8_000 / 74, abs=0.5)


def test_each_picture_over_its_own_maximum() -> None:
    pictures = torch.rand(3, 4, 5) * torch.tensor([1.0, 10.0, 100.0])[:, None, None]
    assert torch.equal(magnitude_stft.over_maximum(pictures).amax(dim=(1, 2)), torch.ones(3))


def test_the_maximum_is_signed() -> None:
    signal = np.array([0.5, -2.0, 0.25], np.float32)
    assert magnitude_stft.over_signed_maximum(signal).tolist() == [1.0, -4.0, 0.5]
    nothing = np.array([-1.0, 0.0], np.float32)
    assert magnitude_stft.over_signed_maximum(nothing) is nothing


def test_window_of_odd_length_is_symmetric() -> None:
    assert np.allclose(magnitude_stft.hann(513), np.hanning(513))
    assert np.allclose(magnitude_stft.hann(2_048), np.hanning(2_049)[:-1])


@pytest.mark.parametrize(
    "changes",
    [
        {"step": 0},
        {"step": 2.5},
        {"frame": 2_000},
        {"fft": 10**9},
        {"bins": 514},
        {"bins": 0},
        {"frames": 130},
        {"frames": 0},
        {"dropped": 12_000},
        {"read": -1},
        {"read": 10**9, "frames": 10**7},
    ],
    ids=str,
)
def test_sizes_that_make_no_picture_are_refused(changes: dict) -> None:
    with pytest.raises(ParseError):
        replace(PUBLISHED, **changes)
    with pytest.raises(ParseError):
        magnitude_stft.settings_from({"frame": 513, "hop": 74})
