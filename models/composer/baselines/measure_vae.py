"""The published VAE of NES-Music-Maker: eight measures of 96 frames as 124 numbers, and back.

Each frame of a voice is one of its notes, or none, as zeros and ones. Dense layers on each measure
by itself, one over all of them, mean and spread; then the same backwards, and a sigmoid for each
note. The full model has four voices, the reduced one P1 alone. The first layer adds up the rows
that the ones select: a dense layer on zeros and ones that need never be written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor, nn

from starling.models.composer.songs import CLASSES, VOICES

EPSILON = 1e-3  # of batch normalisation in Keras
NOTES = tuple(size - 1 for size in CLASSES)  # without silence


@dataclass(frozen=True, slots=True)
class Config:
    """The published sizes; 4 voices, or 1 for P1 alone."""

    voices: int = len(VOICES)
    measures: int = 8
    frames: int = 96  # of a measure
    widths: tuple[int, int] = (500, 200)  # of the layers on each measure
    hidden: int = 800  # of the layer over all measures
    latent: int = 124
    dropout: float = 0.1
    noise: float = 0.02  # of the posterior's spread, so that it is an autoencoder almost
    divergence: float = 0.1  # weight in the loss
    batch: int = 100
    plain: bool = False  # the reduced model: no normalisation before the latent, a layer less after


REDUCED = Config(1, widths=(2000, 200), hidden=1600, batch=300, plain=True)


class FirstLayer(nn.Module):
    """A dense layer on zeros and ones: classes (n, voices, frames) to vectors (n, width)."""

    starts: Tensor

    def __init__(self, voices: int, frames: int, width: int) -> None:
        super().__init__()
        sizes = [notes for notes in NOTES[:voices] for _ in range(frames)]
        starts = torch.tensor([0, *accumulate(sizes)][:-1]).view(voices, frames)
        self.register_buffer("starts", starts, persistent=False)
        self.rows = nn.EmbeddingBag(1 + sum(sizes), width, mode="sum", padding_idx=0)
        bound = (6 / (sum(sizes) + width)) ** 0.5  # Glorot and Bengio (2010), as in Keras
        nn.init.uniform_(self.rows.weight, -bound, bound)
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, classes: Tensor) -> Tensor:
        """Silence adds nothing."""
        places = (self.starts + classes) * (classes > 0)
        found: Tensor = self.rows(places.flatten(1))
        return found + self.bias


class MeasureVae(nn.Module):
    """Pieces (B, voices, measures, frames) of classes to latents (B, latent) and back to notes."""

    space_mean: Tensor
    space_axes: Tensor
    space_scales: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config, (wide, narrow) = config, config.widths
        self.first = FirstLayer(config.voices, config.frames, wide)
        self.measure_in = nn.Sequential(self._after(wide, config.plain), self._dense(wide, narrow))
        self.whole_in = self._dense(config.measures * narrow, config.hidden)
        self.mean = nn.Linear(config.hidden, config.latent)
        self.log_variance = nn.Linear(config.hidden, config.latent)
        whole_out = [self._layer(config.latent, config.hidden)]
        if not config.plain or config.hidden != config.measures * narrow:
            whole_out.append(self._layer(config.hidden, config.measures * narrow))
        self.whole_out = nn.Sequential(*whole_out)
        between = [self._layer(narrow, narrow)] if config.plain else []
        self.measure_out = nn.Sequential(*between, self._layer(narrow, wide))
        self.heads = nn.ModuleList(
            nn.Linear(wide, config.frames * notes) for notes in NOTES[: config.voices]
        )
        for name, weight in self.named_parameters():
            if weight.ndim == 2 and not name.startswith("first."):
                nn.init.xavier_uniform_(weight)
        self.register_buffer("space_mean", torch.zeros(config.latent))
        self.register_buffer("space_axes", torch.eye(config.latent))
        self.register_buffer("space_scales", torch.ones(config.latent))

    def _after(self, width: int, plain: bool = False) -> nn.Sequential:
        """What follows a dense layer."""
        if plain:
            return nn.Sequential(nn.ReLU())
        return nn.Sequential(
            nn.BatchNorm1d(width, eps=EPSILON), nn.ReLU(), nn.Dropout(self.config.dropout)
        )

    def _dense(self, size: int, width: int) -> nn.Sequential:
        """A layer of the encoder, which the reduced model does not normalise."""
        return nn.Sequential(nn.Linear(size, width), self._after(width, self.config.plain))

    def _layer(self, size: int, width: int) -> nn.Sequential:
        """A layer of the decoder."""
        return nn.Sequential(nn.Linear(size, width), self._after(width))

    def encode(self, pieces: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance (B, latent) of pieces."""
        each = pieces.transpose(1, 2).flatten(0, 1)  # (B measures, voices, frames)
        x = self.measure_in(self.first(each)).view(len(pieces), -1)
        x = self.whole_in(x)
        return self.mean(x), self.log_variance(x)

    def decode(self, latents: Tensor) -> list[Tensor]:
        """For each voice a number 0..1 for each note (B, measures, frames, notes)."""
        config = self.config
        x = self.whole_out(latents).view(len(latents) * config.measures, -1)
        x = self.measure_out(x)
        shape = (len(latents), config.measures, config.frames, -1)
        return [torch.sigmoid(head(x)).view(shape) for head in self.heads]

    def losses(self, pieces: Tensor) -> tuple[Tensor, Tensor]:
        """The sum over voices of the mean squared error, and the mean divergence."""
        mean, log_variance = self.encode(pieces)
        spread = (log_variance / 2).exp() * self.config.noise * self.training
        outputs = self.decode(mean + spread * torch.randn_like(mean))
        errors = [squared_error(each, pieces[:, voice]) for voice, each in enumerate(outputs)]
        divergence = (mean**2 + log_variance.exp() - 1 - log_variance).mean()
        return torch.stack(errors).sum(), divergence

    def forward(self, pieces: Tensor, state: None = None) -> tuple[Tensor, None]:
        """The published loss: of each voice its error and a voice's share of the divergence."""
        error, divergence = self.losses(pieces)
        return error + self.config.divergence * divergence, None

    def constrain(self) -> None:
        """No weights are bounded."""


def squared_error(outputs: Tensor, classes: Tensor) -> Tensor:
    """The mean of (output - one or zero) squared, outputs (..., notes), classes (...)."""
    chosen = outputs.gather(-1, (classes - 1).clamp(min=0)[..., None])[..., 0]
    ones = ((1 - 2 * chosen) * (classes > 0)).sum()
    return ((outputs**2).sum() + ones) / outputs.numel()
