"""The iSTFT head: partials with the right frequency, phase and level, and nothing before time 0."""

import math

import numpy as np
import pytest
import torch

from starling.models.head import HeadConfig, SpectralHead, Touch, band_interpolation, lobe

CONFIG = HeadConfig()
HEAD = SpectralHead(CONFIG)
COUNT = 80
FRAMES = (COUNT - 1) * CONFIG.hop


def sound_of(body_hz: torch.Tensor, level: float = 0.5, phase: float = 0.0) -> np.ndarray:
    """The body alone at a pitch track (T,)."""
    bands, partials = CONFIG.noise_bands, CONFIG.partials
    raw = torch.full((1, COUNT, CONFIG.outputs), -20.0)
    span = math.log(CONFIG.body_high_hz / CONFIG.body_low_hz)
    raw[..., bands] = math.log(level)
    raw[..., bands + partials] = torch.logit(torch.log(body_hz / CONFIG.body_low_hz) / span)
    noise = torch.zeros(1, CONFIG.bins, COUNT, dtype=torch.complex64)
    start = torch.full((1, partials), phase)
    return HEAD(raw, start, torch.zeros(1, CONFIG.click), noise, FRAMES)[0].numpy()


@pytest.mark.parametrize("hertz", [55.0, 110.0, 220.0, 440.0])
@pytest.mark.parametrize("phase", [0.0, 0.25, 0.6])
def test_steady_partial_is_a_cosine_with_true_phase(hertz: float, phase: float) -> None:
    sound = sound_of(torch.full((COUNT,), hertz), phase=phase)
    time = np.arange(FRAMES) / CONFIG.sample_rate
    wanted = 0.5 * np.cos(2 * np.pi * (hertz * time + phase))
    inner = slice(CONFIG.n_fft, FRAMES - CONFIG.n_fft)
    assert np.abs(sound[inner] - wanted[inner]).max() < 0.04


def test_sweep_does_not_flutter() -> None:
    sound = sound_of(torch.logspace(math.log10(300), math.log10(60), COUNT))
    level = np.sqrt(np.convolve(sound**2, np.ones(2048) / 2048, "valid"))[4096:-4096]
    assert level.max() / level.min() < 1.25


def test_silent_outputs_are_silent() -> None:
    raw = torch.full((1, COUNT, CONFIG.outputs), -20.0)
    noise = torch.randn(1, CONFIG.bins, COUNT, dtype=torch.complex64)
    start = torch.zeros(1, CONFIG.partials)
    sound = HEAD(raw, start, torch.zeros(1, CONFIG.click), noise, FRAMES)
    assert float(sound.abs().max()) < 1e-3


def test_touch_tilts_and_balances() -> None:
    gain = Touch(tilt_db=6.0).tilt(torch.tensor([500.0, 1000.0, 2000.0]))
    assert torch.allclose(20 * torch.log10(gain), torch.tensor([-6.0, 0.0, 6.0]), atol=1e-4)
    assert Touch(balance_db=12.0).noise_gain == pytest.approx(10 ** (6 / 20))
    assert Touch().noise_gain == 1.0


def test_slots_tile_their_range() -> None:
    low = HEAD.frequencies(torch.full((1, 1, CONFIG.partials), -20.0))[0, 0, 1:]
    high = HEAD.frequencies(torch.full((1, 1, CONFIG.partials), 20.0))[0, 0, 1:]
    assert torch.allclose(high[:-1], low[1:], rtol=1e-4)


def test_lobe_meets_the_hann_window() -> None:
    window = torch.hann_window(64)
    spectrum = torch.fft.rfft(window, 64 * 8).abs() / 32
    places = torch.arange(17) / 8
    assert torch.allclose(lobe(places), spectrum[:17], atol=0.03)


def test_band_interpolation_keeps_a_flat_level() -> None:
    matrix = band_interpolation(513, 40, 44100)
    assert torch.allclose(torch.ones(40) @ matrix, torch.ones(513), atol=1e-4)
