"""The dense GAN: the published sizes, and losses that reach the right half only."""

from dataclasses import replace

import pytest
import torch
from baseline_sizes import FRONT, TINY
from torch import nn

from starling.models.baselines import dense_gan
from starling.models.baselines.dense_gan import RECIPES, Config, DenseGan

CONFIG: Config = TINY["dense_gan"]


@pytest.fixture(scope="module")
def published() -> DenseGan:
    with torch.device("meta"):  # 43 million weights, none of them drawn
        return DenseGan(RECIPES["head"])


def windows(seed: int = 0) -> torch.Tensor:
    return torch.randn(6, FRONT.window, generator=torch.Generator().manual_seed(seed))


def count(module: nn.Module) -> int:
    return sum(each.numel() for each in module.parameters())


def test_published_parameter_counts(published: DenseGan) -> None:
    assert count(published.generator) == 42_471_941
    assert count(published.generator.layers[-1]) == 42_008_576
    assert count(published.discriminator) == 576_033


def test_published_shapes(published: DenseGan) -> None:
    pictures = published.generator(torch.zeros(2, 128, device="meta"))
    assert pictures.shape == (2, 128, 512)
    assert published.discriminator(pictures).shape == (2,)
    assert published.discriminator.last.in_features == 128 * 32 * 128


def test_recipes_are_the_published_ones() -> None:
    head, earlier = RECIPES["head"], RECIPES["8c0a7a9"]
    assert (head.generator_rate, head.discriminator_rate, head.batch, head.latent) == (
        0.1, 0.001, 64, 128,
    )  # fmt: skip
    assert (earlier.generator_rate, earlier.discriminator_rate) == (1e-4, 2e-5)
    assert (earlier.batch, earlier.latent) == (44, 100)
    assert (head.over_maximum, earlier.over_maximum) == (False, True)
    assert dense_gan.DEFAULT in RECIPES


def test_convolutions_pad_as_the_original_framework() -> None:
    """Nothing before the first sample but one cell, two after the last: a mark keeps its place."""
    network = DenseGan(CONFIG).discriminator.eval()
    with torch.no_grad():
        for layer in (network.first, network.second):
            layer.weight.zero_()
            layer.weight[:, :, 1, 1] = 1.0
        network.last.weight.copy_(torch.arange(network.last.in_features)[None])
        picture = torch.zeros(1, FRONT.frames, FRONT.bins)
        picture[0, 4, 8] = 1.0
        cells = torch.arange(4 * 8 * 128).view(4, 8, 128)
        assert network(picture).item() == pytest.approx(16 * cells[1, 2].sum().item())


def test_each_loss_moves_its_own_part() -> None:
    torch.manual_seed(0)
    network = DenseGan(CONFIG)
    losses = network(windows())
    assert set(losses) == set(network.rates()) == {"generator", "discriminator"}
    assert losses["generator"].item() == pytest.approx(0.69, abs=0.2)
    assert losses["discriminator"].item() == pytest.approx(1.39, abs=0.4)
    for part in losses:
        mine = list(network.get_submodule(part).parameters())
        found = torch.autograd.grad(losses[part], mine, retain_graph=True)
        assert all(gradient.abs().sum() > 0 for gradient in found)


def test_discriminator_learns_one_batch() -> None:
    torch.manual_seed(0)
    network = DenseGan(replace(CONFIG, over_maximum=False))
    optimizer = torch.optim.Adam(network.discriminator.parameters(), 1e-3)
    seen = []
    for _ in range(40):
        loss = network(windows())["discriminator"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    assert seen[-1] < 0.2 * seen[0]


def test_same_seed_same_losses() -> None:
    torch.manual_seed(3)
    network, found = DenseGan(CONFIG), []
    for _ in range(2):
        torch.manual_seed(7)
        found.append([loss.item() for loss in network(windows()).values()])
    assert found[0] == found[1]
