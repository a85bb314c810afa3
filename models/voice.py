"""The pitch track that a one-shot's body is taught, and what range of pitches a set of sounds has.

A drum's body is followed by the instantaneous frequency of its low band, a voice by YIN (pitch.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from starling.models import pitch
from starling.models.audio import Array
from starling.models.head import HeadConfig

SMOOTH = 5  # frames of the median filter: an octave error rarely lasts for three
VOICED = 0.5  # share of the sounding frames that have a pitch, in a sound that sings
SINGING = 0.7  # share of the sounds that sing, in a set that is taught overtones
OVERTONES = 16
GRAIN = 24  # shapes of the noise's spectrum
MARGIN = 1.3  # of the range over what was found
LEAST_HZ, MOST_HZ = 25.0, 2_000.0
COUNTED = 200  # sounds of a set that are listened to


def voice_track(signal: Array, sample_rate: int) -> tuple[Array, Array]:
    """Pitch (hertz, 0 for none) and level of every frame of `pitch.HOP_S` seconds."""
    hertz, sounding = pitch.contour(signal, sample_rate)
    kept = np.where(sounding, hertz, 0.0)
    smooth = median_filter(kept, SMOOTH, mode="nearest")
    steady = (kept > 0) & (np.abs(np.log2(np.maximum(kept, 1) / np.maximum(smooth, 1))) < 0.2)
    hop = round(pitch.HOP_S * sample_rate)
    level = [np.sqrt(np.mean(np.square(signal[at : at + 2 * hop]))) for at in _starts(kept, hop)]
    track = np.where(steady, kept, 0.0)
    return track.astype(np.float32), (np.array(level) * steady).astype(np.float32)


def _starts(frames: NDArray[np.float64], hop: int) -> Sequence[int]:
    return range(0, len(frames) * hop, hop)


def placed(
    track: tuple[Array, Array], factor: float, head: HeadConfig, count: int
) -> tuple[Array, Array]:
    """A track at `count` frame centres of a sound played `factor` times as fast."""
    hertz, level = track
    step = head.hop / head.sample_rate * factor / pitch.HOP_S
    place = np.minimum((np.arange(count) * step).astype(np.int64), len(hertz) - 1)
    inside = np.arange(count) * step < len(hertz)
    moved = np.clip(hertz[place] * factor, head.body_low_hz, head.body_high_hz)
    return moved.astype(np.float32), (level[place] * inside).astype(np.float32)


def head_for(signals: Sequence[Array], sample_rate: int) -> HeadConfig:
    """The head that suits a set of sounds: overtones over their range where most of them sing."""
    step = max(1, len(signals) // COUNTED)
    found = [pitch.contour(signal, sample_rate) for signal in signals[::step]]
    sings = [float((hertz[sounding] > 0).mean()) >= VOICED for hertz, sounding in found]
    if np.mean(sings) < SINGING:
        return HeadConfig(sample_rate=sample_rate, grain=GRAIN)
    voiced = np.concatenate([hertz[sounding & (hertz > 0)] for hertz, sounding in found])
    low, high = np.percentile(voiced, (3, 97)) * (1 / MARGIN, MARGIN)
    return HeadConfig(
        sample_rate=sample_rate,
        grain=GRAIN,
        overtones=OVERTONES,
        body_low_hz=round(max(LEAST_HZ, float(low)), 1),
        body_high_hz=round(min(MOST_HZ, float(high)), 1),
    )
