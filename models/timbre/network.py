"""The perceptual embedding: a small convolutional network from a log-mel to a unit vector.

Trained so that the same preset at other keys, velocities and lengths lies near itself and other
presets lie further away (NT-Xent; Chen et al., arXiv 2002.05709), with distances in the order of
those of plain spectra. The maths in torch, for training; numpy_forward.py is the same in numpy.
Shapes: B sounds, T steps in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.dsp import mel

POOLED = (8, 5)  # bands and steps averaged, for the distances of plain spectra,
PLAIN = -2.0  # and the floor under them
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
    floor: float = -1.0  # of log-mels: 50 dB under the loudest band; rooms and few bits are below

    @property
    def pooled(self) -> int:
        """Numbers that describe one step in time."""
        bands = self.bands
        for stride, _ in self.strides:
            bands = -(-bands // stride)
        return bands * self.channels[-1]


def front(log_mel: Tensor, config: Config) -> Tensor:
    """Log-mels (B, bands, steps) as the first block takes them, (B, 1, bands, steps)."""
    return ((log_mel.clamp(min=config.floor) - config.centre) / config.scale).unsqueeze(1)


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
        x = self.blocks(front(log_mel, self.config)).flatten(1, 2)  # (B, pooled, T)
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


def relation_loss(vectors: Tensor, log_mel: Tensor) -> Tensor:
    """How unlike the distances of vectors (B, size) are to those of their sounds, 0 to 2.

    1 minus Pearson's correlation, the mean over sounds, of distances to all others; those of
    log-mels (B, bands, steps) are of means over POOLED bands and steps above PLAIN, which grow as a
    knob is turned (relational distillation; Park et al., arXiv 1904.05068).
    """
    plain = functional.avg_pool2d(log_mel.clamp(min=PLAIN).unsqueeze(1), POOLED).flatten(1)
    others = ~torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    apart = [
        distances[others].reshape(len(vectors), -1)  # (B, B - 1)
        for distances in (torch.cdist(vectors, vectors).clamp(min=1e-4), torch.cdist(plain, plain))
    ]
    one, two = (each - each.mean(dim=1, keepdim=True) for each in apart)
    return 1 - functional.cosine_similarity(one, two, dim=1).mean()
