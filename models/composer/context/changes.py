"""The changes of one voice of songs, one after another, and where each step stands among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.context.matching import Places, Sequences
from starling.models.composer.context.steps import Steps, since

MOST_DURATION = 4000  # frames, from where on a duration is all one to a past
SILENT, FIRST = 200, 150  # symbols of changes that have no interval


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes (m,) of a voice, those of song i being offsets[i] to offsets[i + 1].

    `steps` are the steps at which they stand, `values` the classes that they bring, `durations` the
    frames since the change before or the song's beginning. Of each step (n,): `places` is its place
    among the changes (see matching), `elapsed` the frames since the last of them, `notes` the last
    class that sounded, 0 for none.
    """

    steps: Places
    values: Places
    durations: Places
    offsets: Places
    places: Places
    elapsed: Places
    notes: Places

    def sequences(self, symbols: Places) -> Sequences:
        """Symbols (m,) as sequences, one for each song."""
        return Sequences(symbols, self.offsets)

    def following(self) -> Places:
        """The change (places,) that follows each place; -1 at the songs' ends."""
        return self.sequences(np.arange(len(self.values))).at_places()

    def reached(self) -> Places:
        """The step (places,) with which each place is reached; -1 at the songs' beginnings."""
        found = np.full(len(self.values) + len(self.offsets) - 1, -1, np.int64)
        later = np.ones(len(found), bool)
        later[self.sequences(self.values).begins()] = False
        found[later] = self.steps
        return found

    def exact(self) -> Places:
        """Symbols (m,) of duration and class."""
        return np.minimum(self.durations, MOST_DURATION) * 100 + self.values

    def intervals(self) -> Places:
        """Symbols (m,) of the interval from the last note."""
        before = self.notes[self.steps]
        leaps = np.where(before > 0, self.values - before, FIRST)
        return np.where(self.values > 0, leaps, SILENT)


def of_voice(steps: Steps, voice: int) -> Changes:
    """The changes of one voice."""
    before = steps.before()[:, voice]
    changed = steps.states[:, voice] != before
    count = np.concatenate([[0], np.cumsum(changed)])
    offsets, rows, times = count[steps.offsets], steps.rows(), steps.times()
    stands = np.flatnonzero(changed)
    durations = np.diff(times[stands], prepend=0)
    opens = offsets[:-1][np.diff(offsets) > 0]  # the first changes of songs
    durations[opens] = times[stands][opens]
    begins = steps.offsets[:-1][rows]
    return Changes(
        stands,
        steps.states[stands, voice].astype(np.int64),
        durations,
        offsets,
        count[:-1] + rows,
        _elapsed(steps, changed),
        _last_notes(before, begins),
    )


def _elapsed(steps: Steps, changed: NDArray[np.bool_]) -> Places:
    """Frames (n,) from the last change to where each step's wait begins."""
    begins, times = steps.offsets[:-1][steps.rows()], steps.times()
    latest = np.maximum.accumulate(np.where(changed, np.arange(len(changed)), -1))
    latest = np.concatenate([[-1], latest[:-1]])
    return np.asarray(since(steps) - np.where(latest >= begins, times[latest], 0))


def _last_notes(before: NDArray[np.uint8], begins: Places) -> Places:
    """The last class (n,) that sounded before each step in its song; 0: none."""
    sounding = np.where(before > 0, np.arange(len(before)), -1)
    latest = np.maximum.accumulate(sounding)
    return np.where(latest >= begins, before[np.maximum(latest, 0)], 0).astype(np.int64)
