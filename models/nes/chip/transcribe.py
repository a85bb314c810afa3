"""Register writes to a score, as nesmdb does it: nearest notes, the commonest tone of each frame.

The chip's own moves are followed: envelopes, sweeps and length counters. What a score cannot say is
left out: sampled sound, pitches between notes, changes within a frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.models.nes.chip.notes import PERIODS, notes
from starling.models.nes.chip.plain import Registers
from starling.models.nes.scores.score import CHIP, RATE, VOICES, Score, samples_of
from starling.models.nes.writes import RATE as SAMPLE_RATE
from starling.models.nes.writes import Writes, checked

Ints = NDArray[np.int64]


def transcribe(writes: Writes, rate: float = RATE, name: str = "") -> Score:
    """A score of the writes, at a frame rate. Raises InputError: shorter than a frame."""
    count = int(checked(writes).samples * rate / SAMPLE_RATE)
    while samples_of(count + 1, rate) <= writes.samples:  # the product may be rounded down
        count += 1
    if not count:
        raise InputError(
            f"there must be a frame of {samples_of(1, rate)} samples at least, got {writes.samples}"
        )
    begins, tones = tone_changes(writes)
    edges = np.array([samples_of(at, rate) for at in range(count + 1)])
    voices = [
        commonest(begins, triples(tones[:, 3 * at : 3 * at + 3], at, writes.clock), edges)
        for at in range(len(VOICES))
    ]
    return Score(np.stack(voices, axis=1).astype(np.uint8), rate, writes.samples, name)


def tone_changes(writes: Writes) -> tuple[Ints, Ints]:
    """When what the voices are set to changes, in samples (n,), and to what (n, 12)."""
    chip = Registers(writes.memory, clocked=False)
    columns = (writes.times.tolist(), writes.addresses.tolist(), writes.values.tolist())
    for time, address, value in zip(*columns, strict=True):
        chip.write(time * writes.clock // SAMPLE_RATE, address, value)
    chip.run(writes.samples * writes.clock // SAMPLE_RATE)
    found = np.array([(0, *chip.first_seen), *chip.edges], np.int64)
    return -(-found[:, 0] * SAMPLE_RATE // writes.clock), found[:, 1:]


def triples(tones: Ints, voice: int, clock: int) -> Ints:
    """Note, velocity and timbre (n, 3) of a voice's tones: zeros where it has no note."""
    number, volume, timbre = tones.T
    name, can = VOICES[voice], CHIP[voice]
    note = PERIODS - number if name == "no" else notes(number, name, clock)
    found = np.stack([note, volume if can.velocity else 0 * volume, timbre], axis=1)
    return np.where(((volume > 0) & (note >= can.low) & (note <= can.high))[:, None], found, 0)


def commonest(begins: Ints, values: Ints, edges: Ints) -> Ints:
    """For each frame between `edges` the row of values (n, 3) that sounds in it longest."""
    cuts = np.unique(np.concatenate([begins, edges]))
    cuts = cuts[cuts <= edges[-1]]
    rows = values[np.searchsorted(begins, cuts[:-1], side="right") - 1]
    frame = np.searchsorted(edges, cuts[:-1], side="right") - 1
    keys = ((frame << 8 | rows[:, 0]) << 8 | rows[:, 1]) << 8 | rows[:, 2]
    distinct, at = np.unique(keys, return_inverse=True)
    lasts = np.bincount(at, np.diff(cuts)) * ((distinct >> 16 & 255) > 0)  # silence counts nothing
    order = np.lexsort((-distinct, lasts))  # the last of each frame's is the longest, then lowest
    best = np.zeros(len(edges) - 1, np.int64)
    best[distinct[order] >> 24] = distinct[order]
    return np.stack([best >> 16 & 255, best >> 8 & 255, best & 255], axis=1)
