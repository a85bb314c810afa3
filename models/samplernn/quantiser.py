"""Samples to levels and back: linear, or mu-law (ITU-T G.711 in its continuous form).

Level 128 is silence in both, exactly. What a frame tier of the network is given is the level on a
linear scale of -2 to 2 (as published, whatever the quantiser).
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Quantiser = Literal["linear", "mu-law"]
QUANTISERS: tuple[Quantiser, ...] = get_args(Quantiser)
LEVELS = 256
SILENCE = 128  # the level of 0.0
MU = 255.0


def encode(signal: NDArray[np.float32], quantiser: Quantiser) -> NDArray[np.uint8]:
    """Samples in [-1, 1] to levels, the nearest; what lies outside is clipped.

    >>> encode(np.array([-1.0, 0.0, 0.5, 1.0], np.float32), "linear").tolist()
    [0, 128, 192, 255]
    """
    companded = signal if quantiser == "linear" else compress(signal)
    levels = np.clip(np.rint(companded * SILENCE) + SILENCE, 0, LEVELS - 1)
    return np.asarray(levels, np.uint8)


def emphasised(signal: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
    """A signal (frames,) whose high frequencies are raised: (x[n] - a x[n-1]) / (1 + a), a 0..1.

    It flattens the spectrum, so that the next sample is easier to predict, and the noise of levels
    gets the sound's own slope (Valin and Skoglund, "LPCNet", arXiv 1810.11846, section 3.1).
    """
    before = np.concatenate([np.zeros(1, np.float32), signal[:-1]])
    return np.asarray((signal - np.float32(amount) * before) / np.float32(1 + amount), np.float32)


def decode(levels: NDArray[np.uint8], quantiser: Quantiser) -> NDArray[np.float32]:
    """Levels to samples in [-1, 1)."""
    return table(quantiser)[levels]


def table(quantiser: Quantiser) -> NDArray[np.float32]:
    """The sample of each level (256,)."""
    scale = (np.arange(LEVELS) - SILENCE) / SILENCE
    return (scale if quantiser == "linear" else expand(scale)).astype(np.float32)


def compress(signal: NDArray[np.float32]) -> NDArray[np.float64]:
    """sign(x) ln(1 + mu |x|) / ln(1 + mu)."""
    clipped = np.clip(np.asarray(signal, np.float64), -1.0, 1.0)
    return np.asarray(np.sign(clipped) * np.log1p(MU * np.abs(clipped)) / np.log1p(MU))


def expand(companded: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `compress`: sign(y) ((1 + mu)^|y| - 1) / mu."""
    return np.asarray(np.sign(companded) * np.expm1(np.abs(companded) * np.log1p(MU)) / MU)
