"""Where long signals are cut into overlapping chunks: what to learn from, what to hold out.

Frame numbers only; nothing is copied.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.signal import Array

Frames = NDArray[np.int64]
BLOCK = 2**20  # frames looked at together, so that hours take no more memory than a minute


def quiet_runs(signal: Array, level: float, least: int) -> Frames:
    """First frame and end (n, 2) of every run of `least` frames or more that stay below `level`."""
    runs: list[tuple[int, int]] = []
    last = -1  # the last frame that is not quiet
    for start in range(0, len(signal), BLOCK):
        loud = start + np.flatnonzero(np.abs(signal[start : start + BLOCK]) >= level)
        edges = np.concatenate([[last], loud])
        for at in np.flatnonzero(np.diff(edges) > least):
            runs.append((int(edges[at]) + 1, int(edges[at + 1])))
        last = int(edges[-1])
    if len(signal) - last > least:
        runs.append((last + 1, len(signal)))
    return np.array(runs, np.int64).reshape(-1, 2)


def quiet(starts: Frames, chunk: int, runs: Frames, least: int) -> NDArray[np.bool_]:
    """Which chunks hold `least` frames or more of one run."""
    shared = np.minimum(starts[:, None] + chunk, runs[:, 1])
    shared = shared - np.maximum(starts[:, None], runs[:, 0])
    return np.asarray((shared >= least).any(axis=1), np.bool_)


def starts(frames: int, chunk: int, hop: int) -> Frames:
    """First frames of chunks, one every `hop` frames and one that ends where the signal does.

    >>> starts(20, chunk=8, hop=4).tolist(), starts(18, chunk=8, hop=4).tolist()
    ([0, 4, 8, 12], [0, 4, 8, 10])
    """
    last = frames - chunk
    if last < 0:
        return np.zeros(0, np.int64)
    return np.unique(np.append(np.arange(0, last, hop, dtype=np.int64), last))


def held_out(lengths: Sequence[int], chunk: int, share: float) -> list[int]:
    """How many frames at the end of each signal are for validation: whole chunks, about `share`
    of all; of a signal of less than two chunks all or none.

    One signal of two chunks, or two of one, have at least a chunk on either side.

    >>> held_out([100, 100, 12], chunk=8, share=0.1)
    [8, 16, 0]
    """
    held: list[int] = []
    owed, trained = 0.0, False
    for frames in lengths:
        owed += share * frames
        chunks, due = frames // chunk, max(0, round(owed / chunk))
        inside = min(due, chunks - 1) * chunk  # leaves a chunk to learn from
        held.append(frames if chunks == 1 and due and trained else max(0, inside))
        owed -= held[-1]
        trained = trained or frames - held[-1] >= chunk
    return held if any(held) else _least(lengths, chunk)


def _least(lengths: Sequence[int], chunk: int) -> list[int]:
    """Hold out a chunk of the longest signal, or all of one where no signal has two chunks."""
    held = [0] * len(lengths)
    longest = int(np.argmax(lengths))
    if lengths[longest] >= 2 * chunk:
        held[longest] = chunk
    elif sum(frames >= chunk for frames in lengths) > 1:
        last = max(at for at, frames in enumerate(lengths) if frames >= chunk)
        held[last] = lengths[last]
    return held
