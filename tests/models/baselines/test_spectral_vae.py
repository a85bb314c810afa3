"""The dense VAE: the published sizes, its loss, and that it learns."""

import pytest
import torch
from baseline_sizes import FRONT, TINY

from starling.models.baselines.spectral_vae import RECIPES, Config, SpectralVae

CONFIG: Config = TINY["spectral_vae"]


def windows() -> torch.Tensor:
    time = torch.arange(FRONT.window) / FRONT.sample_rate
    return torch.sin(2 * torch.pi * torch.arange(300, 3300, 500)[:, None] * time)


def test_published_sizes() -> None:
    config = RECIPES["f63aae1"]
    assert (config.latent, config.width, config.rate, config.batch) == (3, 256, 0.02, 44)
    with torch.device("meta"):
        network = SpectralVae(config)
        mean, log_variance = network.encode(torch.zeros(2, 160, 1_025))
        pictures = network.decode(mean)
    assert mean.shape == log_variance.shape == (2, 3)
    assert pictures.shape == (2, 160, 1_025)
    decoder = sum(each.numel() for each in network.decoder().parameters())
    assert decoder == 3 * 256 + 256 + 256 * 164_000 + 164_000
    assert network.rates() == {"": 0.02}


def test_pictures_lie_between_zero_and_one() -> None:
    pictures = SpectralVae(CONFIG).decode(torch.randn(4, 3) * 10)
    assert pictures.min() >= 0 and pictures.max() <= 1


def test_loss_is_the_sum_over_cells_plus_the_divergence() -> None:
    network = SpectralVae(CONFIG)
    with torch.no_grad():
        for each in network.parameters():
            each.zero_()
        network.encode.mean.bias.fill_(2.0)  # mean 2, variance 1: a divergence of 3 * 2
    cells = FRONT.frames * FRONT.bins * 0.6931472  # every cell 0.5, whatever is asked
    assert network(windows())[""].item() == pytest.approx(cells + 6, rel=1e-5)


def test_it_learns_one_batch() -> None:
    torch.manual_seed(0)
    network, seen = SpectralVae(CONFIG), []
    optimizer = torch.optim.Adam(network.parameters(), CONFIG.rate)
    for _ in range(60):
        loss = network(windows())[""]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(loss.item())
    assert seen[-1] < 0.5 * seen[0]
