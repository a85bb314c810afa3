"""Recordings made in a room: the hiss before a sound and after it is no part of it.

Only where a recording begins with a steady background: a hit begins with its attack, and the tail
of a decay is never mistaken for noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import Array

FRAME_SECONDS = 0.01
LEAD_FRAMES = 6  # of background before the sound, to know it by
RISE_DB = 4.0  # from their first half to their second: more is a soft attack
QUIETEST_DB = -60.0  # against the loudest frame; below it a background is inaudible
LOUDEST_DB = -18.0  # above it the beginning is sound
ABOVE_DB = 9.0  # over the background: sound
RUN_FRAMES = 4  # so long in a row; a crackle is shorter
BEFORE_SECONDS, AFTER_SECONDS = 0.02, 0.04  # kept around it


def without_background(signal: Array, sample_rate: int) -> Array:
    """The part of a mono signal (frames,) that stands out from a background it begins with.

    The same signal where there is none, or where nothing stands out.
    """
    frame = round(FRAME_SECONDS * sample_rate)
    levels = _levels(signal, frame)
    if len(levels) < LEAD_FRAMES + RUN_FRAMES:
        return signal
    lead = levels[:LEAD_FRAMES]
    background = float(np.median(lead))
    below = background - float(levels.max())
    rise = float(lead[LEAD_FRAMES // 2 :].mean() - lead[: LEAD_FRAMES // 2].mean())
    if rise > RISE_DB or not QUIETEST_DB < below < LOUDEST_DB:
        return signal
    runs = _runs(levels > background + ABOVE_DB)
    if not len(runs):
        return signal
    first = runs[0] * frame - int(BEFORE_SECONDS * sample_rate)
    last = (runs[-1] + RUN_FRAMES) * frame + int(AFTER_SECONDS * sample_rate)
    return signal[max(0, first) : last]


def _levels(signal: Array, frame: int) -> NDArray[np.float64]:
    """RMS of each whole frame in decibels."""
    count = len(signal) // frame
    power = np.square(signal[: count * frame].astype(np.float64)).reshape(count, frame).mean(axis=1)
    return np.asarray(10 * np.log10(power + 1e-15), np.float64)


def _runs(loud: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where RUN_FRAMES loud frames in a row begin."""
    return np.nonzero(np.lib.stride_tricks.sliding_window_view(loud, RUN_FRAMES).all(axis=1))[0]
