"""The second stage of the one-shot generator's training: decoder against discriminators.

The encoder stays as the first stage left it, and so does the prior fitted on its latents. Half of
a batch is decoded from sounds' own latents, which keeps encode and morph true to the recordings;
the other half from the prior, which is what a player will hear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from starling.models.dsp import spectral_losses
from starling.models.oneshot import discriminator
from starling.models.oneshot.batches import Batch, Batches
from starling.models.oneshot.discriminator import Discriminator, DiscriminatorConfig
from starling.models.oneshot.latent_prior import LatentPrior, fit, from_tensors
from starling.models.oneshot.network import Conditions, OneShot
from starling.models.oneshot.reconstruction import Weights
from starling.models.training import checkpoint

GAIN_DB = 6.0  # of the augmentation, either way; real and generated sounds get the same
SHIFT_SECONDS = 0.02
KNOB_REACH = 0.5  # of a knob's way that players' turns of it go in training
CLIP = 10.0  # of the discriminators' gradients


@dataclass(frozen=True, slots=True)
class Second:
    """Settings of the stage. `share` of the whole budget goes to it; 0 leaves it out."""

    share: float = 0.4
    batch: int = 8
    rate: float = 3e-4  # of the decoder
    judge_rate: float = 6e-4
    alone: float = 0.04  # share of the stage in which only the discriminators learn
    persuade: float = 0.1
    match: float = 0.5
    reconstruct: float = 1.0  # of the first stage's loss


@dataclass(slots=True)
class AdversarialState:
    """The discriminators, their optimiser, and the prior that half of the sounds come from."""

    settings: Second
    discriminator: Discriminator
    optimizer: torch.optim.Optimizer
    prior: LatentPrior

    def to(self, device: torch.device) -> None:
        """Follow the model to its device."""
        if next(self.discriminator.parameters()).device == device:
            return
        self.discriminator.to(device)
        self.prior = self.prior.to(device)
        self.optimizer.load_state_dict(self.optimizer.state_dict())

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a resumed run needs."""
        slots = checkpoint.flatten(self.optimizer.state_dict())
        weights = {
            f"judge.{name}": value for name, value in self.discriminator.state_dict().items()
        }
        return weights | self.prior.tensors() | slots

    def restore(self, saved: dict[str, Tensor]) -> None:
        """Take up where `tensors` left off, the prior apart."""
        self.discriminator.load_state_dict(_part(saved, "judge."))
        slots = checkpoint.unflatten(_part(saved, "optimizer."))
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": slots})


def _part(saved: dict[str, Tensor], start: str) -> dict[str, Tensor]:
    """The entries whose names begin so, without that beginning."""
    return {name.removeprefix(start): v for name, v in saved.items() if name.startswith(start)}


def prior_of(saved: dict[str, Tensor]) -> LatentPrior:
    """The prior among saved tensors."""
    return from_tensors(saved)


@torch.no_grad()
def encode(model: OneShot, batches: Batches, rows: Iterable[int]) -> Tensor:
    """The means of the latents (n, size) of training sounds without augmentation, on the CPU."""
    device, means = next(model.parameters()).device, []
    for index in rows:
        sound, given, melody = batches.plain(index)
        there = Conditions(given.label.to(device), given.ranks.to(device))
        means.append(model.encode(sound.to(device), there, melody.to(device))[0][0].cpu())
    return torch.stack(means)


def fit_prior(model: OneShot, batches: Batches) -> LatentPrior:
    """Fit the prior, on the CPU, on the latents of the training sounds."""
    means = encode(model, batches, range(len(batches.signals)))
    labels, ranks = torch.from_numpy(batches.labels), torch.from_numpy(batches.ranks)
    return fit(means, labels, ranks, len(model.config.classes))


def open_state(settings: Second, classes: int, prior: LatentPrior, seed: int) -> AdversarialState:
    """Fresh discriminators, seeded."""
    torch.manual_seed(seed)
    network = Discriminator(DiscriminatorConfig(classes))
    optimizer = torch.optim.AdamW(
        network.parameters(), settings.judge_rate, betas=(0.5, 0.9), weight_decay=0.0
    )
    return AdversarialState(settings, network, optimizer, prior)


def decoder_parameters(model: OneShot) -> Iterator[nn.Parameter]:
    """What the second stage trains: everything but the encoder."""
    return (value for name, value in model.named_parameters() if not name.startswith("encoder."))


def step(
    state: AdversarialState,
    model: OneShot,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    weights: Weights,
    *,
    draw: int,
    alone: bool,
    clip: float,
) -> dict[str, Tensor]:
    """One step of either side; the parts of their losses. `draw` seeds the augmentation."""
    made = _make(state, model, batch)
    half, label = made.half, batch.given.label
    real = batch.sound[:, : made.sound.shape[1]]
    vary = _augmentation(len(real), draw, model.config.head.sample_rate, real.device)
    parts = {"judge": _train_discriminator(state, vary(real), vary(made.sound.detach()), label)}
    if alone:
        return parts
    state.discriminator.requires_grad_(False)
    output = state.discriminator(vary(made.sound), label)
    with torch.no_grad():
        wanted = state.discriminator(vary(real[:half]), label[:half])
    parts["persuasion"] = discriminator.generator_loss(output)
    parts["matching"] = discriminator.feature_matching(wanted, [_first(v, half) for v in output])
    known = _reconstruction(model, made, batch)
    parts |= known
    settings = state.settings
    total = settings.persuade * parts["persuasion"] + settings.match * parts["matching"]
    for name, value in known.items():
        total = total + settings.reconstruct * getattr(weights, name) * value
    optimizer.zero_grad()
    total.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(list(decoder_parameters(model)), clip)
    optimizer.step()
    state.discriminator.requires_grad_(True)
    return parts


def _first(
    output: discriminator.DiscriminatorOutput, count: int
) -> discriminator.DiscriminatorOutput:
    """The output for the first sounds of a batch."""
    features = tuple(feature[:count] for feature in output.features)
    return discriminator.DiscriminatorOutput(output.score[:count], features)


@dataclass(frozen=True, slots=True)
class _Made:
    """Sounds (B, frames), the head's controls, log seconds (B,); the first `half` are
    reconstructions.
    """

    sound: Tensor
    raw: Tensor
    length: Tensor
    half: int


def _make(state: AdversarialState, model: OneShot, batch: Batch) -> _Made:
    """Half of a batch from its own latents, half of the same classes as a player would."""
    half = (len(batch.sound) + 1) // 2
    given = batch.given
    first = Conditions(given.label[:half], given.ranks[:half])
    with torch.no_grad():
        mean, log_variance = model.encode(batch.sound[:half], first, batch.melody[:half])
        own = model.posterior(mean, log_variance, batch.jitter[:half])
        knobs = 0.5 + KNOB_REACH * (given.ranks[half:] - 0.5)
        drawn, ranks = state.prior.from_noise_batch(given.label[half:], knobs, batch.jitter[half:])
        played = Conditions(given.label, torch.cat([first.ranks, ranks]))
    mixed = model.mixed(torch.cat([own, drawn]), played)
    frames = min((batch.noise.shape[-1] - 1) * model.config.head.hop, batch.sound.shape[-1])
    sound, raw = model.decoder(mixed, batch.noise, frames, track=batch.body_hz[:half])
    return _Made(sound, raw, model.decoder.length(mixed)[:, 0], half)


def _reconstruction(model: OneShot, made: _Made, batch: Batch) -> dict[str, Tensor]:
    """The first stage's loss, without the divergence: the encoder rests."""
    half = made.half
    sound, wanted = made.sound[:half], batch.sound[:half, : made.sound.shape[1]]
    spectral, convergence = spectral_losses.spectral(sound, wanted, model.config.head.sample_rate)
    pitch = model.decoder.head.body(made.raw[:half])[..., 0]
    return {
        "spectral": spectral,
        "convergence": convergence,
        "phase": spectral_losses.phase(sound, wanted),
        "onset": spectral_losses.onset(sound, wanted),
        "body": spectral_losses.body(pitch, batch.body_hz[:half], batch.body_weight[:half]),
        "length": (made.length[:half] - batch.seconds[:half]).abs().mean(),
    }


def _train_discriminator(
    state: AdversarialState, real: Tensor, made: Tensor, label: Tensor
) -> Tensor:
    """One step of the discriminators."""
    state.discriminator.train()
    loss = discriminator.hinge(state.discriminator(real, label), state.discriminator(made, label))
    state.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.discriminator.parameters(), CLIP)
    state.optimizer.step()
    return loss.detach()


def _augmentation(count: int, draw: int, rate: int, device: torch.device) -> Any:
    """Gain, polarity and shift of each place in a batch, the same for real and generated sounds
    (arXiv 2006.10738): few recordings cannot be learned by heart.
    """
    rng = np.random.default_rng([draw, 2])
    gain = 10 ** (rng.uniform(-GAIN_DB, GAIN_DB, count) / 20) * rng.choice([-1.0, 1.0], count)
    factor = torch.from_numpy(gain.astype(np.float32)).to(device)[:, None]
    shift = int(rng.integers(0, int(SHIFT_SECONDS * rate)))

    def vary(sound: Tensor) -> Tensor:
        kept = sound[:, : sound.shape[1] - shift]
        return nn.functional.pad(kept * factor[: len(sound)], (shift, 0))

    return vary
