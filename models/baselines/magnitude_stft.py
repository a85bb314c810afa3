"""Sounds as linear magnitude spectrograms and back without a phase, as the published models did.

As published, not as in dsp: with every phase at zero each frame is one pulse at its start, so what
comes back buzzes at the frame rate. Frames start at the first sample; nothing is centred.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.dsp.signal import Array
from starling.models.errors import ParseError

MAX_FFT = 16_384  # eight times the larger published one: a bound for untrusted cards
MAX_SAMPLES = 1_000_000  # of one sound, likewise


@dataclass(frozen=True, slots=True)
class SpectrogramSettings:
    """The part of a file that is used, and the sizes of its spectrogram; all in samples.

    Of the `read` first samples the `dropped` first are left out; a shorter file is followed by
    silence. Sizes that make no picture raise ParseError.
    """

    frame: int = 513
    step: int = 74  # 108 frames a second at 8 kHz: the pitch of the buzz
    fft: int = 1024
    frames: int = 128  # of 129: the last is left out
    bins: int = 512  # of 513, likewise
    sample_rate: int = 8_000
    read: int = 12_000
    dropped: int = 2_000

    def __post_init__(self) -> None:
        sizes = asdict(self)
        if any(type(value) is not int or value < 0 for value in sizes.values()):
            raise ParseError(f"a spectrogram's sizes must be whole numbers from 0, got {sizes}")
        if not 0 < self.step <= self.frame <= self.fft <= MAX_FFT or self.bins > self.fft // 2 + 1:
            raise ParseError(f"a spectrogram needs step <= frame <= fft <= {MAX_FFT}, got {sizes}")
        framed = self.window >= self.frame and self.frames <= self.possible
        if not framed or not 0 < self.samples <= MAX_SAMPLES or not self.bins:
            raise ParseError(f"a window of {self.window} samples has no such frames: {sizes}")

    @property
    def window(self) -> int:
        """Samples of a file that are used."""
        return self.read - self.dropped

    @property
    def possible(self) -> int:
        """Whole frames in the window."""
        return 1 + (self.window - self.frame) // self.step

    @property
    def samples(self) -> int:
        """Samples that come back from a picture."""
        return (self.frames - 1) * self.step + self.frame if self.frames else 0


def settings_from(entry: Any) -> SpectrogramSettings:
    """The settings that a card's configuration states. Raises ParseError."""
    try:
        return SpectrogramSettings(**entry)
    except TypeError as error:
        raise ParseError("the card's front end is not of this version") from error


def crop(channel: Array, front: SpectrogramSettings) -> Array:
    """The window of a sound (samples,) at the front end's rate: (window,)."""
    kept = channel[front.dropped : front.read]
    return np.pad(kept, (0, front.window - len(kept)))


def magnitudes(windows: Tensor, front: SpectrogramSettings) -> Tensor:
    """Pictures (B, frames, bins) of windows (B, window): |STFT|, linear."""
    framed = windows.unfold(1, front.frame, front.step)[:, : front.frames]  # (B, frames, frame)
    weighted = framed * torch.from_numpy(hann(front.frame)).to(windows.device)
    found: Tensor = torch.fft.rfft(weighted, front.fft).abs()[..., : front.bins]
    return found


def over_maximum(pictures: Tensor) -> Tensor:
    """Each picture (B, frames, bins) over its own maximum."""
    return pictures / pictures.amax(dim=(1, 2), keepdim=True)


def zero_phase(picture: Array, front: SpectrogramSettings) -> Array:
    """The sound (samples,) of a picture (frames, bins), which may be negative.

    Inverse transform, window, overlap-add: no phase is sought. Missing bins are zero.
    """
    pulses = np.fft.irfft(picture, front.fft)[:, : front.frame] * hann(front.frame)
    sound = np.zeros(front.samples, np.float32)
    for index, pulse in enumerate(pulses):
        start = index * front.step
        sound[start : start + front.frame] += pulse
    return sound


def over_signed_maximum(signal: Array) -> Array:
    """The sound over its largest sample, sign and all, as published: its lowest may be below -1."""
    top = float(signal.max(initial=0.0))
    return np.asarray(signal / np.float32(top), np.float32) if top > 0 else signal


@lru_cache(maxsize=4)
def hann(length: int) -> NDArray[np.float32]:
    """Hann's window as TensorFlow has it: periodic at even lengths, symmetric at odd ones."""
    periodic = length % 2 == 0
    return np.asarray(np.hanning(length + periodic)[:length], np.float32)
