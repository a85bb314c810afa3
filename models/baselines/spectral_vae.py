"""The dense VAE on magnitude spectrograms, after MockingBot's history (f63aae1): a baseline.

Built from a description of what was published. Three numbers stand for a whole sound: its author
found blends with little variety.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.baselines.dense_gan import start_as_keras
from starling.models.baselines.magnitude_stft import SpectrogramSettings, magnitudes, over_maximum

PUBLISHED = SpectrogramSettings(frame=2048, step=50, fft=2048, frames=160, bins=1025)


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes and training as published, for 40 epochs; the window is that of the dense GAN."""

    latent: int = 3
    width: int = 256
    rate: float = 0.02
    batch: int = 44
    front: SpectrogramSettings = PUBLISHED


RECIPES = {
    "f63aae1": Config(),
    "steady": Config(rate=0.001),  # ours: with the published rate Adam diverges on our recordings
}
DEFAULT = "f63aae1"


class DenseEncoder(nn.Module):
    """Pictures (B, frames, bins) to mean and log-variance, each (B, latent)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.hidden = nn.Linear(config.front.frames * config.front.bins, config.width)
        self.mean = nn.Linear(config.width, config.latent)
        self.log_variance = nn.Linear(config.width, config.latent)
        self.apply(start_as_keras)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """(B, frames, bins) to two of (B, latent)."""
        hidden = functional.relu(self.hidden(pictures.flatten(1)))  # (B, width)
        return self.mean(hidden), self.log_variance(hidden)


class DenseDecoder(nn.Module):
    """Latents (B, latent) to pictures (B, frames, bins) within 0..1."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.shape = (config.front.frames, config.front.bins)
        self.hidden = nn.Linear(config.latent, config.width)
        self.last = nn.Linear(config.width, config.front.frames * config.front.bins)
        self.apply(start_as_keras)

    def forward(self, latent: Tensor) -> Tensor:
        """(B, latent) to (B, frames, bins)."""
        return torch.sigmoid(self.logits(latent))

    def logits(self, latent: Tensor) -> Tensor:
        """The same before the sigmoid, for a loss that cannot overflow."""
        picture: Tensor = self.last(functional.relu(self.hidden(latent)))
        return picture.view(-1, *self.shape)


class SpectralVae(nn.Module):
    """Encoder and decoder; what is trained."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.encode = DenseEncoder(config)
        self.decode = DenseDecoder(config)

    def rates(self) -> dict[str, float]:
        """Adam's rate, one for all."""
        return {"": self.config.rate}

    def forward(self, windows: Tensor) -> dict[str, Tensor]:
        """The loss for sounds (B, window): cross-entropy of each cell, summed, plus the divergence.

        Kingma and Welling, arXiv 1312.6114, equation 10: the half is in the divergence.
        """
        real = over_maximum(magnitudes(windows, self.config.front))  # (B, frames, bins)
        mean, log_variance = self.encode(real)  # (B, latent) each
        latent = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
        made = self.decode.logits(latent)  # (B, frames, bins)
        cells = functional.binary_cross_entropy_with_logits(made, real) * real[0].numel()
        spread = mean.square() + log_variance.exp() - 1 - log_variance
        return {"": cells + 0.5 * spread.sum(dim=1).mean()}

    def measure(self, windows: Tensor) -> Tensor:
        """The loss for sounds (B, window) that need not be those of training."""
        loss: Tensor = self(windows)[""]
        return loss

    def decoder(self) -> nn.Module:
        """The part that plays."""
        return self.decode
