"""How far a generated sound is from the recorded one, as losses to train with. Pure functions.

Multi-resolution log spectra after Yamamoto et al. (arXiv 1910.11480), on bands rather than bins
where the ear has bands, since two noises never agree bin by bin.
"""

from __future__ import annotations

import itertools
import math
from functools import cache

import torch
from torch import Tensor

RESOLUTIONS = (2048, 512, 128)  # partials; body and sweep; attack
BANDS_PER_OCTAVE = 16
FLOOR = 1e-8  # -80 dB below a full-scale sine: inaudible beside a hit
PHASE_BINS = 24  # up to 1 kHz: where a shifted phase changes the shape of the attack
ONSET_FRAMES = 256  # 6 ms of waveform that must match sample by sample


@cache
def band_matrix(n_fft: int, sample_rate: int) -> Tensor:
    """(bins, bands): one bin each at the bottom, a sixteenth octave each above; rows averaged."""
    bins = n_fft // 2 + 1
    edges = [1]
    while edges[-1] < bins:
        edges.append(max(edges[-1] + 1, round(edges[-1] * 2 ** (1 / BANDS_PER_OCTAVE))))
    edges[-1] = bins
    matrix = torch.zeros(bins, len(edges) - 1)
    for band, (low, high) in enumerate(itertools.pairwise(edges)):
        matrix[low:high, band] = 1.0 / (high - low)
    return matrix


@cache
def _window(n_fft: int) -> Tensor:
    """Hann window scaled so that a full-scale sine has power 1/4 at its bin."""
    return torch.hann_window(n_fft) * (2.0 / n_fft)


def _band_power(sound: Tensor, n_fft: int, sample_rate: int) -> Tensor:
    """Mean power in bands (B, T, bands) of sound (B, frames)."""
    window = _window(n_fft).to(sound.device)
    spectrum = torch.stft(sound, n_fft, n_fft // 4, window=window, return_complex=True)
    power = spectrum.real.square() + spectrum.imag.square()
    return power.transpose(1, 2) @ band_matrix(n_fft, sample_rate).to(sound.device)


def spectral(made: Tensor, wanted: Tensor, sample_rate: int) -> tuple[Tensor, Tensor]:
    """Mean distance of log amplitudes (nats), and relative distance of amplitudes."""
    logs, linear = [], []
    for n_fft in RESOLUTIONS:
        a = _band_power(made, n_fft, sample_rate) + FLOOR
        b = _band_power(wanted, n_fft, sample_rate) + FLOOR
        logs.append(0.5 * (a.log() - b.log()).abs().mean())
        difference = (a.sqrt() - b.sqrt()).square().sum(dim=(1, 2))
        linear.append((difference / b.sum(dim=(1, 2))).sqrt().mean())
    return torch.stack(logs).mean(), torch.stack(linear).mean()


def phase(made: Tensor, wanted: Tensor) -> Tensor:
    """1 - cosine of the phase error in the low bins, weighted by the wanted amplitude."""
    window = _window(1024).to(made.device)
    a, b = (
        torch.stft(sound, 1024, 256, window=window, return_complex=True)[:, 1 : 1 + PHASE_BINS]
        for sound in (made, wanted)
    )
    strength = b.abs().square()
    cosine = (a * b.conj()).real / (a.abs() * b.abs()).clamp(min=1e-7)
    return ((1 - cosine) * strength).sum() / strength.sum().clamp(min=1e-7)


def onset(made: Tensor, wanted: Tensor) -> Tensor:
    """Relative waveform error in the first samples."""
    a, b = made[:, :ONSET_FRAMES], wanted[:, :ONSET_FRAMES]
    return ((a - b).abs().mean(dim=1) / b.abs().mean(dim=1).clamp(min=1e-3)).mean()


def body(hertz: Tensor, wanted_hertz: Tensor, weight: Tensor) -> Tensor:
    """Distance in octaves of the body's pitch track (B, T), weighted by how loud it is."""
    octaves = (hertz.log() - wanted_hertz.log()).abs() / math.log(2)
    return (octaves * weight).sum() / weight.sum().clamp(min=1e-6)
