"""Log-mel spectrograms as other people's models were trained on, in torch.

`KaldiMel` is the input of PaSST and EfficientAT, `SlaneyMel` of PANNs, `DecibelMel` of OpenL3;
written after the papers and checked against the packages (docs/embedders.md). In double precision
inside: what lies 80 dB below the loudest is beyond the 24 bits of a single one, and two FFTs differ
there. Each is fixed by weights that others trained; only the triangles are shared with dsp.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from starling.models.dsp.mel_spectrogram import triangles

Array = NDArray[np.float64]

QUIETEST = 1e-10  # power, -100 dB: the floor of PANNs and OpenL3


def kaldi_bands(rate: int, window: int, bands: int, high: float) -> Array:
    """Kaldi's filters from 0 Hz, triangular in mel: (bands, window // 2 + 1)."""
    points = 1127.0 * np.log1p(_bins(rate, window) / 700.0)
    return triangles(np.linspace(0.0, 1127.0 * math.log1p(high / 700.0), bands + 2), points)


def slaney_bands(rate: int, window: int, bands: int, low: float, high: float) -> Array:
    """Slaney's filters (Auditory Toolbox, 1998), triangular in Hz, each of the same area."""
    edges = _slaney_hz(np.linspace(_slaney_mel(low), _slaney_mel(high), bands + 2))
    area = (edges[2:] - edges[:-2])[:, None] / 2.0
    return np.asarray(triangles(edges, _bins(rate, window)) / area, np.float64)


def htk_bands(rate: int, window: int, bands: int) -> Array:
    """HTK's filters from 0 Hz to half the rate, triangular in Hz, each with the sum 1.

    The lowest lie between two bins and are all zero, as in OpenL3's training.
    """
    edges = 700.0 * np.expm1(np.linspace(0.0, math.log1p(rate / 1400.0), bands + 2))
    filters = triangles(edges, _bins(rate, window))
    total = filters.sum(axis=1, keepdims=True)
    return np.asarray(filters / np.where(total > 0, total, 1.0))


def _bins(rate: int, window: int) -> Array:
    return np.arange(window // 2 + 1, dtype=np.float64) * (rate / window)


def _slaney_mel(hz: float) -> float:
    """Linear below 1 kHz (mel 15), above it 27 mel for a factor of 6.4."""
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * math.log(hz / 1000) / math.log(6.4)


def _slaney_hz(mel: Array) -> Array:
    above = 1000.0 * 6.4 ** ((mel - 15.0) / 27.0)
    return np.asarray(np.where(mel < 15.0, mel * 200.0 / 3.0, above), np.float64)


class KaldiMel(nn.Module):
    """(B, frames) at 32 kHz to (B, 128, steps): window 25 ms, a step 10 ms, up to 15 kHz.

    Pre-emphasis, power, natural logarithm, shifted and scaled as in PaSST's training.
    """

    window: Tensor
    bands: Tensor
    RATE, FFT, WINDOW, STEP, BANDS, HIGH = 32_000, 1_024, 800, 320, 128, 15_000.0

    def __init__(self) -> None:
        super().__init__()
        bands = kaldi_bands(self.RATE, self.FFT, self.BANDS, self.HIGH)
        _hold(self, _hann(self.WINDOW - 1, self.WINDOW), bands)

    def forward(self, signal: Tensor) -> Tensor:
        """Log-mels (B, 128, frames // 320 + 1)."""
        exact = signal.double()
        mel = _mel(self, exact[:, 1:] - 0.97 * exact[:, :-1], centre=True)
        return ((mel + 1e-5).log().float() + 4.5) / 5.0


class SlaneyMel(nn.Module):
    """(B, frames) at 32 kHz to (B, 64, steps), dB: window 32 ms, a step 10 ms, 50 to 14,000 Hz."""

    window: Tensor
    bands: Tensor
    RATE, FFT, STEP, BANDS, LOW, HIGH = 32_000, 1_024, 320, 64, 50.0, 14_000.0

    def __init__(self) -> None:
        super().__init__()
        bands = slaney_bands(self.RATE, self.FFT, self.BANDS, self.LOW, self.HIGH)
        _hold(self, _hann(self.FFT, self.FFT), bands)

    def forward(self, signal: Tensor) -> Tensor:
        """Log-mels (B, 64, frames // 320 + 1), dB."""
        mel = _mel(self, signal.double(), centre=True)
        return 10.0 * mel.clamp(min=QUIETEST).log10().float()


class DecibelMel(nn.Module):
    """(B, 48000) at 48 kHz to (B, 256, 199): dB below the loudest, down to -80."""

    window: Tensor
    bands: Tensor
    RATE, FFT, STEP, BANDS, RANGE = 48_000, 2_048, 242, 256, 80.0

    def __init__(self) -> None:
        super().__init__()
        bands = htk_bands(self.RATE, self.FFT, self.BANDS)
        _hold(self, _hann(self.FFT, self.FFT), bands)

    def forward(self, signal: Tensor) -> Tensor:
        """Log-mels (B, 256, 199), 0 dB at most; zeros around the signal as Keras pads it."""
        around = (self.FFT - self.RATE % self.STEP) // 2
        mel = _mel(self, functional.pad(signal.double(), (around, around)), centre=False)
        level = 10.0 * mel.sqrt().clamp(min=QUIETEST).log10().float()
        return (level - level.amax(dim=(1, 2), keepdim=True)).clamp(min=-self.RANGE)


def _hann(period: int, count: int) -> Array:
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(count) / period), np.float64)


def _hold(front: nn.Module, window: Array, bands: Array) -> None:
    """Constants of a front end, outside its state dict; real even where a network is made empty."""
    front.register_buffer("window", torch.tensor(window, device="cpu"), persistent=False)
    front.register_buffer("bands", torch.tensor(bands, device="cpu"), persistent=False)


def _mel(front: KaldiMel | SlaneyMel | DecibelMel, signal: Tensor, centre: bool) -> Tensor:
    """The mel power spectrogram (B, bands, steps); the ends are mirrored if centred."""
    window = front.window
    spectrum = torch.stft(
        signal, front.FFT, front.STEP, len(window), window, center=centre, return_complex=True
    )
    return front.bands @ (spectrum.real.square() + spectrum.imag.square())
