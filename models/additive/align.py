"""Put the partials of like sounds in like places, so that their vectors can be averaged.

Fitted partials have no order. Each class gets a template (a pitch and a loudness for each place)
and each sound's partials the places that suit them best, in turn: k-means with one of each.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from starling.models.additive import synthesizer
from starling.models.additive.synthesizer import Config

ROUNDS = 5  # few sounds change places after three
HEARD = -8.0  # ln amplitude: partials that never exceed it are idle
FULL = 3.0  # nats above HEARD at which a partial counts in full
PITCH_SPREAD = 0.25  # ln Hz, four semitones: this far off costs as much as ...
LEVEL_SPREAD = 2.0  # ... this many nats of loudness
OF_PARTIALS = ("pitch", "drift", "phase", "level")


def audible(level: Tensor) -> Tensor:
    """How much each partial counts, 0..1, from levels (N, partials, knots)."""
    return ((level.amax(dim=2) - HEARD) / FULL).clamp(0.02, 1.0)


def centred(vectors: Tensor, config: Config) -> Tensor:
    """The same sounds, with the glide's mean over what is loud moved into the pitches."""
    parts = {name: part.clone() for name, part in synthesizer.unpack(vectors, config).items()}
    energy = (2 * parts["level"]).exp().sum(dim=1)  # (N, levels): loudness over time
    places = torch.linspace(0, energy.shape[1] - 1, config.glides).round().long()
    weight = energy[:, places]
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
    """One class."""
    parts = {name: part.clone() for name, part in synthesizer.unpack(vectors, config).items()}
    _take(parts, torch.argsort(parts["pitch"], dim=1))
    for _ in range(ROUNDS):
        pitch, loud = _template(parts)
        _take(parts, torch.stack([_places(row, parts, pitch, loud) for row in range(len(vectors))]))
    weight = audible(parts["level"])
    pitch, _ = _template(parts)
    drift = (parts["drift"] * weight[..., None]).sum(dim=0) / weight.sum(dim=0)[:, None]
    parts["pitch"] = torch.lerp(pitch.expand_as(parts["pitch"]), parts["pitch"], weight)
    parts["drift"] = torch.lerp(drift.expand_as(parts["drift"]), parts["drift"], weight[..., None])
    return synthesizer.pack(parts, config)


def _take(parts: dict[str, Tensor], order: Tensor) -> None:
    """Reorder the partials of each sound by `order` (N, partials)."""
    for name in OF_PARTIALS:
        part = parts[name]
        wide = order.view(*order.shape, *[1] * (part.ndim - 2)).expand_as(part)
        parts[name] = torch.gather(part, 1, wide)


def _template(parts: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Mean pitch and loudness (partials,) of each place, by those that are heard there."""
    weight = audible(parts["level"])
    pitch = (parts["pitch"] * weight).sum(dim=0) / weight.sum(dim=0)
    return pitch, parts["level"].amax(dim=2).clamp(min=HEARD).mean(dim=0)


def _places(row: int, parts: dict[str, Tensor], pitch: Tensor, loud: Tensor) -> Tensor:
    """Which partial of a sound each place gets: the cheapest assignment."""
    own = parts["level"][row].amax(dim=1).clamp(min=HEARD)
    weight = audible(parts["level"][row][None])[0]
    away = (parts["pitch"][row][None] - pitch[:, None]).abs() / PITCH_SPREAD
    quieter = (own[None] - loud[:, None]).abs() / LEVEL_SPREAD
    cost = ((away.clamp(max=math.log(64) / PITCH_SPREAD) + quieter) * weight[None]).numpy()
    _, partials = linear_sum_assignment(np.asarray(cost, np.float64))
    return torch.from_numpy(partials)
