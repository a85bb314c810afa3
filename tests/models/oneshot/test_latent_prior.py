"""The prior: fitted to what was seen, whole where a class is tiny, and a map that can be undone."""

import math

import pytest
import torch

from starling.models.errors import InputError, ParseError
from starling.models.oneshot import latent_prior
from starling.models.oneshot.latent_prior import LatentPrior

MIDDLE = torch.full((3,), 0.5)


def fitted(sounds: int = 60, classes: int = 2, size: int = 4) -> LatentPrior:
    torch.manual_seed(0)
    labels = torch.arange(sounds) % classes
    latents = torch.randn(sounds, size) + 3.0 * labels[:, None]
    return latent_prior.fit(latents, labels, torch.rand(sounds, 3), classes)


def only(label: int, classes: int = 2) -> torch.Tensor:
    return torch.nn.functional.one_hot(torch.tensor(label), classes).float()


def test_fit_finds_means_and_slopes() -> None:
    torch.manual_seed(0)
    labels = torch.arange(400) % 2
    ranks = torch.rand(400, 3)
    truth = torch.tensor([[1.0, -2.0], [0.0, 3.0]])
    slope = torch.tensor([[2.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    latents = truth[labels] + (2 * ranks - 1) @ slope + 0.1 * torch.randn(400, 2)
    found = latent_prior.fit(latents, labels, ranks, 2)
    assert torch.allclose(found.mean, truth, atol=0.25)
    assert torch.allclose(found.slope[0], slope, atol=0.2)


def test_fit_survives_a_class_of_one_and_refuses_a_class_of_none() -> None:
    latents, labels = torch.randn(10, 4), torch.tensor([0] * 9 + [1])
    found = latent_prior.fit(latents, labels, torch.rand(10, 3), 2)
    assert all(
        torch.isfinite(part).all() for part in found.from_noise(only(1), MIDDLE, torch.randn(7))
    )
    with pytest.raises(InputError, match="no training sound"):
        latent_prior.fit(latents, labels, torch.rand(10, 3), 3)


def test_draws_lie_as_the_recordings_do() -> None:
    """Two clumps of recordings in the latent, with the descriptors that go with them."""
    torch.manual_seed(0)
    side = torch.arange(80) % 2 * 2.0 - 1
    latents = side[:, None] * torch.tensor([3.0, 0.0]) + 0.1 * torch.randn(80, 2)
    ranks = torch.stack([0.5 + 0.4 * side, torch.rand(80)], dim=1)
    found = latent_prior.fit(latents, torch.zeros(80, dtype=torch.long), ranks, 1)
    noise = torch.randn(2000, 4)
    drawn, ranks = found.from_noise_batch(
        torch.zeros(2000, dtype=torch.long), torch.full((2000, 2), 0.5), noise
    )
    assert drawn.mean(0).abs().max() < 0.3
    assert torch.allclose(drawn.std(0), latents.std(0), rtol=0.25)
    assert ((drawn[:, 0] > 0) == (ranks[:, 0] > 0.5)).float().mean() > 0.95
    assert (drawn[:, 0].abs() < 0.6).float().mean() < 0.1  # one Gaussian: 0.16


def test_the_flow_draws_the_mixture_that_it_states() -> None:
    torch.manual_seed(1)
    points = torch.tensor([[-1.2, 0.5], [1.2, -0.5], [0.0, 1.0]])
    drawn = latent_prior.flow(torch.randn(20_000, 2), points)
    pull = math.sqrt(1 - latent_prior.KERNEL_WIDTH**2)
    wanted = pull * points[torch.randint(3, (20_000,))] + latent_prior.KERNEL_WIDTH * torch.randn(
        20_000, 2
    )
    assert torch.allclose(drawn.mean(0), wanted.mean(0), atol=0.03)
    assert torch.allclose(drawn.T.cov(), wanted.T.cov(), atol=0.03)
    for direction in (torch.tensor([1.0, 0.0]), torch.tensor([0.6, 0.8])):
        ends = [
            torch.quantile(each @ direction, torch.linspace(0.05, 0.95, 7))
            for each in (drawn, wanted)
        ]
        assert torch.allclose(*ends, atol=0.06)


def test_noise_is_found_again() -> None:
    found, noise = fitted(), torch.randn(7)
    latent, ranks = found.from_noise(only(1), MIDDLE, noise)
    white = found.whitened(1, latent, ranks)
    assert torch.allclose(found.noise_of(1, white), noise, atol=0.02)
    assert torch.allclose(
        torch.cat(found.unwhitened(1, white)), torch.cat([latent, ranks]), atol=1e-4
    )


def test_a_knob_raises_its_descriptor_whatever_the_noise() -> None:
    found = fitted()
    for noise in torch.randn(20, 7):
        low, high = (
            found.from_noise(only(0), torch.tensor([knob, 0.5, 0.5]), noise)[1]
            for knob in (0.3, 0.6)
        )
        assert low[0] < high[0]
        assert torch.equal(low[1:], high[1:])


def test_a_knob_at_its_end_leaves_no_draw_at_the_other() -> None:
    torch.manual_seed(0)
    few = latent_prior.fit(
        torch.randn(7, 4), torch.zeros(7, dtype=torch.long), torch.rand(7, 3).round(), 1
    )
    ranks = few.from_noise_batch(
        torch.zeros(500, dtype=torch.long), torch.zeros(500, 3), torch.randn(500, 7)
    )
    assert ranks[1].max() < 0.01


def test_between_classes_is_between_and_at_a_class_is_it() -> None:
    found, noise = fitted(), torch.randn(7)
    ends = [found.from_noise(only(label), MIDDLE, noise)[0] for label in range(2)]
    middle = found.from_noise(torch.tensor([0.5, 0.5]), MIDDLE, noise)[0]
    assert torch.linalg.norm(middle - (ends[0] + ends[1]) / 2) < 0.3 * torch.linalg.norm(
        ends[1] - ends[0]
    )
    each = found.from_noise_batch(torch.tensor([0, 1]), MIDDLE.expand(2, 3), noise.expand(2, 7))[0]
    assert torch.allclose(each, torch.stack(ends), atol=1e-5)


def test_a_large_class_keeps_some_of_its_recordings() -> None:
    found = fitted(sounds=2 * latent_prior.MAX_KERNELS + 200)
    assert torch.bincount(found.label).tolist() == [latent_prior.MAX_KERNELS] * 2


def test_an_artifact_gives_the_same_prior_and_a_broken_one_is_refused() -> None:
    found = fitted()
    again = latent_prior.from_tensors(found.tensors())
    assert all(torch.equal(part, again.tensors()[name]) for name, part in found.tensors().items())
    broken = {
        "lack": {k: v for k, v in found.tensors().items() if k != "prior.points"},
        "fit together": found.tensors() | {"prior.points": torch.zeros(3, 7)},
        "no training gives": found.tensors() | {"prior.mean": torch.full((2, 4), math.nan)},
        "numbers": found.tensors() | {"prior.points": torch.full((60, 7), 1e25)},
        "without a recording": found.tensors() | {"prior.label": torch.zeros(60)},
        "no class": found.tensors() | {"prior.label": torch.arange(60) % 2 - 0.5},
        "go together|fit": found.tensors() | {"prior.label": torch.tensor(1.0)},
        "fit": {name: torch.zeros(5, 0, 0) for name in found.tensors()},
        "do not fit": found.tensors() | {"prior.slope": torch.zeros(1_000_000_000, 0, 0)},
    }
    for words, tensors in broken.items():
        with pytest.raises(ParseError, match=words):
            latent_prior.from_tensors(tensors)
