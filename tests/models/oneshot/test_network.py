"""The network: shapes, the same seed, and that it can learn at all."""

from dataclasses import replace

import numpy as np
import torch

from starling.models.datasets.training_set import SoundSet
from starling.models.oneshot.batches import Batches, body_track
from starling.models.oneshot.network import Conditions, Config, OneShot
from starling.models.oneshot.reconstruction import Weights, compute_loss
from starling.models.oneshot.train import Settings
from starling.models.training.budget import Budget, Clock


def test_shapes(small_config: Config) -> None:
    model, frames = OneShot(small_config), 8192
    count = frames // small_config.head.hop + 1
    noise = torch.randn(3, small_config.head.bins, count, dtype=torch.complex64)
    inputs = torch.randn(3, frames), torch.tensor([0, 1, 0]), torch.rand(3, 3), torch.zeros(3, 0)
    sound, raw, length, mean, spread = model(*inputs, noise, torch.zeros(3, 4))
    assert sound.shape == (3, frames)
    assert raw.shape == (3, count, small_config.head.outputs)
    assert length.shape == (3,)
    assert mean.shape == spread.shape == (3, 4)


def test_short_noise_decodes_the_beginning(small_config: Config) -> None:
    model = OneShot(small_config)
    noise = torch.randn(1, small_config.head.bins, 11, dtype=torch.complex64)
    inputs = torch.randn(1, 8192), torch.tensor([0]), torch.rand(1, 3), torch.zeros(1, 0)
    sound, *_ = model(*inputs, noise, torch.zeros(1, 4))
    assert sound.shape == (1, 10 * small_config.head.hop)


def test_a_told_melody_is_sung(small_config: Config) -> None:
    config = replace(small_config, contour=4)
    model, head = OneShot(config), config.head
    assert (config.drawn, config.decoder_inputs) == (4 + 5, config.condition + 5)
    knots = torch.tensor([[-1.0, 1.0, 1.0, 1.0, -1.6]])
    latent = torch.cat([torch.randn(1, 4), knots], dim=1)
    mixed = model.mixed(latent, Conditions(torch.tensor([1]), torch.full((1, 3), 0.5)))
    assert mixed.shape == (1, config.decoder_inputs) and torch.equal(
        mixed[:, config.condition :], knots
    )
    raw = model.decoder.raw(mixed, 20)
    pitch = model.decoder.head.body(raw)[0, :, 0]
    ends = [model.decoder.head.body(torch.full((1, 1, head.partials), x))[0, 0, 0] for x in (-1, 1)]
    assert torch.allclose(pitch[0], ends[0], rtol=0.3)
    assert torch.allclose(pitch[-1], ends[1], rtol=0.3)  # past the end of a sound of 0.2 s
    mean, spread = model.encode(
        torch.randn(1, 8192), Conditions(torch.tensor([0]), knots[:, :3]), knots
    )
    drawn = model.posterior(mean, spread, torch.randn(1, config.drawn))
    assert torch.equal(drawn[:, 4:], knots) and not torch.equal(drawn[:, :4], mean[:, :4])


def test_same_seed_same_output(small_config: Config) -> None:
    outputs = []
    for _ in range(2):
        torch.manual_seed(5)
        model = OneShot(small_config)
        given = Conditions(torch.tensor([1]), torch.full((1, 3), 0.5))
        mixed = model.mixed(torch.randn(1, 4), given)
        noise = torch.randn(1, small_config.head.bins, 33, dtype=torch.complex64)
        outputs.append(model.decoder(mixed, noise, 8192)[0])
    assert torch.equal(*outputs)


def test_overfits_one_batch(small_config: Config, sounds: SoundSet) -> None:
    torch.manual_seed(0)
    model = OneShot(small_config)
    batch = Batches(sounds, small_config, 4, seed=1).draw(0)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    weights = Weights(divergence=0.0)
    history = []
    for _ in range(60):
        total, parts = compute_loss(model, model, batch, weights)
        optimizer.zero_grad()
        torch.autograd.backward(total)
        optimizer.step()
        history.append(float(parts["spectral"].detach()))
    assert history[-1] < 0.5 * history[0]


def test_batches_depend_on_seed_and_step_only(small_config: Config, sounds: SoundSet) -> None:
    first, again = (Batches(sounds, small_config, 4, seed=2).draw(7) for _ in range(2))
    other = Batches(sounds, small_config, 4, seed=2).draw(8)
    assert torch.equal(first.sound, again.sound)
    assert first.sound.shape != other.sound.shape or not torch.equal(first.sound, other.sound)


def test_batches_leave_out_what_is_held_out(small_config: Config, sounds: SoundSet) -> None:
    batches = Batches(sounds, small_config, 4, seed=0)
    assert len(batches.signals) == int((~sounds.held_out).sum())
    assert not sounds.held_out[batches.rows].any()


def test_body_track_finds_the_pitch() -> None:
    time = np.arange(22050) / 44100
    track, level = body_track(np.sin(2 * np.pi * 80 * time).astype(np.float32), 44100, 256, 80)
    assert np.abs(track[10:70] - 80).max() < 1
    assert level[10:70].min() > 0.5 * level.max()


def test_learning_rate_and_latent_cost_follow_the_budget() -> None:
    settings = Settings(steps=1000)
    assert settings.learning_rate(0, 0.0) < settings.learning_rate(200, 0.2)
    assert settings.learning_rate(999, 1.0) < 0.05 * settings.rate
    assert settings.latent_cost(0.0) == 0.0
    assert settings.latent_cost(0.9) == 1.0
    assert Clock(Budget(steps=settings.steps)).fraction(500, 0.0) == 0.5
