"""How far a render is from a target, in dB: the loss that sound matching minimises.

The mean of two distances between log-mel maps. One is MSS (`models/dsp/sound_distance.py`),
relative to each map's maximum; the other compares both sounds at one RMS on other scales, floored
80 dB down, so that a single loud bin does not decide the level. Neither depends on loudness.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.mel_spectrogram import decibels, mel_power
from starling.models.dsp.sound_distance import is_silent, mel_maps

Array = NDArray[np.float32]

SAMPLE_RATE = 44_100  # of targets and renders
SCALES = ((4096, 2048, 128), (1024, 441, 64), (512, 256, 32))  # window, hop, mel bands
LEVEL = 0.1  # RMS at which both sounds are compared
REFERENCE = 1.0  # power of 0 dB: about the loudest bin of a tone at LEVEL
SILENCE = float("inf")  # the loss of no sound


@dataclass(frozen=True)
class SpectralTarget:
    """A target ready for many comparisons: mono (frames,) at SAMPLE_RATE."""

    samples: Array

    def loss(self, audio: Array) -> float:
        """The distance of a render (channels, frames) in dB; infinite for silence."""
        mono = fitted(audio.mean(axis=0), len(self.samples))  # (frames,)
        if is_silent(mono):
            return SILENCE
        theirs = maps(mono)
        differences = [np.mean(np.abs(a - b)) for a, b in zip(self._maps, theirs, strict=True)]
        return float(np.mean(differences))

    @cached_property
    def _maps(self) -> list[Array]:
        return maps(self.samples)


def maps(mono: Array) -> list[Array]:
    """The log-mel maps of a sound (frames,) that are compared, in dB."""
    level = float(np.sqrt(np.mean(np.square(mono, dtype=np.float64))))
    scaled = mono[None] * np.float32(LEVEL / level)  # (1, frames)
    ours = [decibels(mel_power(scaled, SAMPLE_RATE, *scale), REFERENCE) for scale in SCALES]
    return [*mel_maps(mono[None], SAMPLE_RATE), *ours]


def fitted(mono: Array, frames: int) -> Array:
    """The sound cut or padded with silence to a length."""
    return np.pad(mono[:frames], (0, max(0, frames - len(mono)))).astype(np.float32)
