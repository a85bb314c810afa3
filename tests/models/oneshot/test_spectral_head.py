"""The iSTFT head: partials with the right frequency, phase and level, and nothing before time 0."""

import math

import numpy as np
import pytest
import torch

from starling.models.dsp import istft
from starling.models.oneshot.spectral_head import (
    HeadConfig,
    SpectralHead,
    Transform,
    band_interpolation,
    lobes,
)

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


def test_transform_tilts_and_balances() -> None:
    gain = Transform(tilt_db=6.0).tilt(torch.tensor([500.0, 1000.0, 2000.0]))
    assert torch.allclose(20 * torch.log10(gain), torch.tensor([-6.0, 0.0, 6.0]), atol=1e-4)
    assert Transform(balance_db=12.0).noise_gain == pytest.approx(10 ** (6 / 20))
    assert Transform().noise_gain == 1.0


def test_slots_tile_their_range() -> None:
    low = HEAD.frequencies(torch.full((1, 1, CONFIG.partials), -20.0))[0, 0, 1:]
    high = HEAD.frequencies(torch.full((1, 1, CONFIG.partials), 20.0))[0, 0, 1:]
    assert torch.allclose(high[:-1], low[1:], rtol=1e-4)


def test_lobes_meet_the_hann_window() -> None:
    """At every eighth of a bin; the sign turns from bin to bin."""
    spectrum = torch.fft.rfft(torch.hann_window(64), 64 * 8).abs() / 32
    part = torch.arange(8) / 8
    away = (torch.arange(-1, 3)[:, None] - part).abs()
    wanted = spectrum[(away * 8).long()] * torch.tensor([-1.0, 1.0, -1.0, 1.0])[:, None]
    assert torch.allclose(lobes(part), wanted, atol=0.03)


def test_band_interpolation_keeps_a_flat_level() -> None:
    matrix = band_interpolation(513, 40, 44100)
    assert torch.allclose(torch.ones(40) @ matrix, torch.ones(513), atol=1e-4)


def overtoned(count: int = 2) -> tuple[SpectralHead, torch.Tensor]:
    """A head with overtones, and outputs of silence but for a body at 200 Hz and its overtones."""
    head = SpectralHead(HeadConfig(overtones=count))
    grain, bands, over, level, pitch = torch.split(
        torch.full((1, COUNT, head.config.outputs), -20.0), list(head.config.sizes), dim=-1
    )
    span = math.log(CONFIG.body_high_hz / CONFIG.body_low_hz)
    level, over, pitch = level.clone(), over.clone(), pitch.clone()
    level[..., 0], over[:] = math.log(0.2), math.log(0.2)
    pitch[..., 0] = math.log(200 / CONFIG.body_low_hz) / span
    pitch[..., 0] = torch.logit(pitch[..., 0])
    return head, torch.cat([grain, bands, over, level, pitch], dim=-1)


def peaks(sound: np.ndarray) -> list[int]:
    """Frequencies in hertz, rounded to 10, at which the spectrum stands out."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    hertz = np.fft.rfftfreq(len(sound), 1 / CONFIG.sample_rate)
    loud = spectrum > 0.3 * spectrum.max()
    return sorted({int(round(value, -1)) for value in hertz[loud]})


@pytest.mark.parametrize("semitones", [0.0, 12.0, -12.0])
def test_overtones_follow_the_body_and_everything_is_transposed(semitones: float) -> None:
    head, raw = overtoned()
    noise = torch.zeros(1, CONFIG.bins, COUNT, dtype=torch.complex64)
    start = torch.zeros(1, head.config.tones)
    transform = Transform(semitones=semitones)
    sound = head(raw, start, torch.zeros(1, CONFIG.click), noise, FRAMES, transform)[0].numpy()
    assert peaks(sound) == [int(multiple * 200 * transform.ratio) for multiple in (1, 2, 3)]


def test_tones_above_the_nyquist_frequency_are_left_out() -> None:
    head, raw = overtoned()
    noise = torch.zeros(1, CONFIG.bins, COUNT, dtype=torch.complex64)
    start = torch.zeros(1, head.config.tones)
    sound = head(
        raw, start, torch.zeros(1, CONFIG.click), noise, FRAMES, Transform(semitones=12 * 7.5)
    )
    assert float(sound.abs().max()) < 1e-3


def test_transposed_noise_keeps_its_shape() -> None:
    bands = torch.full((1, COUNT, CONFIG.noise_bands), -14.0)
    bands[..., 10:14] = 0.0
    plain, higher = (HEAD.noise_gain(bands[..., :0], bands, ratio)[0, 0] for ratio in (1.0, 2.0))
    centre = [
        float((gain * torch.arange(CONFIG.bins)).sum() / gain.sum()) for gain in (plain, higher)
    ]
    assert centre[1] / centre[0] == pytest.approx(2.0, rel=0.02)


def test_grain_shapes_single_bins() -> None:
    head = SpectralHead(HeadConfig(grain=1))
    with torch.no_grad():
        head.grain.zero_()
        head.grain[0, 200] = 1.0
    flat = torch.zeros(1, 1, CONFIG.noise_bands)
    gain = head.noise_gain(torch.full((1, 1, 1), 2.0), flat, 1.0).detach()
    assert int(gain[0, 0].argmax()) == 200
    assert float(gain[0, 0, 200] / gain[0, 0, 199]) == pytest.approx(math.exp(2), rel=1e-4)


def test_power_is_what_sounds() -> None:
    """Noise of a level and tones, as expected of the frames and as it comes out, within 1 dB."""
    raw = torch.full((1, COUNT, CONFIG.outputs), -3.0)
    raw[..., CONFIG.noise_bands :] = -4.0
    torch.manual_seed(3)
    noise = torch.stft(
        torch.randn(1, FRAMES), CONFIG.n_fft, CONFIG.hop, window=HEAD.window, return_complex=True
    )
    for transform in (Transform(), Transform(tilt_db=2.0, balance_db=-6.0, semitones=5.0)):
        start = torch.rand(1, CONFIG.partials)
        sound = HEAD(raw, start, torch.zeros(1, CONFIG.click), noise, FRAMES, transform)
        expected = HEAD.frame_controls(raw, transform).power()[0, 10]
        assert float(sound[:, 4096:-4096].square().mean() / expected) == pytest.approx(1, rel=0.25)


@pytest.mark.parametrize("hertz", [10.0, 40.0, 60.0])
def test_tones_near_0_hz_are_folded(hertz: float) -> None:
    """The main lobe of a low tone reaches below 0 Hz, where its mirror image meets it."""
    level, start = torch.ones(1, COUNT, 1), torch.full((1, 1), 0.1)
    spectrum = HEAD.tonal(level, torch.full((1, COUNT, 1), hertz), start)
    sound = istft.sound_of(spectrum, HEAD.window, CONFIG.hop, FRAMES)[0].numpy()
    time = np.arange(FRAMES) / CONFIG.sample_rate
    inner = slice(CONFIG.n_fft, FRAMES - CONFIG.n_fft)
    wanted = np.cos(2 * np.pi * (hertz * time + 0.1))
    assert np.abs(sound[inner] - wanted[inner]).max() < 0.08
