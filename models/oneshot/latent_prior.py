"""The prior over latents and descriptors: a map from a seed's standard normal noise to both.

Two parts. A mean that moves with the descriptors, z = mean[class] + slope (2 rank - 1) + e, so that
a knob moves the latent as the recordings move. And where the recordings of a class lie around it,
in `e` and in the descriptors themselves at once: a mixture of Gaussians, one kernel a recording,
together as wide as the class. Noise becomes a draw of the mixture by its probability flow (Song et
al., arXiv 2011.13456; here in closed form), which is smooth and can be run backwards: the latent
space that a player sees stays N(0, 1), to be varied, morphed and encoded into.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from starling.models.errors import InputError, ParseError

KERNEL_WIDTH = 0.5  # of a kernel, in spreads of its class: 1 is one Gaussian, 0 only copies
CENTRE_SHRINK = math.sqrt(1 - KERNEL_WIDTH**2)  # of centres to the mean: the class keeps its width
SHRINKAGE_SOUNDS = 20.0  # weight of the pooled covariance in each class, in sounds: claps are 7
RIDGE_SOUNDS = 4.0  # weight of the slope's ridge penalty, in sounds
JITTER = 1e-4  # keeps the Cholesky factor of a degenerate covariance real
LOGIT_EDGE = 0.02  # ranks are clamped so far from 0 and 1: the last of three is no outlier
KNOB_EDGE = 1e-4  # knobs likewise
MAX_LOGIT_SHIFT = math.log(
    (1 - LOGIT_EDGE) / LOGIT_EDGE
)  # logits that a draw moves a descriptor at most
MAX_ABS = 1e3  # of a number in an artifact: deviations, nats and logits are far below
FLOW_STEPS = 12  # of the midpoint rule, two evaluations of the velocity each
MAX_KERNELS = 512  # of a class; of more recordings an even choice


@dataclass(frozen=True, slots=True)
class LatentPrior:
    """C classes, latents of Z numbers, D descriptors, N kernels in F = Z + D whitened directions.

    `mean` (C, Z), `slope` (C, D, Z), `factor` (C, F, F) lower Cholesky of the covariance, `points`
    (N, F) the kernels' centres before CENTRE_SHRINK, `label` (N,) their classes.
    """

    mean: Tensor
    slope: Tensor
    factor: Tensor
    points: Tensor
    label: Tensor

    def from_noise(self, shares: Tensor, knobs: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Latent (Z,) and descriptors (D,) of a mixture of classes by their shares (C,).

        `knobs` (D,) in 0..1 shift the descriptors on the logistic scale: ends stay ends, and a knob
        turned up raises its descriptor whatever the `noise` (F,), normal.
        """
        moved = torch.zeros_like(noise)
        for label in torch.nonzero(shares)[:, 0].tolist():
            moved = moved + shares[label] * self._moved(label, noise[None])[0]  # (F,)
        size = self.mean.shape[1]
        ranks = _ranks(knobs, moved[size:])  # (D,)
        slope = torch.tensordot(shares, self.slope, 1)  # (D, Z)
        centre = shares @ self.mean + (2 * ranks - 1) @ slope  # (Z,)
        return centre + moved[:size], ranks

    def from_noise_batch(
        self, labels: Tensor, knobs: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Latents (B, Z) and descriptors (B, D) from classes (B,), knobs (B, D), noise (B, F)."""
        moved = torch.zeros_like(noise)
        for label in torch.unique(labels).tolist():
            chosen = labels == label
            moved[chosen] = self._moved(label, noise[chosen])  # (B, F), class by class
        size = self.mean.shape[1]
        ranks = _ranks(knobs, moved[:, size:])  # (B, D)
        centre = self.mean[labels] + torch.einsum("bd,bdz->bz", 2 * ranks - 1, self.slope[labels])
        return centre + moved[:, :size], ranks

    def whitened(self, label: int, latent: Tensor, ranks: Tensor) -> Tensor:
        """Where a latent (Z,) and descriptors (D,) lie in a class, in whitened directions (F,)."""
        rest = latent - self.mean[label] - (2 * ranks - 1) @ self.slope[label]  # (Z,)
        away = torch.cat([rest, torch.logit(ranks, eps=LOGIT_EDGE)])[:, None]  # (F, 1)
        white: Tensor = torch.linalg.solve_triangular(self.factor[label], away, upper=False)[:, 0]
        return white

    def unwhitened(self, label: int, white: Tensor) -> tuple[Tensor, Tensor]:
        """Latent (Z,) and descriptors (D,) at `white` (F,): the inverse of `whitened`."""
        moved = self.factor[label] @ white  # (F,)
        size = self.mean.shape[1]
        ranks = torch.sigmoid(moved[size:].clamp(-MAX_LOGIT_SHIFT, MAX_LOGIT_SHIFT))
        return self.mean[label] + (2 * ranks - 1) @ self.slope[label] + moved[:size], ranks

    def noise_of(self, label: int, white: Tensor) -> Tensor:
        """The noise (F,) that `from_noise`, knobs in the middle, maps to `white` (F,).

        Exact near recordings; between kernels the flow is steep, and its inverse is off a little.
        """
        return flow(white[None], self.points[self.label == label], back=True)[0]

    def _moved(self, label: int, noise: Tensor) -> Tensor:
        """Offsets from the mean of a class (B, F), from noise (B, F)."""
        return flow(noise, self.points[self.label == label]) @ self.factor[label].T

    def to(self, device: torch.device) -> LatentPrior:
        """The same on a device."""
        return LatentPrior(*(part.to(device) for part in self.tensors().values()))

    def tensors(self) -> dict[str, Tensor]:
        """The parts by their names in an artifact."""
        return {f"prior.{part.name}": getattr(self, part.name) for part in fields(self)}


def from_tensors(tensors: Mapping[str, Tensor]) -> LatentPrior:
    """The prior among an artifact's tensors. Raises ParseError where they do not fit together."""
    try:
        found = LatentPrior(
            *(tensors[f"prior.{part.name}"].float() for part in fields(LatentPrior))
        )
    except KeyError as error:
        raise ParseError(f"the weights lack a part of the prior, {error}; train anew") from error
    _require_fitting(found)
    if not all(bool((part.abs() <= MAX_ABS).all()) for part in found.tensors().values()):
        raise ParseError("the prior has numbers that no training gives")
    label = found.label.long()
    classes = found.slope.shape[0]
    if not torch.equal(label.float(), found.label) or len(label) > MAX_KERNELS * classes:
        raise ParseError("the prior's kernels have no class, or are too many")
    if (len(torch.unique(label)), int(label.min()), int(label.max())) != (classes, 0, classes - 1):
        raise ParseError("the prior has a class without a recording")
    return LatentPrior(found.mean, found.slope, found.factor, found.points, label)


def _require_fitting(found: LatentPrior) -> None:
    """Raise ParseError where shapes do not go together or something is empty."""
    if found.slope.dim() != 3 or found.label.dim() != 1 or not found.label.numel():
        raise ParseError("the parts of the prior do not fit together")
    classes, descriptors, size = found.slope.shape
    whole, count = size + descriptors, len(found.label)
    shapes = {
        "mean": (classes, size),
        "factor": (classes, whole, whole),
        "points": (count, whole),
    }
    wrong = [name for name, shape in shapes.items() if tuple(getattr(found, name).shape) != shape]
    if wrong or not found.slope.numel():
        raise ParseError("the parts of the prior do not fit together")


def flow(start: Tensor, points: Tensor, *, back: bool = False) -> Tensor:
    """Normal noise (B, F) as draws of a mixture with kernels at `points` (K, F); or `back`.

    On x(s) = cos(s) noise + sin(s) draw, s from 0 to pi / 2, by the midpoint rule. A mixture as
    wide as the noise keeps x as wide all the way, so that few steps do.
    """
    ends = [0.5 * math.pi * step / FLOW_STEPS for step in range(FLOW_STEPS + 1)]
    state, length = start, points.square().sum(1)  # (B, F), (K,)
    for first, last in itertools.pairwise(ends[::-1] if back else ends):
        middle = 0.5 * (first + last)
        halfway = state + (middle - first) * _velocity(state, first, points, length)  # (B, F)
        state = state + (last - first) * _velocity(halfway, middle, points, length)
    return state


def _velocity(state: Tensor, angle: float, points: Tensor, length: Tensor) -> Tensor:
    """dx/ds = E[draw cos(s) - noise sin(s) | x] at x = `state` (B, F) and s = `angle`.

    `length` (K,) are the squared lengths of the points. Few operations: a note waits for it.
    """
    cosine = math.cos(angle)
    near = math.sin(angle) * CENTRE_SHRINK
    variance = (math.sin(angle) * KERNEL_WIDTH) ** 2 + cosine**2
    log_prior = length * (-0.5 * near**2 / variance)  # (K,)
    posterior = torch.softmax(torch.addmm(log_prior, state, points.T, alpha=near / variance), 1)
    rate = cosine * CENTRE_SHRINK / variance
    return torch.addmm(state, posterior, points, beta=-rate * near, alpha=rate)


def _ranks(knobs: Tensor, moved: Tensor) -> Tensor:
    """Knobs in 0..1, moved on the logistic scale."""
    return torch.sigmoid(
        torch.logit(knobs, eps=KNOB_EDGE) + moved.clamp(-MAX_LOGIT_SHIFT, MAX_LOGIT_SHIFT)
    )


def fit(latents: Tensor, labels: Tensor, ranks: Tensor, classes: int) -> LatentPrior:
    """Fit on posterior means (N, Z), classes (N,) and ranks (N, D).

    A class takes its own slope and covariance as far as it has sounds, the rest from all classes.
    Raises InputError where a class has none.
    """
    if (torch.bincount(labels, minlength=classes) == 0).any():
        raise InputError("a class has no training sound; the prior needs one of each")
    knobs = 2 * ranks - 1  # (N, D), -1..1
    mean = torch.stack([latents[labels == label].mean(dim=0) for label in range(classes)])  # (C, Z)
    rest = latents - mean[labels]  # (N, Z)
    pooled_slope = _slope(rest, knobs)  # (D, Z)
    rest = rest - knobs @ pooled_slope
    own = torch.stack(
        [_slope(rest[labels == label], knobs[labels == label]) for label in range(classes)]
    )  # (C, D, Z), what is left of each class's own
    rest = rest - torch.einsum("nd,ndz->nz", knobs, own[labels])
    joint = torch.cat([rest, torch.logit(ranks, eps=LOGIT_EDGE)], dim=1)  # (N, F)
    pooled = joint.T @ joint / len(joint)  # (F, F)
    factors, points, kept = [], [], []
    for label in range(classes):
        found = joint[labels == label]  # (n, F)
        covariance = (found.T @ found + SHRINKAGE_SOUNDS * pooled) / (len(found) + SHRINKAGE_SOUNDS)
        factor = torch.linalg.cholesky(covariance + JITTER * torch.eye(len(pooled)))
        some = found[
            torch.linspace(0, len(found) - 1, min(len(found), MAX_KERNELS)).long()
        ]  # (k, F)
        points.append(torch.linalg.solve_triangular(factor, some.T, upper=False).T)
        factors.append(factor)
        kept.append(torch.full((len(some),), label))
    return LatentPrior(
        mean, pooled_slope + own, torch.stack(factors), torch.cat(points), torch.cat(kept)
    )


def _slope(centred: Tensor, knobs: Tensor) -> Tensor:
    """Ridge regression of latents (N, Z) on knobs (N, D): (D, Z)."""
    gram = knobs.T @ knobs + RIDGE_SOUNDS * torch.eye(knobs.shape[1])  # (D, D)
    slope: Tensor = torch.linalg.solve(gram, knobs.T @ centred)
    return slope
