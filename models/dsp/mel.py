"""The log-mel spectrogram that embedders and preset encoders look at. Numpy alone, no torch.

One second at 44.1 kHz at a standard level; power STFT of 2,048 samples every 20 ms, Hann, frames
centred; 64 triangular mel bands from 30 Hz to 11,025 Hz; log10(x + 1e-7): 64 x 51. The settings
were measured for preset retrieval. A change of any number needs a new FRONT.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError

Array = NDArray[np.float32]

FRONT = "log_mel/1"
SAMPLE_RATE = 44_100
FRAMES = SAMPLE_RATE  # one second
WINDOW = 2_048
HOP = 882  # 20 ms
STEPS = FRAMES // HOP + 1  # 51 columns
BANDS = 64
LOW_HZ, HIGH_HZ = 30.0, 11_025.0
FLOOR = 1e-7  # below 60 dB under a sound of the RMS that everything is scaled to
LEVEL = 0.1  # RMS; makes what is heard independent of loudness
SILENT_RMS = 1e-4  # -80 dB


def log_mel(signal: Array) -> Array:
    """The log10 mel power spectrogram (64, 51) of one second at 44.1 kHz, frames centred."""
    padded = np.pad(signal, WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]  # (51, 2048)
    bands = _mel_bands()
    spectrum = np.fft.rfft(frames * _window(), axis=1)[:, : bands.shape[1]]
    power = np.square(spectrum.real) + np.square(spectrum.imag)  # (51, 513)
    # einsum, not BLAS, whose threads wait for each other on busy cores: 12 ms instead of 0.6
    mel = np.einsum("bf,tf->bt", bands, power)
    return np.asarray(np.log10(mel + FLOOR), np.float32)


def levelled(signal: Array, frames: int = FRAMES) -> Array:
    """The first second (its `frames`, at other rates too), zero-padded, at the standard RMS.

    Raises InputError (code `silent`) for a sound below -80 dB.
    """
    second = np.zeros(frames, np.float32)
    used = signal[:frames]
    second[: len(used)] = used
    level = float(np.sqrt(np.mean(np.square(second, dtype=np.float64))))
    if not level > SILENT_RMS:  # also when it is NaN
        raise InputError("the sound is silent: its level is below -80 dB", code="silent")
    return second * np.float32(LEVEL / level)


@lru_cache(maxsize=1)
def _window() -> Array:
    return np.asarray(np.hanning(WINDOW + 1)[:-1], np.float32)  # periodic Hann


@lru_cache(maxsize=1)
def _mel_bands() -> Array:
    """Triangular filters (64, 513) up to HIGH_HZ, equally spaced in mel (O'Shaughnessy 1987)."""
    low, high = (2595.0 * np.log10(1 + hz / 700.0) for hz in (LOW_HZ, HIGH_HZ))
    edges = 700.0 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595.0) - 1)
    bins = np.arange(round(HIGH_HZ * WINDOW / SAMPLE_RATE) + 1) * (SAMPLE_RATE / WINDOW)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None), np.float32)
