"""The discriminator between recorded and generated one-shots: convolutions over complex STFTs.

Three resolutions, each seeing the real and imaginary parts and the log magnitude; after the
multi-scale STFT discriminator of EnCodec (arXiv 2210.13438, section 3.4), made small enough for a
processor. The class label enters by projection (arXiv 1802.05637); spectral normalisation
(1802.05957) bounds the Lipschitz constant.
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
class DiscriminatorConfig:
    """Sizes of the discriminators."""

    classes: int
    resolutions: tuple[int, ...] = (2048, 512, 128)
    width: int = 12
    dropout: float = 0.1


@dataclass(frozen=True, slots=True)
class DiscriminatorOutput:
    """Of one resolution: `score` (B, places), above 0 for real; `features` (B, C, T, bins) each."""

    score: Tensor
    features: tuple[Tensor, ...]


class Resolution(nn.Module):
    """One spectrogram and its convolutions: halved in frequency at each, then in time."""

    window: Tensor

    def __init__(self, n_fft: int, config: DiscriminatorConfig) -> None:
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
        """Sounds (B, frames) to (B, 3, T, bins): real, imaginary, log magnitude.

        The parts are divided by the root of the magnitude: loud and quiet cells weigh alike.
        """
        spectrum = torch.stft(
            sound, self.n_fft, self.n_fft // 4, window=self.window, return_complex=True
        ).transpose(1, 2)  # (B, T, bins), complex
        size = (spectrum.real.square() + spectrum.imag.square() + FLOOR**2).sqrt()
        scale = size.rsqrt()  # square root of the magnitude, phase kept
        logs = torch.log(size) / 5 + 1  # about -1..1 between the floor and full scale
        return torch.stack([4 * spectrum.real * scale, 4 * spectrum.imag * scale, logs], dim=1)

    def forward(self, sound: Tensor, label: Tensor) -> DiscriminatorOutput:
        """Score sounds (B, frames) of classes (B,), given or requested."""
        hidden, features = self.picture(sound), []  # (B, 3, T, bins)
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), SLOPE)  # (B, C, T / 4, bins / 16) at last
            features.append(hidden)
        hidden = self.dropout(hidden)
        local = self.out(hidden).flatten(1)  # (B, places): real or not, place by place
        pooled = hidden.mean(dim=(2, 3))  # (B, C)
        claim = (self.claim(label) * pooled).sum(dim=1, keepdim=True)  # (B, 1)
        return DiscriminatorOutput(local + claim, tuple(features))


class Discriminator(nn.Module):
    """One network for each FFT size, none sharing weights."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        self.resolutions = nn.ModuleList(Resolution(size, config) for size in config.resolutions)

    def forward(self, sound: Tensor, label: Tensor) -> list[DiscriminatorOutput]:
        """One output a resolution, for sounds (B, frames) and classes (B,)."""
        return [resolution(sound, label) for resolution in self.resolutions]


def hinge(real: list[DiscriminatorOutput], made: list[DiscriminatorOutput]) -> Tensor:
    """Hinge loss of the discriminator (arXiv 1705.02894): mean over the resolutions."""
    each = [
        functional.relu(1 - a.score).mean() + functional.relu(1 + b.score).mean()
        for a, b in zip(real, made, strict=True)
    ]
    return torch.stack(each).mean()


def generator_loss(made: list[DiscriminatorOutput]) -> Tensor:
    """Adversarial loss of the generator (arXiv 1705.02894): minus the mean score."""
    return torch.stack([-output.score.mean() for output in made]).mean()


def feature_matching(real: list[DiscriminatorOutput], made: list[DiscriminatorOutput]) -> Tensor:
    """Feature matching (MelGAN, arXiv 1910.06711): L1 between layers, over their mean size."""
    each = [
        (a.detach() - b).abs().mean() / a.detach().abs().mean().clamp(min=1e-6)
        for one, other in zip(real, made, strict=True)
        for a, b in zip(one.features, other.features, strict=True)
    ]
    return torch.stack(each).mean()
