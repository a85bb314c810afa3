"""Who tells generated one-shots from recorded ones: convolutions over complex spectrograms.

Three resolutions, each seeing the real and imaginary parts and the log magnitude; after the
multi-scale STFT discriminator of EnCodec (arXiv 2210.13438, section 3.4), made small enough for a
processor. Which class a sound claims to be is judged by projection (arXiv 1802.05637); spectral
normalisation (1802.05957) keeps the slope bounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

SLOPE = 0.2
FLOOR = 1e-4  # of a magnitude, -80 dB below a full-scale sine


@dataclass(frozen=True, slots=True)
class JudgeConfig:
    """Sizes of the discriminators."""

    classes: int
    resolutions: tuple[int, ...] = (2048, 512, 128)
    width: int = 12
    dropout: float = 0.1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one resolution says of each sound: `score` (B, places), above 0 for real; `features`."""

    score: Tensor
    features: tuple[Tensor, ...]


class Resolution(nn.Module):
    """One spectrogram and its convolutions: halved in frequency at each, then in time."""

    window: Tensor

    def __init__(self, n_fft: int, config: JudgeConfig) -> None:
        super().__init__()
        self.n_fft = n_fft
        self.register_buffer("window", torch.hann_window(n_fft) * (2 / n_fft), persistent=False)
        width = config.width
        plan = ((3, width, 1), (width, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2))
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(a, b, (3, 7), stride=(time, 2), padding=(1, 3)))
            for a, b, time in plan
        )
        self.dropout = nn.Dropout2d(config.dropout)
        self.out = spectral_norm(nn.Conv2d(4 * width, 1, (3, 3), padding=1))
        self.claim = nn.Embedding(config.classes, 4 * width)

    def picture(self, sound: Tensor) -> Tensor:
        """(B, 3, T, bins): real, imaginary, log magnitude. Loud and quiet parts weigh alike."""
        spectrum = torch.stft(
            sound, self.n_fft, self.n_fft // 4, window=self.window, return_complex=True
        ).transpose(1, 2)
        size = (spectrum.real.square() + spectrum.imag.square() + FLOOR**2).sqrt()
        scale = size.rsqrt()  # square root of the magnitude, phase kept
        logs = torch.log(size) / 5 + 1
        return torch.stack([4 * spectrum.real * scale, 4 * spectrum.imag * scale, logs], dim=1)

    def forward(self, sound: Tensor, label: Tensor) -> Verdict:
        """The verdict on sounds (B, frames) that claim to be of classes (B,)."""
        hidden, features = self.picture(sound), []
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), SLOPE)
            features.append(hidden)
        hidden = self.dropout(hidden)
        local = self.out(hidden).flatten(1)
        pooled = hidden.mean(dim=(2, 3))
        claim = (self.claim(label) * pooled).sum(dim=1, keepdim=True)
        return Verdict(local + claim, tuple(features))


class Discriminator(nn.Module):
    """All resolutions."""

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.config = config
        self.resolutions = nn.ModuleList(Resolution(size, config) for size in config.resolutions)

    def forward(self, sound: Tensor, label: Tensor) -> list[Verdict]:
        """One verdict a resolution."""
        return [resolution(sound, label) for resolution in self.resolutions]


def hinge(real: list[Verdict], made: list[Verdict]) -> Tensor:
    """What the discriminator minimises (arXiv 1705.02894)."""
    each = [
        functional.relu(1 - a.score).mean() + functional.relu(1 + b.score).mean()
        for a, b in zip(real, made, strict=True)
    ]
    return torch.stack(each).mean()


def persuasion(made: list[Verdict]) -> Tensor:
    """What the generator minimises: minus the mean score."""
    return torch.stack([-verdict.score.mean() for verdict in made]).mean()


def matching(real: list[Verdict], made: list[Verdict]) -> Tensor:
    """Distance of features of reconstructions to those of their originals, over their size."""
    each = [
        (a.detach() - b).abs().mean() / a.detach().abs().mean().clamp(min=1e-6)
        for one, other in zip(real, made, strict=True)
        for a, b in zip(one.features, other.features, strict=True)
    ]
    return torch.stack(each).mean()
