"""The dense GAN on magnitude spectrograms, after MockingBot (2022): a baseline, not ours.

Built from a description of what was published, at two of its states (RECIPES). A stack of dense
layers draws the whole picture at once; a convolutional discriminator judges it; the inverse
transform has no phase (`magnitudes`). One class of sounds, no conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.baselines.magnitude_stft import Front, magnitudes, over_maximum

LEAK = 0.3
DROPOUT = 0.3
KERNEL, STRIDE = 5, 2
SAME = (1, 2, 1, 2)  # TensorFlow's "same" padding of kernel 5, stride 2 at even sizes
CHANNELS = (16, 128)
PUBLISHED = Front()


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes and training as published at the last commit (0a8395e)."""

    latent: int = 128
    layers: tuple[int, ...] = (25, 100, 200, 300, 400, 640)  # the first is a bottleneck
    generator_rate: float = 0.1  # a hundred times the usual, as published
    discriminator_rate: float = 0.001
    batch: int = 64
    over_maximum: bool = False  # each picture over its maximum, or as the transform gives it
    front: Front = PUBLISHED


RECIPES = {
    "head": Config(),
    "8c0a7a9": Config(
        latent=100, generator_rate=1e-4, discriminator_rate=2e-5, batch=44, over_maximum=True
    ),
}
DEFAULT = "8c0a7a9"  # the recipe "head" soon makes one sound only, whatever the latent


class Generator(nn.Module):
    """Latents (B, latent) to pictures (B, frames, bins): linear at the end, so negative at will."""

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
            latent = functional.relu(layer(latent))
        picture: Tensor = last(latent)
        return picture.view(-1, *self.shape)


class Discriminator(nn.Module):
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
        seen = pictures[:, None]  # (B, 1, frames, bins)
        for layer in (self.first, self.second):
            seen = functional.leaky_relu(layer(functional.pad(seen, SAME)), LEAK)
            seen = functional.dropout(seen, DROPOUT, self.training)
        in_order = seen.permute(0, 2, 3, 1)  # channels last, as stored: no copy, nor in Keras
        logits: Tensor = self.last(in_order.flatten(1))
        return logits[:, 0].float()  # the loss in single precision, whatever the layers run in


class DenseGan(nn.Module):
    """Both networks; what is trained."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.generator = Generator(config)
        self.discriminator = Discriminator(config)

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
        real = magnitudes(windows, self.config.front)
        if self.config.over_maximum:
            real = over_maximum(real)
        latent = torch.randn(len(real), self.config.latent, device=real.device)
        judged_real = self.discriminator(real)
        judged_made = self.discriminator(self.generator(latent))
        return {
            "generator": functional.softplus(-judged_made).mean(),
            "discriminator": functional.softplus(-judged_real).mean()
            + functional.softplus(judged_made).mean(),
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
