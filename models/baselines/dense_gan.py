"""The dense GAN on magnitude spectrograms, after MockingBot (2022): a baseline, not ours.

Built from a description of what was published, at two of its states (RECIPES). A stack of dense
layers generates the whole spectrogram at once, against a convolutional discriminator; the inverse
transform has no phase (magnitude_stft.py). One class of sounds, no conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.baselines.magnitude_stft import SpectrogramSettings, magnitudes, over_maximum

LEAK = 0.3  # slope of the leaky rectifiers
DROPOUT = 0.3
KERNEL, STRIDE = 5, 2
SAME = (1, 2, 1, 2)  # TensorFlow's "same" padding of kernel 5, stride 2 at even sizes
CHANNELS = (16, 128)
PUBLISHED = SpectrogramSettings()


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes and training as published at the last commit (0a8395e)."""

    latent: int = 128
    layers: tuple[int, ...] = (25, 100, 200, 300, 400, 640)  # the first is a bottleneck
    generator_rate: float = 0.1  # a hundred times the usual, as published
    discriminator_rate: float = 0.001
    batch: int = 64
    over_maximum: bool = False  # each picture over its maximum, or as the transform gives it
    front: SpectrogramSettings = PUBLISHED


RECIPES = {
    "head": Config(),
    "8c0a7a9": Config(
        latent=100, generator_rate=1e-4, discriminator_rate=2e-5, batch=44, over_maximum=True
    ),
}
DEFAULT = "8c0a7a9"  # the recipe "head" soon makes one sound only, whatever the latent


class DenseGenerator(nn.Module):
    """Latents (B, latent) to pictures (B, frames, bins): linear at the end, negative values too."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.shape = (config.front.frames, config.front.bins)
        widths = (config.latent, *config.layers, config.front.frames * config.front.bins)
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(widths))
        self.apply(start_as_keras)

    def forward(self, latent: Tensor) -> Tensor:
        """(B, latent) to (B, frames, bins)."""
        *hidden, last = self.layers
        for layer in hidden:
            latent = functional.relu(layer(latent))  # (B, width)
        picture: Tensor = last(latent)  # (B, frames * bins)
        return picture.view(-1, *self.shape)


class PictureDiscriminator(nn.Module):
    """Pictures (B, frames, bins) to one logit each (B,): above 0 for real."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        first, second = CHANNELS
        self.first = nn.Conv2d(1, first, KERNEL, STRIDE)
        self.second = nn.Conv2d(first, second, KERNEL, STRIDE)
        area = -(-config.front.frames // 4) * -(-config.front.bins // 4)
        self.last = nn.Linear(second * area, 1)
        self.apply(start_as_keras)
        for layer in (self.first, self.second):  # a third faster on a CPU:
            layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, frames, bins) to (B,)."""
        hidden = pictures[:, None]  # (B, 1, frames, bins)
        for layer in (self.first, self.second):
            hidden = functional.leaky_relu(
                layer(functional.pad(hidden, SAME)), LEAK
            )  # (B, C, ceil(frames / 2), ceil(bins / 2)), twice
            hidden = functional.dropout(hidden, DROPOUT, self.training)
        in_order = hidden.permute(0, 2, 3, 1)  # channels last, as stored: no copy, nor in Keras
        logits: Tensor = self.last(in_order.flatten(1))
        return logits[:, 0].float()  # the loss in single precision, whatever the layers run in


class DenseGan(nn.Module):
    """Both networks; what is trained."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.generator = DenseGenerator(config)
        self.discriminator = PictureDiscriminator(config)

    def rates(self) -> dict[str, float]:
        """Adam's rate for each of the parts that have a loss of their own."""
        return {
            "generator": self.config.generator_rate,
            "discriminator": self.config.discriminator_rate,
        }

    def forward(self, windows: Tensor) -> dict[str, Tensor]:
        """The loss of each part for sounds (B, window), both from one pass: plain BCE.

        The generator's is the non-saturating one (Goodfellow et al., arXiv 1406.2661, section 3).
        """
        real = magnitudes(windows, self.config.front)  # (B, frames, bins)
        if self.config.over_maximum:
            real = over_maximum(real)
        latent = torch.randn(len(real), self.config.latent, device=real.device)
        logits_real = self.discriminator(real)  # (B,)
        logits_made = self.discriminator(self.generator(latent))  # (B,)
        return {
            "generator": functional.softplus(-logits_made).mean(),
            "discriminator": functional.softplus(-logits_real).mean()
            + functional.softplus(logits_made).mean(),
        }

    def measure(self, windows: Tensor) -> Tensor:
        """How far the mean of as many made pictures is from that of sounds (B, window): 1 - cosine.

        A coarse one, but it falls as soon as the generator makes anything like them; a GAN's own
        losses say nothing of that.
        """
        real = magnitudes(windows, self.config.front)  # (B, frames, bins)
        made = self.generator(torch.randn(len(real), self.config.latent, device=real.device))
        means = real.mean(dim=0).flatten(), made.mean(dim=0).flatten()
        return 1 - functional.cosine_similarity(*means, dim=0)

    def decoder(self) -> nn.Module:
        """The part that plays."""
        return self.generator


def start_as_keras(module: nn.Module) -> None:
    """Weights uniform after Glorot, biases 0: what the published models started from."""
    if isinstance(module, nn.Linear | nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
