"""Sounds to vectors: a table of embedders. Knows no file, no synth, no library.

The classical one is MFCC statistics plus a modulation spectrum over one second of sound, with the
settings measured for preset retrieval: power STFT of 2,048 samples every 20 ms, Hann, 64 triangular
mel bands from 30 Hz to 11,025 Hz, log10(x + 1e-7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from starling.models.mel import BANDS, FRAMES, SAMPLE_RATE, levelled, log_mel

__all__ = [
    "CLASSICAL",
    "EMBEDDERS",
    "FRAMES",
    "NOTE_SECONDS",
    "SAMPLE_RATE",
    "Embedder",
    "classical",
    "log_mel",
]

Array = NDArray[np.float32]

NOTE_SECONDS = 0.65  # how long the notes of a library are held within it
COEFFICIENTS = 20  # MFCC 1..20; 0 is the level
MODULATION_BINS = 16  # 1..16 Hz, given 1 s
MODULATION_BANDS = 4
MEL_GROUPS = 16


@dataclass(frozen=True, slots=True)
class Embedder:
    """`embed` takes mono float32 (frames,) at `sample_rate`, uses the first `frames`, pads zeros.

    An index remembers `key`; vectors of different keys are never compared. `metric` says how
    those of one key are: as z-scores, or unit vectors by their cosine.
    """

    name: str
    version: int
    sample_rate: int
    frames: int
    size: int
    embed: Callable[[Array], Array]
    metric: Literal["zscore", "cosine"] = "zscore"

    @property
    def key(self) -> str:
        """Name and version, as the index stores them."""
        return f"{self.name}/{self.version}"


def classical(signal: Array) -> Array:
    """MFCC mean and deviation, and the modulation spectrum: (104,) float32.

    Raises InputError (code `silent`) for a sound below -80 dB.
    """
    mel = log_mel(levelled(signal))  # (64, 51)
    mfcc = _cosines() @ mel  # (20, 51)
    moving = mel - mel.mean(axis=1, keepdims=True)
    spectrum = np.log10(np.abs(np.fft.rfft(moving, axis=1))[:, 1 : MODULATION_BINS + 1] + 0.01)
    shape = (MEL_GROUPS, BANDS // MEL_GROUPS, MODULATION_BANDS, MODULATION_BINS // MODULATION_BANDS)
    modulation = spectrum.reshape(shape).mean(axis=(1, 3))  # (16, 4)
    parts = (mfcc.mean(axis=1), mfcc.std(axis=1), modulation.ravel())
    return np.concatenate(parts).astype(np.float32)


@lru_cache(maxsize=1)
def _cosines() -> Array:
    """Rows 1..20 of the orthonormal DCT-II over 64 bands, (20, 64)."""
    rows = np.arange(1, COEFFICIENTS + 1)[:, None]
    matrix = np.cos(np.pi * rows * (np.arange(BANDS) + 0.5) / BANDS) * np.sqrt(2 / BANDS)
    return np.asarray(matrix, np.float32)


CLASSICAL = Embedder(
    "classical",
    1,
    SAMPLE_RATE,
    FRAMES,
    2 * COEFFICIENTS + MEL_GROUPS * MODULATION_BANDS,
    classical,
)
EMBEDDERS: dict[str, Embedder] = {embedder.key: embedder for embedder in (CLASSICAL,)}
