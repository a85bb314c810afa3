"""The learned prior over additive vectors: a mixture of Gaussians, one around each sound's kin.

Manifold Parzen windows (Vincent and Bengio, 2002): a class of twenty sounds that differ in kind has
no mean worth playing, but each sound and those nearest to it span a small space of plausible ones.
The knobs move a sound along a regression of vectors on descriptors, shrunk as in `prior`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from starling.models.additive import synthesizer
from starling.models.additive.align import OF_PARTIALS, aligned, audible
from starling.models.additive.synthesizer import Config
from starling.models.errors import InputError, ParseError

KIN = 5  # sounds around each, itself included
SHARE = 0.4  # of a component's centre that is the sound itself, the rest its kin
WIDTH = 0.8  # of the spread of kin: below 1, as the centres are spread themselves
COMMON = 0.15  # of the spread of the whole class, so that lone sounds vary as well
RIDGE = 1.0  # a dozen sounds' worth of pull of the slopes towards zero
BORROW = 20.0  # sounds' worth of the slopes of all classes mixed into each
LEAST_STD = 0.05  # of a feature's usual spread: what never varies must not divide by zero
FULL_RANK = 0.45  # of the way from the middle to an end that a knob at its end moves


@dataclass(frozen=True, slots=True)
class Prior:
    """Features of N sounds (N, F) with class (N,), slopes of features by rank (C, D, F).

    `kin` (N, KIN) lists each sound and its nearest of the same class.
    """

    features: Tensor
    label: Tensor
    kin: Tensor
    slope: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """For the artifact. Pitches need single precision: a thousandth beats."""
        return {
            "prior.features": self.features,
            "prior.label": self.label,
            "prior.kin": self.kin,
            "prior.slope": self.slope.half(),
        }

    def sample(self, label: int, moves: Tensor, random: np.random.Generator) -> Tensor:
        """Features (F,) of a new sound of a class, from numbers drawn of `random`.

        `moves` (D,) are the knobs, -1..1 from their centres; they draw nothing, so that the same
        state of `random` gives the same sound, moved.
        """
        members = torch.nonzero(self.label == label)[:, 0]
        chosen = members[int(random.integers(len(members)))]
        near, far = (
            torch.from_numpy(random.standard_normal(count, np.float32))
            for count in (KIN, len(members))
        )
        weight = torch.full((KIN,), (1 - SHARE) / (KIN - 1))
        weight[0] = SHARE
        kin, rows = self.features[self.kin[chosen]], self.features[members]
        centre = weight @ kin
        found = centre + WIDTH * (near * weight.sqrt()) @ (kin - centre)
        found = found + COMMON / math.sqrt(len(rows)) * far @ (rows - rows.mean(dim=0))
        found = torch.minimum(torch.maximum(found, rows.amin(dim=0)), rows.amax(dim=0))
        return found + FULL_RANK * moves @ self.slope[label]


def to_features(vectors: Tensor, config: Config) -> Tensor:
    """Vectors (N, size) as what can be averaged (N, size + partials): phases become two numbers."""
    parts = synthesizer.unpack(vectors, config)
    angle = 2 * math.pi * parts.pop("phase")
    rest = [part.flatten(1) for part in parts.values()]
    return torch.cat([*rest, torch.cos(angle), torch.sin(angle)], dim=1)


def from_features(features: Tensor, config: Config) -> Tensor:
    """The inverse of `to_features`, within the bounds of a vector."""
    sizes = [part.size for part in config.parts if part.name != "phase"]
    *rest, cosine, sine = torch.split(features, [*sizes, config.partials, config.partials], dim=1)
    named = [part for part in config.parts if part.name != "phase"]
    parts = {
        part.name: piece.reshape(len(piece), *part.shape)
        for part, piece in zip(named, rest, strict=True)
    }
    parts["phase"] = torch.atan2(sine, cosine + 1e-6) / (2 * math.pi)
    return synthesizer.bounded(synthesizer.pack(parts, config), config)


def fit(vectors: Tensor, labels: Tensor, ranks: Tensor, classes: int, config: Config) -> Prior:
    """Fit on vectors (N, size) of classes (N,) with descriptors as ranks (N, D) in 0..1.

    Every class needs a sound. Raises InputError where one has none.
    """
    sizes = torch.bincount(labels, minlength=classes)
    if (sizes == 0).any():
        raise InputError(
            f"class {int(torch.argmin(sizes))} has no fitted sound; the prior needs one of each"
        )
    ordered = aligned(vectors, labels, config)
    features = to_features(ordered, config)
    kin = _kin(features * _importance(features, ordered, labels, config), labels)
    return Prior(features, labels, kin, _slopes(features, labels, ranks, classes))


def _importance(features: Tensor, vectors: Tensor, labels: Tensor, config: Config) -> Tensor:
    """Weight of each feature in a distance (F,): usual spread 1, idle partials matter little.

    A part counts as a whole, not by how many numbers it has.
    """
    centred = features - torch.stack([features[labels == label].mean(dim=0) for label in labels])
    std = centred.std(dim=0, correction=0)
    floor = LEAST_STD * std.mean() + 1e-6
    heard = audible(synthesizer.unpack(vectors, config)["level"]).mean(dim=0)  # (partials,)
    weights = []
    for part in config.parts:
        if part.name != "phase":
            own = torch.full((part.size,), part.size**-0.5)
            if part.name in OF_PARTIALS:
                own = own * heard.repeat_interleave(part.size // config.partials)
            weights.append(own)
    weights.append(torch.zeros(2 * config.partials))  # a phase says nothing about likeness
    return torch.cat(weights) / std.clamp(min=float(floor))


def _kin(scaled: Tensor, labels: Tensor) -> Tensor:
    """Each sound and its nearest of the same class (N, KIN); itself again where there are none."""
    found = torch.arange(len(scaled))[:, None].repeat(1, KIN)
    for label in torch.unique(labels):
        rows = torch.nonzero(labels == label)[:, 0]
        count = min(KIN, len(rows))
        distance = torch.cdist(scaled[rows], scaled[rows])
        distance.fill_diagonal_(-1.0)
        found[rows, :count] = rows[distance.argsort(dim=1, stable=True)[:, :count]]
    return found


def _slopes(features: Tensor, labels: Tensor, ranks: Tensor, classes: int) -> Tensor:
    """Change of features by a rank from 0 to 1 (C, D, F): a class's own as far as it has sounds."""
    mean = torch.stack([features[labels == label].mean(dim=0) for label in range(classes)])
    knobs = ranks - 0.5
    rest = features - mean[labels]
    pooled = _ridge(rest, knobs, RIDGE)
    left = rest - knobs @ pooled
    own = [_ridge(left[labels == c], knobs[labels == c], BORROW / 12) for c in range(classes)]
    return pooled + torch.stack(own)


def _ridge(wanted: Tensor, knobs: Tensor, pull: float) -> Tensor:
    """Regression (D, F) of features (N, F) on knobs (N, D); a rank's variance is a twelfth."""
    gram = knobs.T @ knobs + pull * torch.eye(knobs.shape[1])
    slope: Tensor = torch.linalg.solve(gram, knobs.T @ wanted)
    return slope


def prior_from(tensors: dict[str, Tensor], name: str, config: Config) -> Prior:
    """The prior in an artifact's tensors. Raises ParseError where they do not fit the card."""
    try:
        features, slope = (tensors[f"prior.{part}"].float() for part in ("features", "slope"))
        label, kin = (tensors[f"prior.{part}"].long() for part in ("label", "kin"))
        size = config.size + config.partials
        fits = features.shape == (len(label), size) and kin.shape == (len(label), KIN)
        fits = fits and slope.shape[2] == size and int(kin.min()) >= 0
        fits = fits and int(kin.max()) < len(label) and int(label.max()) < len(slope)
    except (KeyError, RuntimeError, IndexError) as error:
        raise ParseError(f"the weights of {name} lack a part of an additive prior") from error
    if not fits or not features.isfinite().all() or not slope.isfinite().all():
        raise ParseError(f"the weights of {name} do not fit its configuration")
    return Prior(features, label, kin, slope)
