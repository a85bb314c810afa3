"""What the first stage of the one-shot generator's training minimises, and how well it does.

The held-out sounds are rebuilt now and then: when that no longer gets better, going on would only
learn the others by heart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from starling.models.datasets.training_set import SoundSet
from starling.models.oneshot.batches import Batch, Batches
from starling.models.oneshot.network import Conditions, Config, OneShot
from starling.models.training import spectral_losses

FEWEST = 4  # held-out sounds, to say anything by them
BATCHES = 4  # of held-out sounds, always the same


def compute_loss(
    model: torch.nn.Module, head: OneShot, batch: Batch, weights: spectral_losses.Weights
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
        "divergence": spectral_losses.divergence(mean, log_variance, weights.free),
    }
    total = torch.stack([getattr(weights, name) * value for name, value in parts.items()]).sum()
    return total, parts


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
