"""What the first stage of the one-shot generator's training minimises, and how well it does.

The held-out sounds are rebuilt now and then: when that no longer gets better, going on would only
learn the others by heart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from starling.models.datasets.training_set import SoundSet
from starling.models.dsp import spectral_losses
from starling.models.oneshot.batches import Batch, Batches
from starling.models.oneshot.network import Conditions, Config, OneShot

FEWEST = 4  # held-out sounds, to say anything by them
BATCHES = 4  # of held-out sounds, always the same
FREE = 1.0  # nats per latent dimension that cost nothing: 0.1 kept 11 nats of drums and 3 beside a
# melody, which explains most of a voice; a prior of kernels can draw from more


@dataclass(frozen=True, slots=True)
class Weights:
    """Weight of each part of the loss."""

    spectral: float = 1.0
    convergence: float = 0.5
    phase: float = (
        0.15  # small: it means nothing until the pitches agree (0.98 at first, 0.61 at the end)
    )
    onset: float = 0.1
    body: float = 1.0
    length: float = 0.1
    divergence: float = 0.0007  # per nat, after the ramp: 0.003 from the start kept only 3 nats
    free: float = FREE


def compute_loss(
    model: torch.nn.Module, head: OneShot, batch: Batch, weights: Weights
) -> tuple[Tensor, dict[str, Tensor]]:
    """Total loss and its parts; `head` is the bare module behind Fabric's wrapper."""
    sound, raw, length, mean, log_variance = model(
        batch.sound, batch.given.label, batch.given.ranks, batch.melody, batch.noise, batch.jitter,
        batch.body_hz,
    )  # fmt: skip
    rate, wanted = head.config.head.sample_rate, batch.sound[:, : sound.shape[1]]
    pitch = head.decoder.head.body(raw)[..., 0]
    spectral, convergence = spectral_losses.spectral(sound, wanted, rate)
    parts = {
        "spectral": spectral,
        "convergence": convergence,
        "phase": spectral_losses.phase(sound, wanted),
        "onset": spectral_losses.onset(sound, wanted),
        "body": spectral_losses.body(pitch, batch.body_hz, batch.body_weight),
        "length": (length - batch.seconds).abs().mean(),
        "divergence": divergence(mean, log_variance, weights.free),
    }
    total = torch.stack([getattr(weights, name) * value for name, value in parts.items()]).sum()
    return total, parts


def divergence(mean: Tensor, log_variance: Tensor, free: float = FREE) -> Tensor:
    """Kullback-Leibler divergence from N(0, I), in nats per sound, (B, latent) -> ().

    A dimension counts `free` nats at least (Kingma et al., arXiv 1606.04934).
    """
    each = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
    return each.mean(dim=0).clamp(min=free).sum()


def to_device(batch: Batch, fabric: Any) -> Batch:
    """Move every tensor of the batch to the device of the run."""
    moved = fabric.to_device
    return Batch(
        sound=moved(batch.sound),
        given=Conditions(moved(batch.given.label), moved(batch.given.ranks)),
        melody=moved(batch.melody),
        noise=moved(batch.noise),
        jitter=moved(batch.jitter),
        seconds=moved(batch.seconds),
        body_hz=moved(batch.body_hz),
        body_weight=moved(batch.body_weight),
    )


def validation(sounds: SoundSet, config: Config, size: int) -> Callable[[OneShot], float] | None:
    """What measures a model on the held-out sounds; None where there are too few."""
    if int(sounds.held_out.sum()) < FEWEST:
        return None
    return rebuilding_loss(Batches(replace(sounds, held_out=~sounds.held_out), config, size, 0))


def rebuilding_loss(batches: Batches) -> Callable[[OneShot], float]:
    """How far a model rebuilds sounds from their means: the mean of a few batches, the same each
    time.
    """

    @torch.no_grad()
    def measure(model: OneShot) -> float:
        device = next(model.parameters()).device
        found = []
        for step in range(BATCHES):
            batch = batches.draw(step)
            given = Conditions(batch.given.label.to(device), batch.given.ranks.to(device))
            made, *_ = model(
                batch.sound.to(device), given.label, given.ranks, batch.melody.to(device),
                batch.noise.to(device), torch.zeros_like(batch.jitter).to(device),
                batch.body_hz.to(device),
            )  # fmt: skip
            wanted = batch.sound[:, : made.shape[1]].to(device)
            logs, linear = spectral_losses.spectral(made, wanted, batches.config.head.sample_rate)
            found.append(float(logs + 0.5 * linear))
        return sum(found) / len(found)

    return measure
