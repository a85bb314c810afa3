"""The prior over latents and descriptors: what a seed's numbers, N(0, 1) each, become.

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

KERNEL = 0.5  # of a class's spread that a recording's kernel has: 1 is one Gaussian, 0 the copies
PULL = math.sqrt(1 - KERNEL**2)  # of the kernels' centres towards the middle, for their width
SHRINK = 20.0  # sounds' worth of pooled covariance mixed into each class: claps are seven
RIDGE = 4.0  # sounds' worth of pull of the slope towards zero
JITTER = 1e-4  # keeps the Cholesky factor of a degenerate covariance real
LOGIT_EDGE = 0.02  # ranks nearer to an end than this count as this: the last of three is no outlier
KNOB_EDGE = 1e-4  # and knobs
FAR = math.log((1 - LOGIT_EDGE) / LOGIT_EDGE)  # logits that a draw moves a descriptor at most
LARGEST = 1e3  # number in an artifact: deviations, nats and logits are far below
STEPS = 12  # of the flow, two evaluations each
MOST = 512  # kernels of a class; evenly spaced recordings of more


@dataclass(frozen=True, slots=True)
class Prior:
    """C classes, latents of Z numbers, D descriptors, N kernels in F = Z + D whitened directions.

    `mean` (C, Z), `slope` (C, D, Z), `factor` (C, F, F) lower Cholesky of the covariance, `points`
    (N, F) the kernels' centres before they are drawn together, `label` (N,) their classes.
    """

    mean: Tensor
    slope: Tensor
    factor: Tensor
    points: Tensor
    label: Tensor

    def place(self, shares: Tensor, knobs: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Latent (Z,) and descriptors (D,) of a mixture of classes by their shares (C,).

        `knobs` (D,) in 0..1 shift the descriptors on the logistic scale: ends stay ends, and a knob
        turned up raises its descriptor whatever the `noise` (F,), normal.
        """
        moved = torch.zeros_like(noise)
        for label in torch.nonzero(shares)[:, 0].tolist():
            moved = moved + shares[label] * self._moved(label, noise[None])[0]
        size = self.mean.shape[1]
        ranks = _ranks(knobs, moved[size:])
        centre = shares @ self.mean + (2 * ranks - 1) @ torch.tensordot(shares, self.slope, 1)
        return centre + moved[:size], ranks

    def place_each(self, labels: Tensor, knobs: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Latents (B, Z) and descriptors (B, D) from classes (B,), knobs (B, D), noise (B, F)."""
        moved = torch.zeros_like(noise)
        for label in torch.unique(labels).tolist():
            chosen = labels == label
            moved[chosen] = self._moved(label, noise[chosen])
        size = self.mean.shape[1]
        ranks = _ranks(knobs, moved[:, size:])
        centre = self.mean[labels] + torch.einsum("bd,bdz->bz", 2 * ranks - 1, self.slope[labels])
        return centre + moved[:, :size], ranks

    def whitened(self, label: int, latent: Tensor, ranks: Tensor) -> Tensor:
        """Where a latent (Z,) and descriptors (D,) lie in a class, in whitened directions (F,)."""
        rest = latent - self.mean[label] - (2 * ranks - 1) @ self.slope[label]
        away = torch.cat([rest, torch.logit(ranks, eps=LOGIT_EDGE)])[:, None]
        white: Tensor = torch.linalg.solve_triangular(self.factor[label], away, upper=False)[:, 0]
        return white

    def at(self, label: int, white: Tensor) -> tuple[Tensor, Tensor]:
        """Latent (Z,) and descriptors (D,) at `white` (F,): the inverse of `whitened`."""
        moved = self.factor[label] @ white
        size = self.mean.shape[1]
        ranks = torch.sigmoid(moved[size:].clamp(-FAR, FAR))
        return self.mean[label] + (2 * ranks - 1) @ self.slope[label] + moved[:size], ranks

    def noise_of(self, label: int, white: Tensor) -> Tensor:
        """The noise (F,) of which `place`, knobs in the middle, makes what lies at `white` (F,).

        Near recordings; between kernels the flow is steep, and steps back miss a little.
        """
        return transport(white[None], self.points[self.label == label], back=True)[0]

    def _moved(self, label: int, noise: Tensor) -> Tensor:
        """Away from the mean of a class (B, F), by noise (B, F)."""
        return transport(noise, self.points[self.label == label]) @ self.factor[label].T

    def to(self, device: torch.device) -> Prior:
        """The same on a device."""
        return Prior(*(part.to(device) for part in self.tensors().values()))

    def tensors(self) -> dict[str, Tensor]:
        """For the artifact."""
        return {f"prior.{part.name}": getattr(self, part.name) for part in fields(self)}


def from_tensors(tensors: Mapping[str, Tensor]) -> Prior:
    """The prior among an artifact's tensors. Raises ParseError where they do not fit together."""
    try:
        found = Prior(*(tensors[f"prior.{part.name}"].float() for part in fields(Prior)))
    except KeyError as error:
        raise ParseError(f"the weights lack a part of the prior, {error}; train anew") from error
    _require_fitting(found)
    if not all(bool((part.abs() <= LARGEST).all()) for part in found.tensors().values()):
        raise ParseError("the prior has numbers that no training gives")
    label = found.label.long()
    classes = found.slope.shape[0]
    if not torch.equal(label.float(), found.label) or len(label) > MOST * classes:
        raise ParseError("the prior's kernels have no class, or are too many")
    if (len(torch.unique(label)), int(label.min()), int(label.max())) != (classes, 0, classes - 1):
        raise ParseError("the prior has a class without a recording")
    return Prior(found.mean, found.slope, found.factor, found.points, label)


def _require_fitting(found: Prior) -> None:
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


def transport(start: Tensor, points: Tensor, *, back: bool = False) -> Tensor:
    """Normal noise (B, F) as draws of a mixture with kernels at `points` (K, F); or `back`.

    On x(s) = cos(s) noise + sin(s) draw, s from 0 to pi / 2, by the midpoint rule. A mixture as
    wide as the noise keeps x as wide all the way, so that few steps do.
    """
    ends = [0.5 * math.pi * step / STEPS for step in range(STEPS + 1)]
    place, length = start, points.square().sum(1)
    for first, last in itertools.pairwise(ends[::-1] if back else ends):
        middle = 0.5 * (first + last)
        halfway = place + (middle - first) * _speed(place, first, points, length)
        place = place + (last - first) * _speed(halfway, middle, points, length)
    return place


def _speed(place: Tensor, angle: float, points: Tensor, length: Tensor) -> Tensor:
    """dx/ds = E[draw cos(s) - noise sin(s) | x] at x = `place` (B, F) and s = `angle`.

    `length` (K,) are the squared lengths of the points. Few operations: a note waits for it.
    """
    cosine = math.cos(angle)
    near = math.sin(angle) * PULL
    variance = (math.sin(angle) * KERNEL) ** 2 + cosine**2
    farness = length * (-0.5 * near**2 / variance)
    likely = torch.softmax(torch.addmm(farness, place, points.T, alpha=near / variance), 1)
    rate = cosine * PULL / variance
    return torch.addmm(place, likely, points, beta=-rate * near, alpha=rate)


def _ranks(knobs: Tensor, moved: Tensor) -> Tensor:
    """Knobs in 0..1, moved on the logistic scale."""
    return torch.sigmoid(torch.logit(knobs, eps=KNOB_EDGE) + moved.clamp(-FAR, FAR))


def fit(latents: Tensor, labels: Tensor, ranks: Tensor, classes: int) -> Prior:
    """Fit on posterior means (N, Z), classes (N,) and ranks (N, D).

    A class takes its own slope and covariance as far as it has sounds, the rest from all classes.
    Raises InputError where a class has none.
    """
    if (torch.bincount(labels, minlength=classes) == 0).any():
        raise InputError("a class has no training sound; the prior needs one of each")
    knobs = 2 * ranks - 1
    mean = torch.stack([latents[labels == label].mean(dim=0) for label in range(classes)])
    rest = latents - mean[labels]
    pooled_slope = _slope(rest, knobs)
    rest = rest - knobs @ pooled_slope
    own = torch.stack(
        [_slope(rest[labels == label], knobs[labels == label]) for label in range(classes)]
    )
    rest = rest - torch.einsum("nd,ndz->nz", knobs, own[labels])
    joint = torch.cat([rest, torch.logit(ranks, eps=LOGIT_EDGE)], dim=1)
    pooled = joint.T @ joint / len(joint)
    factors, points, kept = [], [], []
    for label in range(classes):
        found = joint[labels == label]
        covariance = (found.T @ found + SHRINK * pooled) / (len(found) + SHRINK)
        factor = torch.linalg.cholesky(covariance + JITTER * torch.eye(len(pooled)))
        some = found[torch.linspace(0, len(found) - 1, min(len(found), MOST)).long()]
        points.append(torch.linalg.solve_triangular(factor, some.T, upper=False).T)
        factors.append(factor)
        kept.append(torch.full((len(some),), label))
    return Prior(mean, pooled_slope + own, torch.stack(factors), torch.cat(points), torch.cat(kept))


def _slope(centred: Tensor, knobs: Tensor) -> Tensor:
    """Ridge regression of latents (N, Z) on knobs (N, D)."""
    gram = knobs.T @ knobs + RIDGE * torch.eye(knobs.shape[1])
    slope: Tensor = torch.linalg.solve(gram, knobs.T @ centred)
    return slope
