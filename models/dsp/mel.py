"""The log-mel spectrogram that embedders and preset encoders take as input, in numpy.

One second at 44.1 kHz at a standard level; power STFT of 2,048 samples every 20 ms, Hann, frames
centred; 64 triangular mel bands from 30 Hz to 11,025 Hz; log10(x + 1e-7): 64 x 51. The settings
were measured for preset retrieval. A change of any number needs a new FEATURE_VERSION.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp import stft
from starling.models.dsp.mel_spectrogram import triangles
from starling.models.errors import InputError

Array = NDArray[np.float32]

FEATURE_VERSION = "log_mel/1"
SAMPLE_RATE = 44_100
FRAMES = SAMPLE_RATE  # one second
WINDOW = 2_048
HOP = 882  # 20 ms
STEPS = FRAMES // HOP + 1  # 51 columns
BANDS = 64
LOW_HZ, HIGH_HZ = 30.0, 11_025.0
FLOOR = 1e-7  # power per band, 60 dB below a sound at LEVEL
LEVEL = 0.1  # RMS that every sound is scaled to: embeddings do not depend on loudness
SILENT_RMS = 1e-4  # -80 dB


def log_mel(signal: Array) -> Array:
    """The log10 mel power spectrogram (64, 51) of one second at 44.1 kHz, frames centred."""
    views = stft.frames(np.pad(signal, WINDOW // 2), WINDOW, HOP)  # (51, 2048)
    bands = _mel_bands()  # (64, 513)
    # not stft.power: its complex64 rounds what double keeps, and stored embeddings are of these
    spectrum = np.fft.rfft(views * stft.hann(WINDOW), axis=1)[:, : bands.shape[1]]
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
def _mel_bands() -> Array:
    """Triangular filters (64, 513) up to HIGH_HZ, equally spaced in mel (O'Shaughnessy 1987)."""
    low, high = (2595.0 * np.log10(1 + hz / 700.0) for hz in (LOW_HZ, HIGH_HZ))
    edges = 700.0 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595.0) - 1)
    bins = np.arange(round(HIGH_HZ * WINDOW / SAMPLE_RATE) + 1) * (SAMPLE_RATE / WINDOW)
    return np.asarray(triangles(edges, bins), np.float32)
