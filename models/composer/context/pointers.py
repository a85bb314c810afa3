"""Pointers: what followed the longest earlier repeats of a song's past, for every step of songs.

A pointer on a voice predicts its next change: in how many frames, to which class. `exact` compares
durations and classes; `tolerant` classes alone, as sampling at 24 Hz moves changes by a frame;
`interval` the steps between notes, so that transposed repeats count; `echo` the other pulse's
classes. The second ones of the first two are the longest repeats that predict something else.
Global pointers predict whole steps. All of it follows from earlier steps alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.context import changes, matching
from starling.models.composer.context.changes import FIRST, SILENT, Changes
from starling.models.composer.context.layout import (
    GLOBALS,
    LATE,
    ORDERS,
    POINTERS,
    SOON,
    Rows,
    confidence,
)
from starling.models.composer.context.matching import Places, Sequences
from starling.models.composer.context.steps import VOICES, Steps
from starling.models.composer.songs import CLASSES

INTERVAL_ORDERS = range(1, len(ORDERS))  # places in ORDERS: one interval alone says little
ECHO_ORDERS = range(7)  # echoes are short
EARLIEST = -2  # frames past its time at which a tolerant prediction still counts
ECHOED = {0: 1, 1: 0}  # the pulses follow each other


@dataclass(slots=True)
class Found:
    """The best predictions so far of each step (n,): frames to go, class, confidence; -1: none."""

    remaining: Places
    values: Places
    sure: Places

    @classmethod
    def nothing(cls, count: int) -> Found:
        """No prediction for any step."""
        return cls(*(np.full(count, -1, np.int64) for _ in range(3)))

    @property
    def open(self) -> NDArray[np.bool_]:
        """The steps (n,) that have no prediction yet."""
        return self.sure < 0

    def take(
        self, where: NDArray[np.bool_], remaining: Places, values: Places, sure: Places
    ) -> None:
        """Take the predictions of some steps."""
        self.remaining[where], self.values[where] = remaining[where], values[where]
        self.sure[where] = sure[where]

    def triple(self) -> Rows:
        """As the columns (n, 3) of a pointer."""
        near = np.clip(self.remaining, LATE, SOON) - LATE + 1
        columns = np.stack([near, self.values + 1, self.sure], axis=1)
        return np.where(self.open[:, None], 0, columns).astype(np.uint8)


def on_voices(steps: Steps) -> Rows:
    """The columns (n, 4 * POINTERS * 3) of the pointers on voices."""
    every = [changes.of_voice(steps, voice) for voice in range(VOICES)]
    parts: list[Found] = []
    for voice, mine in enumerate(every):
        parts += _two(mine, mine.exact(), 1)
        parts += _two(mine, mine.values, EARLIEST)
        nothing = Found.nothing(len(steps))
        parts.append(_interval(mine, voice) if voice < VOICES - 1 else nothing)
        parts.append(_echo(mine, every[ECHOED[voice]]) if voice in ECHOED else nothing)
    assert len(parts) == VOICES * len(POINTERS)
    return np.concatenate([part.triple() for part in parts], axis=1)


def _by_order(sequences: Sequences, at: range) -> list[tuple[int, Places]]:
    """Places in ORDERS, the longest first, and the latest repeats (places,) of that order."""
    hashes = matching.pasts(sequences, [ORDERS[each] for each in at])
    return [(each, matching.latest(row)) for each, row in zip(at, hashes, strict=True)][::-1]


def _repeats(sequel: Places, sources: Places, source: Places) -> Places:
    """0 where a past (n,) was seen once before, 1 twice with the same sequel, 2 with another.

    `sequel` (places,) is what follows each place, `sources` (places,) the place before it that had
    the same past, `source` (n,) the places that predict.
    """
    before = np.where(source >= 0, sources[np.maximum(source, 0)], -1)
    same = sequel[np.maximum(before, 0)] == sequel[np.maximum(source, 0)]
    return np.where(before < 0, 0, np.where(same, 1, 2))


def _two(mine: Changes, symbols: Places, least: int) -> tuple[Found, Found]:
    """The longest repeat's prediction that may still come true, and another than that."""
    first, second = Found.nothing(len(mine.places)), Found.nothing(len(mine.places))
    sequences, following = mine.sequences(symbols), mine.following()
    sequel = sequences.at_places()
    for order, sources in _by_order(sequences, range(len(ORDERS))):
        source = sources[mine.places]
        change = following[np.maximum(source, 0)]
        remaining, values = mine.durations[change] - mine.elapsed, mine.values[change]
        valid = (source >= 0) & (remaining >= least)
        sure = confidence(order, 0) + _repeats(sequel, sources, source)
        other = (values != first.values) | (remaining != first.remaining)
        another = valid & ~first.open & second.open & other
        second.take(another, remaining, values, sure)
        first.take(valid & first.open, remaining, values, sure)
    return first, second


def _interval(mine: Changes, voice: int) -> Found:
    """The prediction of the longest repeat of intervals."""
    found, symbols = Found.nothing(len(mine.places)), mine.intervals()
    sequences, following = mine.sequences(symbols), mine.following()
    sequel = sequences.at_places()
    for order, sources in _by_order(sequences, INTERVAL_ORDERS):
        source = sources[mine.places]
        change = following[np.maximum(source, 0)]
        leap = symbols[change]
        values = np.where(leap == SILENT, 0, mine.notes + leap)
        sounds = (leap != FIRST) & (mine.notes > 0) & (values >= 1) & (values < CLASSES[voice])
        remaining = mine.durations[change] - mine.elapsed
        valid = (source >= 0) & (remaining >= EARLIEST) & (sounds | (leap == SILENT))
        sure = confidence(order, 0) + _repeats(sequel, sources, source)
        found.take(valid & found.open, remaining, values, sure)
    return found


def _echo(mine: Changes, other: Changes) -> Found:
    """The prediction of the longest repeat, in another voice, of what this one did."""
    found, following, reached = Found.nothing(len(mine.places)), other.following(), other.reached()
    steps = np.arange(len(mine.places))
    orders = [ORDERS[each] for each in ECHO_ORDERS]
    ours = matching.pasts(mine.sequences(mine.values), orders)
    theirs = matching.pasts(other.sequences(other.values), orders)
    for order in ECHO_ORDERS[::-1]:
        sources = matching.latest_of_other(ours[order], mine.reached(), theirs[order], reached)
        source = sources[mine.places]
        change = following[np.maximum(source, 0)]
        happened = (source >= 0) & (change >= 0) & (other.steps[change] < steps)
        remaining, values = other.durations[change] - mine.elapsed, other.values[change]
        valid = happened & (remaining >= EARLIEST)
        sure = np.full(len(steps), confidence(order, 0))
        found.take(valid & found.open, remaining, values, sure)
    return found


def on_steps(steps: Steps) -> Rows:
    """The columns (n, GLOBALS * 6) of the global pointers: wait, classes, confidence."""
    states = np.zeros(len(steps), np.int64)
    for voice in range(VOICES):
        states = states * 100 + steps.states[:, voice]
    symbols: dict[str, Callable[[], Places]] = {
        "exact": lambda: states + steps.waits.astype(np.int64) * 100**VOICES,
        "tolerant": lambda: states,
    }
    parts = [_global(steps, symbols[name]()) for name in GLOBALS]
    return np.concatenate(parts, axis=1)


def _global(steps: Steps, symbols: Places) -> Rows:
    """The columns (n, 6) of the longest repeat's next step."""
    sequences = Sequences(symbols, steps.offsets)
    following = Sequences(np.arange(len(steps)), steps.offsets).at_places()
    sequel, places = sequences.at_places(), np.arange(len(steps)) + steps.rows()
    chosen, sure = np.full(len(steps), -1, np.int64), np.zeros(len(steps), np.int64)
    for order, sources in _by_order(sequences, range(len(ORDERS))):
        source = sources[places]
        take = (source >= 0) & (chosen < 0)
        chosen[take] = following[source[take]]
        repeats = _repeats(sequel, sources, source)
        sure[take] = confidence(order, 0) + repeats[take]
    step = np.maximum(chosen, 0)
    columns = np.column_stack([steps.waits[step], steps.states[step].astype(int) + 1, sure])
    return np.where(chosen[:, None] < 0, 0, columns).astype(np.uint8)
