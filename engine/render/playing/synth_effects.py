"""The effects of a preset of Starling's synth over a whole track, of any length.

Up to ten minutes are one piece. Longer tracks are cut: the program that plays them forgets all
between two runs, so a piece begins so early that what came before has died away, at a turn of the
chorus, and goes over into the next one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

PIECE_SECONDS = 600.0  # 200 MB at 44.1 kHz
FADE_SECONDS = 0.05  # from one piece to the next
QUIET_DB = 100.0  # how far below itself what came before has died away
SETTLE_SECONDS = 1.0  # of all-passes, filters and the chorus
Array = NDArray[np.float32]
Run = Callable[[Array], Array]


def play(
    dry: Array,
    values: Mapping[str, float],
    sample_rate: int,
    run: Run,
    out: Array,
    piece_seconds: float = PIECE_SECONDS,
) -> Array:
    """A track (2, frames) through `run`, piece by piece, added to `out`, which comes back."""
    frames = dry.shape[1]
    fade = round(FADE_SECONDS * sample_rate)
    rise = np.linspace(0, 1, fade, dtype=np.float32)
    for start, end in pairwise(_edges(frames, round(piece_seconds * sample_rate))):
        begin = _begin(start, values, sample_rate) if start else 0
        until = min(end + fade, frames)
        wet = run(np.ascontiguousarray(dry[:, begin:until]))[:, start - begin :]
        if start:
            wet[:, :fade] *= rise
        if end < frames:
            wet[:, end - start :] *= 1 - rise[: until - end]
        out[:, start:until] += wet
    return out


def _edges(frames: int, piece: int) -> list[int]:
    """Where pieces begin, and the end; what is left over is part of the last one."""
    return [*range(0, max(1, frames - piece // 10), piece), frames]


def _begin(start: int, values: Mapping[str, float], sample_rate: int) -> int:
    """Where to begin so that a piece sounds right from `start` on."""
    place = max(0, start - round(run_up_seconds(values) * sample_rate))
    if values["chorus_mix"] <= 0:
        return place
    return turn_before(place, values["chorus_rate"], sample_rate)


def run_up_seconds(values: Mapping[str, float]) -> float:
    """How long the echoes and the reverb of a preset take to die away."""
    seconds = SETTLE_SECONDS
    if values["reverb_mix"] > 0:
        seconds += values["reverb_time"] * QUIET_DB / 60  # its time is to -60 dB
    if values["delay_mix"] > 0:
        loss = -20 * math.log10(max(values["delay_feedback"], 1e-5))  # dB an echo
        seconds += values["delay_time"] * (1 + QUIET_DB / loss)
    return seconds


def turn_before(place: int, rate_hz: float, sample_rate: int) -> int:
    """The last frame up to `place` at which the chorus begins a turn; 0 is the first.

    The chorus adds up its phase in single precision, which drifts: so does this, to the bit. Its
    compiler takes the 1 off before it adds the step.
    """
    step = np.float32(rate_hz) / np.float32(sample_rate)
    longest = math.ceil(1.01 * sample_rate / rate_hz) + 2
    ramp = np.full(longest, step, np.float32)
    found, ramp[0] = 0, step
    while True:
        turn = np.cumsum(ramp, dtype=np.float32)
        length = int(np.argmax(turn >= 1))
        if found + length > place:
            return found
        found, ramp[0] = found + length, (turn[length - 1] - np.float32(1)) + step
