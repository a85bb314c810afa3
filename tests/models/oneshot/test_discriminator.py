"""Discriminators: shapes, losses with known answers, and that they learn to tell sounds apart."""

import pytest
import torch

from starling.models.oneshot import discriminator
from starling.models.oneshot.discriminator import (
    Discriminator,
    DiscriminatorConfig,
    DiscriminatorOutput,
)

SMALL = DiscriminatorConfig(classes=2, resolutions=(512, 128), width=4, dropout=0.0)


def outputs(score: float) -> list[DiscriminatorOutput]:
    return [DiscriminatorOutput(torch.full((3, 5), float(score)), (torch.full((3, 2), score),))]


def test_one_output_a_resolution_and_one_score_row_a_sound() -> None:
    network = Discriminator(SMALL)
    outputs = network(torch.randn(3, 4410), torch.tensor([0, 1, 0]))
    assert len(outputs) == 2
    assert all(len(each.score) == 3 and len(each.features) == 4 for each in outputs)


@pytest.mark.parametrize(("real", "made", "loss"), [(1, -1, 0), (0, 0, 2), (-1, 1, 4), (2, -2, 0)])
def test_hinge_needs_a_margin(real: float, made: float, loss: float) -> None:
    assert float(discriminator.hinge(outputs(real), outputs(made))) == loss


def test_generator_loss_and_feature_matching() -> None:
    assert float(discriminator.generator_loss(outputs(0.5))) == -0.5
    assert float(discriminator.feature_matching(outputs(2.0), outputs(2.0))) == 0
    assert float(discriminator.feature_matching(outputs(2.0), outputs(1.0))) == pytest.approx(0.5)


def test_silence_has_a_finite_score_and_slope() -> None:
    sound = torch.zeros(2, 4410, requires_grad=True)
    score = Discriminator(SMALL)(sound, torch.tensor([0, 1]))[0].score
    score.sum().backward()
    assert torch.isfinite(score).all()
    assert sound.grad is not None and torch.isfinite(sound.grad).all()


def test_it_learns_to_tell_noise_from_tones() -> None:
    torch.manual_seed(0)
    network = Discriminator(SMALL)
    optimizer = torch.optim.Adam(network.parameters(), 3e-3, betas=(0.5, 0.9))
    time = torch.arange(4410) / 44100
    label = torch.zeros(4, dtype=torch.long)
    for _ in range(20):
        tones = 0.3 * torch.sin(6.2832 * (200 + 800 * torch.rand(4, 1)) * time)
        noise = 0.2 * torch.randn(4, 4410)
        loss = discriminator.hinge(network(tones, label), network(noise, label))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.2
