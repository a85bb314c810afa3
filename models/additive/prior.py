"""The learned prior over additive vectors: a mixture of Gaussians over neighbourhoods of sounds.

Manifold Parzen windows (Vincent and Bengio, 2002): a class of twenty sounds that differ in kind has
no useful mean, but each sound and its nearest neighbours span a small space of plausible ones. The
knobs move a sound along a ridge regression of features on descriptors, shrunk towards all classes.

Shapes: N sounds, F features, C classes, D descriptors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from starling.models.additive import synthesizer
from starling.models.additive.align import PER_PARTIAL, aligned, audibility_of
from starling.models.additive.synthesizer import Config
from starling.models.errors import InputError, ParseError

NEIGHBOURS = 5  # of each sound, itself included
OWN_SHARE = 0.4  # weight of the sound itself in a component's centre, the rest its neighbours'
NEIGHBOUR_SPREAD = 0.8  # factor on their deviations: below 1, as the centres vary too
CLASS_SPREAD = 0.15  # factor on those of the whole class, so that lone sounds vary as well
RIDGE = 1.0  # penalty on the slopes, that of a dozen sounds
CLASS_RIDGE = 20.0  # penalty, in sounds, on a class's deviation from the slopes of all classes
MIN_STD = 0.05  # of the mean standard deviation: nothing is divided by less
RANK_REACH = 0.45  # ranks by which a knob at its end moves, .5 being the last sound


@dataclass(frozen=True, slots=True)
class NeighbourPrior:
    """Features of N sounds (N, F) with class (N,), slopes of features by rank (C, D, F).

    `neighbours` (N, NEIGHBOURS) lists each sound and its nearest of the same class.
    """

    features: Tensor
    label: Tensor
    neighbours: Tensor
    slope: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """The parts by their names in an artifact. Pitches need single precision: errors beat."""
        return {
            "prior.features": self.features,
            "prior.label": self.label,
            "prior.kin": self.neighbours,
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
            for count in (NEIGHBOURS, len(members))
        )
        # the component's centre is a weighted mean, its covariance that of its neighbours
        weight = torch.full((NEIGHBOURS,), (1 - OWN_SHARE) / (NEIGHBOURS - 1))
        weight[0] = OWN_SHARE
        neighbours = self.features[self.neighbours[chosen]]  # (NEIGHBOURS, F)
        rows = self.features[members]  # (n, F), the class
        centre = weight @ neighbours  # (F,)
        found = centre + NEIGHBOUR_SPREAD * (near * weight.sqrt()) @ (neighbours - centre)
        found = found + CLASS_SPREAD / math.sqrt(len(rows)) * far @ (rows - rows.mean(dim=0))
        # within what the recordings of the class have, number by number
        found = torch.minimum(torch.maximum(found, rows.amin(dim=0)), rows.amax(dim=0))
        return found + RANK_REACH * moves @ self.slope[label]


def to_features(vectors: Tensor, config: Config) -> Tensor:
    """Features (N, size + partials) of vectors (N, size): phases as cosine and sine, to average."""
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


def fit(
    vectors: Tensor, labels: Tensor, ranks: Tensor, classes: int, config: Config
) -> NeighbourPrior:
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
    neighbours = _nearest(features * _importance(features, ordered, labels, config), labels)
    return NeighbourPrior(features, labels, neighbours, _slopes(features, labels, ranks, classes))


def _importance(features: Tensor, vectors: Tensor, labels: Tensor, config: Config) -> Tensor:
    """Weight (F,) of each feature in a distance: per standard deviation, less for idle partials.

    A part counts as a whole, however many numbers it has.
    """
    centred = features - torch.stack([features[labels == label].mean(dim=0) for label in labels])
    std = centred.std(dim=0, correction=0)
    floor = MIN_STD * std.mean() + 1e-6
    audibility = audibility_of(synthesizer.unpack(vectors, config)["level"]).mean(
        dim=0
    )  # (partials,)
    weights = []
    for part in config.parts:
        if part.name != "phase":
            own = torch.full((part.size,), part.size**-0.5)
            if part.name in PER_PARTIAL:
                own = own * audibility.repeat_interleave(part.size // config.partials)
            weights.append(own)
    weights.append(torch.zeros(2 * config.partials))  # phases do not bear on likeness
    return torch.cat(weights) / std.clamp(min=float(floor))


def _nearest(scaled: Tensor, labels: Tensor) -> Tensor:
    """Each sound and its nearest of its class (N, NEIGHBOURS); itself where there are too few."""
    found = torch.arange(len(scaled))[:, None].repeat(1, NEIGHBOURS)
    for label in torch.unique(labels):
        rows = torch.nonzero(labels == label)[:, 0]
        count = min(NEIGHBOURS, len(rows))
        distance = torch.cdist(scaled[rows], scaled[rows])
        distance.fill_diagonal_(-1.0)
        found[rows, :count] = rows[distance.argsort(dim=1, stable=True)[:, :count]]
    return found


def _slopes(features: Tensor, labels: Tensor, ranks: Tensor, classes: int) -> Tensor:
    """Change (C, D, F) of features by a rank from 0 to 1, each class's shrunk to that of all."""
    mean = torch.stack([features[labels == label].mean(dim=0) for label in range(classes)])
    knobs = ranks - 0.5  # (N, D)
    rest = features - mean[labels]  # (N, F)
    pooled = _ridge(rest, knobs, RIDGE)  # (D, F)
    left = rest - knobs @ pooled
    own = [_ridge(left[labels == c], knobs[labels == c], CLASS_RIDGE / 12) for c in range(classes)]
    return pooled + torch.stack(own)


def _ridge(features: Tensor, knobs: Tensor, penalty: float) -> Tensor:
    """Ridge regression (D, F) of features (N, F) on knobs (N, D), whose variance is a twelfth."""
    gram = knobs.T @ knobs + penalty * torch.eye(knobs.shape[1])
    slope: Tensor = torch.linalg.solve(gram, knobs.T @ features)
    return slope


def prior_from(tensors: dict[str, Tensor], name: str, config: Config) -> NeighbourPrior:
    """The prior in an artifact's tensors. Raises ParseError where they do not fit the card."""
    try:
        features, slope = (tensors[f"prior.{part}"].float() for part in ("features", "slope"))
        label, neighbours = (tensors[f"prior.{part}"].long() for part in ("label", "kin"))
        size = config.size + config.partials
        fits = features.shape == (len(label), size) and neighbours.shape == (len(label), NEIGHBOURS)
        fits = fits and slope.shape[2] == size and int(neighbours.min()) >= 0
        fits = fits and int(neighbours.max()) < len(label) and int(label.max()) < len(slope)
    except (KeyError, RuntimeError, IndexError) as error:
        raise ParseError(f"the weights of {name} lack a part of an additive prior") from error
    if not fits or not features.isfinite().all() or not slope.isfinite().all():
        raise ParseError(f"the weights of {name} do not fit its configuration")
    return NeighbourPrior(features, label, neighbours, slope)
