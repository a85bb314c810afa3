"""The additive model: exact sines, envelopes where the table says, gradients in every part."""

import math

import numpy as np
import pytest
import torch

from starling.models.additive import synthesizer
from starling.models.additive.synthesizer import Config

CONFIG = Config(seconds=0.5, partials=3, levels=3, glides=3, bands=6, puffs=3)
RATE = CONFIG.sample_rate
FRAMES = RATE // 2
QUIET = torch.zeros(1, -(-FRAMES // synthesizer.HOP), CONFIG.bands, synthesizer.HOP)


def silent_parts(batch: int = 1) -> dict[str, torch.Tensor]:
    parts = {part.name: torch.zeros(batch, *part.shape) for part in CONFIG.parts}
    parts["length"][:] = math.log(0.5)
    parts["curve"][:] = 1.0
    parts["pitch"][:] = math.log(440.0)
    parts["level"][:] = synthesizer.SILENT
    parts["noise"][:] = -99.0
    return parts


def rendered(parts: dict[str, torch.Tensor], noise: torch.Tensor = QUIET) -> np.ndarray:
    vectors = synthesizer.pack(parts, CONFIG)
    return synthesizer.render(vectors, FRAMES, noise, CONFIG).detach().numpy()


def test_layout_is_a_bounded_vector_of_fewer_than_512_numbers() -> None:
    assert Config().size <= 512
    wild = torch.full((2, Config().size), 1e9)
    parts = synthesizer.unpack(synthesizer.bounded(wild, Config()), Config())
    for part in Config().parts:
        assert part.low < part.high and part.step > 0 and part.meaning
        assert parts[part.name].shape == (2, *part.shape)
        assert ((parts[part.name] >= part.low) & (parts[part.name] <= part.high)).all()


def test_pack_is_the_inverse_of_unpack() -> None:
    vectors = torch.arange(2.0 * CONFIG.size).view(2, -1)
    assert torch.equal(synthesizer.pack(synthesizer.unpack(vectors, CONFIG), CONFIG), vectors)


def test_a_known_sine_is_exact() -> None:
    parts = silent_parts()
    parts["pitch"][0, 1], parts["phase"][0, 1] = math.log(6543.21), 0.2
    parts["level"][0, 1] = math.log(0.5)
    hertz = float(parts["pitch"][0, 1].exp())
    time = np.arange(FRAMES) / RATE
    wanted = 0.5 * np.sin(2 * np.pi * (hertz * time + 0.2))
    kept = slice(0, FRAMES - RATE // 100)  # the end is gated
    assert np.abs(rendered(parts)[0] - wanted)[kept].max() < 5e-4


def test_a_glide_moves_every_partial_and_a_drift_its_own() -> None:
    parts = silent_parts()
    parts["glide"][0] = torch.tensor([math.log(2.0), 0.0, 0.0])
    parts["drift"][0, 2] = torch.tensor([0.0, math.log(1.5)])
    hertz = synthesizer.frequencies(parts, FRAMES, CONFIG)[0]
    assert hertz[0] == pytest.approx([880.0] * 3, rel=1e-4)
    assert hertz[-1].tolist() == pytest.approx([440.0, 440.0, 660.0], rel=1e-3)


def test_phase_is_the_integral_of_a_sweep() -> None:
    parts = silent_parts()
    parts["glide"][0] = torch.tensor([math.log(4.0), math.log(2.0), 0.0])
    parts["level"][0, 0] = 0.0
    hertz = 1760.0 * 0.25 ** (np.arange(FRAMES) / FRAMES)
    cycles = np.concatenate([[0.0], np.cumsum((hertz[1:] + hertz[:-1]) / 2 / RATE)])
    wanted = np.sin(2 * np.pi * cycles)
    kept = slice(0, FRAMES - RATE // 100)
    assert np.abs(rendered(parts)[0] - wanted)[kept].max() < 0.01


def test_an_envelope_is_straight_in_decibels() -> None:
    parts = silent_parts()
    parts["pitch"][0, 0] = math.log(4410.0)
    parts["level"][0, 0] = torch.tensor([0.0, -1.0, -4.0])
    sound = np.abs(rendered(parts)[0])
    for seconds, level in ((0.125, -0.5), (0.25, -1.0), (0.375, -2.5)):
        at = round(seconds * RATE)
        assert np.log(sound[at - 20 : at + 20].max()) == pytest.approx(level, abs=0.06)


def test_the_curve_puts_knots_at_the_attack() -> None:
    parts = silent_parts()
    parts["curve"][:] = 3.0
    weights = synthesizer.knots(parts, FRAMES, 3, RATE)[0]
    assert int(weights[:, 1].argmax()) == pytest.approx(FRAMES / 8 / synthesizer.HOP, abs=1)


def test_nothing_sounds_after_the_end() -> None:
    parts = silent_parts()
    parts["length"][:] = math.log(0.25)
    parts["level"][:] = 0.0
    sound = rendered(parts)[0]
    assert np.abs(sound[FRAMES // 2 + synthesizer.HOP :]).max() == 0.0
    assert np.abs(sound[: FRAMES // 2 - 400]).max() > 0.5


def test_noise_bands_add_up_and_stay_in_place() -> None:
    white = torch.randn(FRAMES, generator=torch.Generator().manual_seed(0))
    bands = synthesizer.split_noise(white, CONFIG)
    parts = silent_parts()
    parts["noise"][:] = 0.0
    kept = slice(0, FRAMES - RATE // 100)
    assert rendered(parts, bands)[0][kept] == pytest.approx(white.numpy()[kept], abs=2e-3)
    parts["noise"][:] = -99.0
    parts["noise"][0, 3] = 0.0
    power = np.abs(np.fft.rfft(rendered(parts, bands)[0])) ** 2
    hertz = np.fft.rfftfreq(FRAMES, 1 / RATE)
    centre = float(synthesizer.band_hertz(CONFIG)[3])
    assert (power * hertz).sum() / power.sum() == pytest.approx(centre, rel=0.25)


def test_gradients_reach_every_part() -> None:
    parts = silent_parts()
    parts["level"][:] = torch.tensor([-1.0, -2.0, -4.0])
    parts["noise"][:] = -3.0
    parts["length"][:] = math.log(0.4)
    vectors = synthesizer.pack(parts, CONFIG).requires_grad_()
    noise = synthesizer.split_noise(torch.randn(FRAMES), CONFIG)
    sound = synthesizer.render(vectors, FRAMES, noise, CONFIG)
    gradient = torch.autograd.grad(sound.square()[:, 1000:9000].sum(), vectors)[0]
    assert gradient.isfinite().all()
    for name, part in synthesizer.unpack(gradient, CONFIG).items():
        assert part.abs().max() > 0, name


def test_a_batch_is_each_alone() -> None:
    parts = silent_parts(2)
    parts["level"][0], parts["level"][1] = -1.0, -2.0
    vectors = synthesizer.pack(parts, CONFIG)
    both = synthesizer.render(vectors, FRAMES, QUIET, CONFIG)
    alone = synthesizer.render(vectors[1:], FRAMES, QUIET, CONFIG)
    assert torch.allclose(both[1], alone[0], atol=1e-6)
