"""The prior over latents: one Gaussian per class, whose mean moves with the descriptors.

Fitted on the posterior means of the training sounds: z = mean[class] + slope (2 rank - 1) + e.
The slope makes a knob move the latent the way the recordings move, beside the FiLM conditions.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

SHRINK = 20.0  # sounds' worth of pooled covariance mixed into each class: claps are seven
RIDGE = 4.0  # sounds' worth of pull of the slope towards zero
JITTER = 1e-4  # keeps the Cholesky factor of a degenerate covariance real


@dataclass(frozen=True, slots=True)
class Prior:
    """`mean` (C, Z), `slope` (C, D, Z), `factor` (C, Z, Z): lower Cholesky of the covariance."""

    mean: Tensor
    slope: Tensor
    factor: Tensor

    def sample(self, label: int, ranks: Tensor, noise: Tensor) -> Tensor:
        """A latent (Z,) from descriptors (D,) in 0..1 and standard normal noise (Z,)."""
        centre = self.mean[label] + (2 * ranks - 1) @ self.slope[label]
        return centre + self.factor[label] @ noise

    def sample_between(self, shares: Tensor, ranks: Tensor, noise: Tensor) -> Tensor:
        """A latent (Z,) of a mixture of classes by their shares (C,)."""
        centre = shares @ self.mean + (2 * ranks - 1) @ torch.tensordot(shares, self.slope, 1)
        latent: Tensor = centre + torch.tensordot(shares, self.factor, 1) @ noise
        return latent

    def sample_each(self, labels: Tensor, ranks: Tensor, noise: Tensor) -> Tensor:
        """Latents (B, Z) from classes (B,), descriptors (B, D) and noise (B, Z)."""
        moved = torch.einsum("bd,bdz->bz", 2 * ranks - 1, self.slope[labels])
        return self.mean[labels] + moved + torch.einsum("bij,bj->bi", self.factor[labels], noise)

    def tensors(self) -> dict[str, Tensor]:
        """For the artifact."""
        return {"prior.mean": self.mean, "prior.slope": self.slope, "prior.factor": self.factor}


def _slope(centred: Tensor, knobs: Tensor) -> Tensor:
    """Ridge regression of latents (N, Z) on knobs (N, D)."""
    gram = knobs.T @ knobs + RIDGE * torch.eye(knobs.shape[1])
    slope: Tensor = torch.linalg.solve(gram, knobs.T @ centred)
    return slope


def fit(latents: Tensor, labels: Tensor, ranks: Tensor, classes: int) -> Prior:
    """Fit on posterior means (N, Z), classes (N,) and ranks (N, D).

    A class takes its own slope and covariance as far as it has sounds, the rest from all classes.
    """
    knobs = 2 * ranks - 1
    mean = torch.stack([latents[labels == label].mean(dim=0) for label in range(classes)])
    pooled_slope = _slope(latents - mean[labels], knobs)
    rest = latents - mean[labels] - knobs @ pooled_slope
    pooled = rest.T @ rest / len(rest)
    slopes, factors = [], []
    for label in range(classes):
        chosen = labels == label
        extra = _slope(rest[chosen], knobs[chosen])
        left = rest[chosen] - knobs[chosen] @ extra
        count = len(left)
        covariance = (left.T @ left + SHRINK * pooled) / (count + SHRINK)
        factors.append(torch.linalg.cholesky(covariance + JITTER * torch.eye(len(pooled))))
        slopes.append(pooled_slope + extra)
    return Prior(mean, torch.stack(slopes), torch.stack(factors))
