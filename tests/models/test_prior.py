"""The prior: fitted to what was seen, whole where a class is tiny."""

import torch

from starling.models import prior


def test_fit_finds_means_and_slopes() -> None:
    torch.manual_seed(0)
    labels = torch.arange(400) % 2
    ranks = torch.rand(400, 3)
    truth = torch.tensor([[1.0, -2.0], [0.0, 3.0]])
    slope = torch.tensor([[2.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    latents = truth[labels] + (2 * ranks - 1) @ slope + 0.1 * torch.randn(400, 2)
    fitted = prior.fit(latents, labels, ranks, 2)
    assert torch.allclose(fitted.mean, truth, atol=0.25)
    assert torch.allclose(fitted.slope[0], slope, atol=0.2)


def test_fit_survives_a_class_of_one() -> None:
    latents = torch.randn(10, 4)
    labels = torch.tensor([0] * 9 + [1])
    fitted = prior.fit(latents, labels, torch.rand(10, 3), 2)
    drawn = fitted.sample(1, torch.full((3,), 0.5), torch.randn(4))
    assert torch.isfinite(drawn).all()


def test_sample_without_noise_at_half_is_the_mean() -> None:
    fitted = prior.fit(torch.randn(10, 4), torch.zeros(10, dtype=torch.long), torch.rand(10, 3), 1)
    drawn = fitted.sample(0, torch.full((3,), 0.5), torch.zeros(4))
    assert torch.allclose(drawn, fitted.mean[0])
