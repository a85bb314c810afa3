"""The perceptual embedding: a small convolutional network from a log-mel to a unit vector.

Trained so that the same preset at other keys, velocities and lengths lies near itself and other
presets lie further away (NT-Xent; Chen et al., arXiv 2002.05709). The maths in torch, for training;
numpy_forward.py is the same in numpy. Shapes: B sounds, T steps in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.dsp import mel

EPSILON = 1e-5  # under the root of the deviation over time: its gradient at 0 is infinite


@dataclass(frozen=True, slots=True)
class Config:
    """Shape of the network; the defaults are those of the shipped weights."""

    bands: int = mel.BANDS
    steps: int = mel.STEPS
    channels: tuple[int, ...] = (24, 48, 96, 160)
    strides: tuple[tuple[int, int], ...] = ((2, 2), (2, 2), (2, 2), (2, 1))  # bands, steps
    hidden: int = 256
    size: int = 128  # numbers in a vector
    centre: float = -1.8  # mean and deviation of log-mels,
    scale: float = 3.0  # measured over amsynth's presets

    @property
    def pooled(self) -> int:
        """Numbers that describe one step in time."""
        bands = self.bands
        for stride, _ in self.strides:
            bands = -(-bands // stride)
        return bands * self.channels[-1]


class ConvBlock(nn.Module):
    """3x3 convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, bands, steps) to (B, outputs, bands / stride, steps / stride)."""
        return functional.relu(self.norm(self.conv(x)))


class Timbre(nn.Module):
    """Log-mels (B, bands, steps) at the standard level to unit vectors (B, size)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        widths = (1, *config.channels)
        self.blocks = nn.Sequential(
            *(
                ConvBlock(inputs, outputs, stride)
                for inputs, outputs, stride in zip(
                    widths[:-1], config.channels, config.strides, strict=True
                )
            )
        )
        self.hidden = nn.Linear(3 * config.pooled, config.hidden)
        self.head = nn.Linear(config.hidden, config.size)

    def forward(self, log_mel: Tensor) -> Tensor:
        """(B, bands, steps) to (B, size), pooled by mean, maximum and deviation over time."""
        x = (log_mel.unsqueeze(1) - self.config.centre) / self.config.scale  # (B, 1, bands, steps)
        x = self.blocks(x).flatten(1, 2)  # (B, pooled, T)
        with torch.autocast(x.device.type, enabled=False):  # half precision blurs the angles
            x = x.float()
            deviation = (x.var(dim=2, correction=0) + EPSILON).sqrt()  # (B, pooled)
            pooled = torch.cat([x.mean(dim=2), x.amax(dim=2), deviation], dim=1)  # (B, 3 pooled)
            return functional.normalize(self.head(functional.relu(self.hidden(pooled))), dim=1)


def nt_xent(one: Tensor, two: Tensor, same: Tensor, temperature: float) -> Tensor:
    """Cross-entropy of finding each one's partner among all of the other side, both ways.

    `one` and `two` (B, size) are unit vectors of the same presets; `same` (B, B) marks pairs that
    are no negatives: presets that sound the same.
    """
    scores = one @ two.T / temperature  # (B, B), cosines
    partner = torch.eye(len(one), dtype=torch.bool, device=one.device)
    scores = scores.masked_fill(same & ~partner, float("-inf"))
    target = torch.arange(len(one), device=one.device)
    ways = functional.cross_entropy(scores, target) + functional.cross_entropy(scores.T, target)
    return ways / 2
