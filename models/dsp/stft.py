"""The short-time Fourier transform in numpy: frames, Hann's window, power and magnitude.

The one definition that the spectrograms of this folder build on. Frames are centred on multiples of
the hop, the signal padded with zeros, as librosa has it with `pad_mode="constant"`. Networks in
torch use `torch.stft`, whose inverse is in istft.py.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Real = TypeVar("Real", np.float32, np.float64)


def frames(padded: NDArray[Real], window: int, hop: int) -> NDArray[Real]:
    """Views (..., T, window) into a signal (..., samples), the first at its start."""
    views = np.lib.stride_tricks.sliding_window_view(padded, window, axis=-1)
    found: NDArray[Real] = views[..., ::hop, :]
    return found


@lru_cache(maxsize=16)
def hann(window: int) -> Array:
    """Hann's window (window,), periodic."""
    return np.asarray(np.hanning(window + 1)[:-1], np.float32)


def stft(signal: Array, window: int, hop: int) -> NDArray[np.complex64]:
    """Spectra (..., T, window // 2 + 1) of signals (..., samples); T = samples // hop + 1."""
    half = window // 2
    padded = np.pad(signal, [(0, 0)] * (signal.ndim - 1) + [(half, half)])
    return np.asarray(np.fft.rfft(frames(padded, window, hop) * hann(window)), np.complex64)


def power(signal: Array, window: int, hop: int) -> Array:
    """Power spectrogram (..., window // 2 + 1, T) of signals (..., samples)."""
    spectrum = stft(signal, window, hop)
    found = np.square(spectrum.real)
    found += np.square(spectrum.imag)
    return np.swapaxes(found, -1, -2)


def magnitude(signal: Array, window: int, hop: int) -> Array:
    """Magnitude spectrogram, shaped as `power`."""
    return np.swapaxes(np.abs(stft(signal, window, hop)), -1, -2)
