"""Sums and levels of audio (2, frames) that may be as long as a song, in blocks."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from starling.engine.render.scratch import room
from starling.engine.songs.curves import blocks

Array = NDArray[np.float32]


def add(stems: Sequence[Array]) -> Array:
    """The sum of stems (2, frames) of one length."""
    total = room(stems[0].shape)
    for stem in stems:
        add_to(total, stem)
    return total


def add_to(total: Array, audio: Array) -> None:
    """Add audio (2, frames) to a sum of that shape, in place."""
    for start, end in blocks(total.shape[1]):
        total[:, start:end] += audio[:, start:end]


def peak(audio: Array) -> float:
    """The largest absolute sample of (2, frames)."""
    ends = blocks(audio.shape[1])
    return max((float(np.abs(audio[:, a:b]).max()) for a, b in ends), default=0.0)


def keep_headroom(master: Array, stems: Collection[Array], headroom: float | None) -> float:
    """Lower a mix that is too loud, and its stems, in place; by how many dB."""
    highest = peak(master)
    if headroom is None or highest <= 10 ** (-headroom / 20):
        return 0.0
    gain = np.float32(10 ** (-headroom / 20) / highest)
    for audio in (master, *stems):
        for start, end in blocks(audio.shape[1]):
            audio[:, start:end] *= gain
    return -20 * math.log10(gain)
