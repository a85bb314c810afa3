"""Order the partials of the sounds of a class alike, so that their vectors can be averaged.

Fitted partials have no order. Each class gets a template (a pitch and a level for each place), to
which every sound's partials are assigned (the Hungarian algorithm); both steps alternate, as in
k-means. Shapes: N sounds, K partials.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from starling.models.additive import synthesizer
from starling.models.additive.synthesizer import Config

ITERATIONS = 5  # few assignments change after three
IDLE_BELOW = -8.0  # ln amplitude: partials that never exceed it are idle, -69 dB
FULL_WEIGHT = 3.0  # nats above IDLE_BELOW from which a partial counts in full
PITCH_SPREAD = 0.25  # ln Hz, four semitones: the unit of pitch in the cost of an assignment
LEVEL_SPREAD = 2.0  # nats, the unit of level in it
PER_PARTIAL = ("pitch", "drift", "phase", "level")


def audibility_of(level: Tensor) -> Tensor:
    """Weight (N, K) of each partial, 0..1, from levels (N, K, knots)."""
    return ((level.amax(dim=2) - IDLE_BELOW) / FULL_WEIGHT).clamp(0.02, 1.0)


def centred(vectors: Tensor, config: Config) -> Tensor:
    """The same sounds, with the glide's mean over what is loud moved into the pitches."""
    parts = {name: part.clone() for name, part in synthesizer.unpack(vectors, config).items()}
    energy = (2 * parts["level"]).exp().sum(dim=1)  # (N, levels): loudness over time
    places = torch.linspace(0, energy.shape[1] - 1, config.glides).round().long()
    weight = energy[:, places]  # (N, glides)
    mean = (parts["glide"] * weight).sum(dim=1) / weight.sum(dim=1)
    parts["glide"] = parts["glide"] - mean[:, None]
    parts["pitch"] = parts["pitch"] + mean[:, None]
    return synthesizer.pack(parts, config)


def aligned(vectors: Tensor, labels: Tensor, config: Config) -> Tensor:
    """Vectors (N, size) of classes (N,), each with its partials in the order of its class.

    The glides are centred; idle partials take their pitch and drift from the template.
    """
    moved = centred(vectors, config)
    for label in torch.unique(labels):
        rows = torch.nonzero(labels == label)[:, 0]
        moved[rows] = _align_class(moved[rows], config)
    return moved


def _align_class(vectors: Tensor, config: Config) -> Tensor:
    """Vectors (N, size) of one class, aligned."""
    parts = {name: part.clone() for name, part in synthesizer.unpack(vectors, config).items()}
    _take(parts, torch.argsort(parts["pitch"], dim=1))
    for _ in range(ITERATIONS):
        pitch, loud = _template(parts)
        _take(parts, torch.stack([_places(row, parts, pitch, loud) for row in range(len(vectors))]))
    weight = audibility_of(parts["level"])
    pitch, _ = _template(parts)  # (K,)
    drift = (parts["drift"] * weight[..., None]).sum(dim=0) / weight.sum(dim=0)[:, None]
    parts["pitch"] = torch.lerp(pitch.expand_as(parts["pitch"]), parts["pitch"], weight)
    parts["drift"] = torch.lerp(drift.expand_as(parts["drift"]), parts["drift"], weight[..., None])
    return synthesizer.pack(parts, config)


def _take(parts: dict[str, Tensor], order: Tensor) -> None:
    """Reorder the partials of each sound by `order` (N, K), in place."""
    for name in PER_PARTIAL:
        part = parts[name]
        wide = order.view(*order.shape, *[1] * (part.ndim - 2)).expand_as(part)
        parts[name] = torch.gather(part, 1, wide)


def _template(parts: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Mean pitch and level (K,) of each place, weighted by audibility."""
    weight = audibility_of(parts["level"])
    pitch = (parts["pitch"] * weight).sum(dim=0) / weight.sum(dim=0)
    return pitch, parts["level"].amax(dim=2).clamp(min=IDLE_BELOW).mean(dim=0)


def _places(row: int, parts: dict[str, Tensor], pitch: Tensor, loud: Tensor) -> Tensor:
    """The partial (K,) of one sound for each place: the cheapest assignment."""
    own = parts["level"][row].amax(dim=1).clamp(min=IDLE_BELOW)
    weight = audibility_of(parts["level"][row][None])[0]  # (K,)
    # (K places, K partials), in spreads
    away = (parts["pitch"][row][None] - pitch[:, None]).abs() / PITCH_SPREAD
    quieter = (own[None] - loud[:, None]).abs() / LEVEL_SPREAD
    cost = ((away.clamp(max=math.log(64) / PITCH_SPREAD) + quieter) * weight[None]).numpy()
    _, partials = linear_sum_assignment(np.asarray(cost, np.float64))
    return torch.from_numpy(partials)
