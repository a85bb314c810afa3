"""The one-shot generator: a conditional VAE, convolutional encoder, ConvNeXt decoder, iSTFT head.

Sources: Kingma & Welling (arXiv 1312.6114), ConvNeXt (2201.03545), FiLM (1709.07871), timbre
descriptors as conditions after DrumGAN (2008.12073). A set of pitched sounds has a melody too: the
contour of F0 and the length, behind the encoder's numbers in the latent (pitch_contour.py). The
prior over latents is in latent_prior.py.

Shapes: B sounds, T STFT frames (hop 256), S decoder steps of two frames each, C classes.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from starling.models.oneshot.pitch_contour import interpolate
from starling.models.oneshot.spectral_head import (
    IDENTITY,
    HeadConfig,
    SpectralHead,
    Transform,
    warp,
)

BEND = 0.2  # in the head's logits: 2 semitones in the middle of a range of three octaves
TIME_FEATURES = 18  # two clocks with four sine and cosine pairs each, and the clocks themselves


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that shapes the network; stored with the weights."""

    classes: tuple[str, ...]
    seconds: float = 2.0
    latent: int = 24
    width: int = 192
    blocks: int = 6
    expansion: int = 3
    kernel: int = 7  # 7 steps of 11.6 ms: a block sees 81 ms
    condition: int = 128
    descriptors: int = 3  # brightness, decay, noisiness
    encoder_width: int = 128
    mel_bands: int = 80
    contour: int = 0  # knots of the body's F0 over a sound; 0: the decoder finds F0 itself
    head: HeadConfig = field(default_factory=HeadConfig)

    @property
    def frames(self) -> int:
        """Longest sound in samples."""
        return int(self.seconds * self.head.sample_rate)

    @property
    def melody(self) -> int:
        """Numbers of a melody: the contour's knots, then the length in log seconds."""
        return self.contour + 1 if self.contour else 0

    @property
    def drawn(self) -> int:
        """Numbers of a latent: the encoder's, then the melody."""
        return self.latent + self.melody

    @property
    def decoder_inputs(self) -> int:
        """Numbers that condition the decoder: the mixed condition, then the melody."""
        return self.condition + self.melody


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the caller decides: class index (B,) and descriptors 0..1 (B, descriptors)."""

    label: Tensor
    ranks: Tensor


def mel_matrix(bins: int, bands: int, sample_rate: int) -> Tensor:
    """(bins, bands) triangles, equally spaced in mel, at least one bin wide, each summing to 1."""
    position = warp(torch.linspace(0, sample_rate / 2, bins))  # (bins,) in mel
    centres = torch.linspace(0, float(position[-1]), bands + 2)[1:-1]  # (bands,)
    step = float(centres[1] - centres[0])
    width = torch.maximum(torch.gradient(position)[0], torch.tensor(step))
    triangles = (1 - (position[:, None] - centres[None, :]).abs() / width[:, None]).clamp(min=0)
    return triangles / triangles.sum(dim=0, keepdim=True).clamp(min=1e-6)


class Encoder(nn.Module):
    """Log-mel spectrogram and conditions to the mean and log variance of the latent."""

    window: Tensor
    mel: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        head, width = config.head, config.encoder_width
        self.register_buffer("window", torch.hann_window(head.n_fft), persistent=False)
        mel = mel_matrix(head.bins, config.mel_bands, head.sample_rate)
        self.register_buffer("mel", mel, persistent=False)
        sizes = [config.mel_bands, width, width, width, width]
        self.convolutions = nn.ModuleList(
            nn.Conv1d(a, b, 5, stride=2, padding=2) for a, b in itertools.pairwise(sizes)
        )
        last = nn.Linear(width, 2 * config.latent)
        with torch.no_grad():  # a sharp posterior at first, else the decoder learns to ignore it
            last.bias[config.latent :] = -4.0
        self.out = nn.Sequential(nn.Linear(3 * width + config.condition, width), nn.GELU(), last)

    def features(self, sound: Tensor) -> Tensor:
        """Log-mel energies (B, bands, T) of sound (B, frames), about -1..1."""
        head = self.config.head
        spectrum = torch.stft(sound, head.n_fft, head.hop, window=self.window, return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square()  # (B, bins, T)
        return (torch.log(power.transpose(1, 2) @ self.mel + 1e-5).transpose(1, 2) + 2) / 6

    def forward(self, sound: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, latent)."""
        hidden = self.features(sound)  # (B, bands, T)
        for convolution in self.convolutions:
            hidden = functional.gelu(convolution(hidden))  # (B, encoder_width, T / 2 ... T / 16)
        # mean, maximum and onset over time: (B, 3 encoder_width + condition)
        pooled = torch.cat([hidden.mean(-1), hidden.amax(-1), hidden[..., 0], condition], dim=1)
        mean, log_variance = self.out(pooled).chunk(2, dim=1)  # (B, latent) each
        return mean, log_variance.clamp(-8, 4)


class ConvNeXtBlock(nn.Module):
    """ConvNeXt block along time, modulated by FiLM: depthwise, norm, wide, narrow, residual."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.depthwise = nn.Conv1d(
            width, width, config.kernel, padding=config.kernel // 2, groups=width
        )
        self.widen = nn.Linear(width, config.expansion * width)
        self.narrow = nn.Linear(config.expansion * width, width)
        self.scale = nn.Parameter(torch.full((width,), 0.3))  # starts close to the identity

    def forward(self, hidden: Tensor, film: Tensor) -> Tensor:
        """(B, S, width) -> same; `film` (B, 2 width) is scale and shift after the norm."""
        mixed = self.depthwise(hidden.transpose(1, 2)).transpose(1, 2)  # over S, channel by channel
        gain, shift = film[:, None].chunk(2, dim=-1)  # (B, 1, width) each, the same at all steps
        mixed = functional.layer_norm(mixed, mixed.shape[-1:]) * (1 + gain) + shift
        change: Tensor = self.narrow(functional.gelu(self.widen(mixed)))  # (B, S, width)
        return hidden + self.scale * change


class Decoder(nn.Module):
    """Latent and condition to sound. One step makes two frames, which halves the cost."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        head = config.head
        self.mix = nn.Sequential(
            nn.Linear(config.drawn + config.condition, config.condition),
            nn.GELU(),
            nn.Linear(config.condition, config.condition),
            nn.GELU(),
        )
        self.clock = nn.Linear(TIME_FEATURES, config.width)
        self.film = nn.Linear(config.decoder_inputs, config.blocks * 2 * config.width)
        self.enter = nn.Linear(config.decoder_inputs, config.width)
        self.blocks = nn.ModuleList(ConvNeXtBlock(config) for _ in range(config.blocks))
        self.out = nn.Linear(config.width, 2 * head.outputs)
        self.start = nn.Linear(config.decoder_inputs, 2 * head.tones)
        self.click = nn.Linear(config.decoder_inputs, head.click)
        self.length = nn.Linear(config.decoder_inputs, 1)
        self.head = SpectralHead(head)
        with torch.no_grad():
            bias = self.out.bias.view(2, -1)
            grain, bands, over, level, _ = torch.split(bias, list(head.sizes), dim=1)
            grain.zero_()
            bands.fill_(-5.0)  # the level of a quiet sound
            over.fill_(-8.0)
            level.fill_(-6.0)
            self.click.weight.mul_(0.1)

    def time_features(self, steps: int, like: Tensor) -> Tensor:
        """(S, TIME_FEATURES): seconds, linear and logarithmic, and their sines."""
        head = self.config.head
        seconds = torch.arange(steps, device=like.device, dtype=like.dtype)
        seconds = seconds * (2 * head.hop / head.sample_rate)  # (S,)
        clocks = torch.stack([seconds / 1.5, torch.log1p(seconds / 0.01) / 5.0], dim=-1)  # (S, 2)
        angles = clocks[..., None] * (
            math.pi * 2.0 ** torch.arange(4, device=like.device)
        )  # (S, 2, 4)
        waves = torch.cat([angles.sin(), angles.cos()], dim=-1).flatten(1)  # (S, 16)
        return torch.cat([clocks, waves], dim=-1)

    def raw(self, mixed: Tensor, steps: int) -> Tensor:
        """Outputs for the head (B, 2 steps, outputs) from `mixed` (B, decoder_inputs)."""
        # one clock for all sounds, one condition for all steps: (S, width) + (B, 1, width)
        hidden = self.clock(self.time_features(steps, mixed)) + self.enter(mixed)[:, None]
        for block, film in zip(
            self.blocks, self.film(mixed).chunk(len(self.blocks), 1), strict=True
        ):
            hidden = block(hidden, film)  # (B, S, width)
        return self.outputs(hidden, mixed)

    def outputs(self, hidden: Tensor, mixed: Tensor) -> Tensor:
        """Outputs for the head (B, 2 S, outputs) from the last block's (B, S, width)."""
        normed = functional.layer_norm(hidden, hidden.shape[-1:])
        outputs: Tensor = self.out(normed)  # (B, S, 2 outputs): two frames a step
        outputs = outputs.view(len(hidden), 2 * hidden.shape[1], -1)  # (B, 2 S, outputs)
        return self.with_contour(outputs, mixed) if self.config.contour else outputs

    def with_contour(self, outputs: Tensor, mixed: Tensor) -> Tensor:
        """Outputs (B, T, outputs) whose body is at the melody in `mixed`, plus at most BEND."""
        config, head = self.config, self.config.head
        melody = mixed[:, config.condition :]  # (B, M): knots, then log seconds
        seconds = torch.arange(outputs.shape[1], device=mixed.device) * (
            head.hop / head.sample_rate
        )
        pitch = interpolate(melody[:, :-1], seconds / torch.exp(melody[:, -1:]))  # (B, T), logits
        at = outputs.shape[-1] - head.partials
        body = pitch + BEND * torch.tanh(outputs[..., at])  # (B, T)
        return torch.cat([outputs[..., :at], body[..., None], outputs[..., at + 1 :]], dim=-1)

    def phases(self, mixed: Tensor) -> Tensor:
        """Phases of the tones at sample 0, in cycles (B, tones)."""
        x, y = self.start(mixed).chunk(2, dim=1)  # (B, tones) each
        return torch.atan2(y, x + 1e-3) / (2 * math.pi)

    def forward(
        self,
        mixed: Tensor,
        noise: Tensor,
        frames: int,
        transform: Transform = IDENTITY,
        track: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Sound (B, frames) and raw outputs (B, T, outputs) from `mixed` (B, decoder_inputs).

        `noise` (B, bins, T) is the STFT of white noise. In training the body of the first b sounds
        is forced to the tracked F0, `track` (b, T) Hz: an overtone is off by its number times the
        error of the body, and a misplaced one is soonest cheaper where it is silent.
        """
        count = noise.shape[-1]
        raw = self.raw(mixed, (count + 1) // 2)[:, :count]  # (B, T, outputs)
        forced = (
            raw if track is None or not self.config.contour else self.head.with_body_hz(raw, track)
        )
        return self.head(
            forced, self.phases(mixed), self.click(mixed), noise, frames, transform
        ), raw


class OneShot(nn.Module):
    """The whole conditional VAE."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(len(config.classes), config.condition)
        self.knobs = nn.Linear(config.descriptors, config.condition)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)

    def condition(self, given: Conditions) -> Tensor:
        """(B, condition) from class and descriptors."""
        centred = (given.ranks - 0.5) * 2  # (B, descriptors), -1..1
        hidden: Tensor = self.embedding(given.label) + self.knobs(centred)
        return hidden

    def encode(self, sound: Tensor, given: Conditions, melody: Tensor) -> tuple[Tensor, Tensor]:
        """Mean (B, drawn) of sound (B, frames) with its melody (B, melody), and the log variance
        (B, latent) of the encoder's part of it.
        """
        mean, log_variance = self.encoder(sound, self.condition(given))
        return torch.cat([mean, melody], dim=1), log_variance

    def posterior(self, mean: Tensor, log_variance: Tensor, jitter: Tensor) -> Tensor:
        """A latent (B, drawn) around the mean by standard normal `jitter`; the melody has none."""
        size = log_variance.shape[1]
        moved = mean[:, :size] + torch.exp(0.5 * log_variance) * jitter[:, :size]
        return torch.cat([moved, mean[:, size:]], dim=1)

    def mixed(self, latent: Tensor, given: Conditions) -> Tensor:
        """Conditioning (B, decoder_inputs) from latent (B, drawn) and conditions."""
        return self._mixed(latent, self.condition(given))

    def mixed_between(self, latent: Tensor, shares: Tensor, ranks: Tensor) -> Tensor:
        """Conditioning (B, decoder_inputs) of classes by shares (B, C), and descriptors."""
        return self._mixed(latent, shares @ self.embedding.weight + self.knobs((ranks - 0.5) * 2))

    def _mixed(self, latent: Tensor, condition: Tensor) -> Tensor:
        mixed: Tensor = self.decoder.mix(torch.cat([latent, condition], dim=1))  # (B, condition)
        return torch.cat([mixed, latent[:, self.config.latent :]], dim=1)

    def forward(
        self,
        sound: Tensor,
        label: Tensor,
        ranks: Tensor,
        melody: Tensor,
        noise: Tensor,
        jitter: Tensor,
        track: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Reconstruct sound (B, frames): sound, raw outputs, log seconds, mean, log variance.

        `melody` is (B, melody), `noise` (B, bins, T) the STFT of white noise, `jitter` (B, drawn)
        or more, N(0, 1), `track` (B, T) the F0 in Hz that the body is forced to; mean and log
        variance are those of the encoder, (B, latent). Where the noise is shorter than the sound,
        so is what is reconstructed: the first (T - 1) hops.
        """
        given = Conditions(label, ranks)
        mean, log_variance = self.encode(sound, given, melody)
        mixed = self.mixed(self.posterior(mean, log_variance, jitter), given)
        frames = min((noise.shape[-1] - 1) * self.config.head.hop, sound.shape[-1])
        out, raw = self.decoder(mixed, noise, frames, track=track)
        seconds = self.decoder.length(mixed)[:, 0]
        return out, raw, seconds, mean[:, : self.config.latent], log_variance
