"""Compound steps: a score by its changes, each step a wait and then the classes of four voices.

A score of N frames begins with silence before its first frame. A step stands where any voice
changes; a wait longer than MOST_WAIT frames is a chain of steps that change nothing. The last step
waits until frame N, where the score ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.songs import CLASSES, Frames, Songs, from_classes, to_classes
from starling.models.errors import InputError

VOICES = len(CLASSES)
MOST_WAIT = 48  # frames, two seconds: 1 in 10,000 waits of NES-MDB is longer
MOST_AGE = 400  # frames, from where on the age of a note is all one


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of songs one after another, song i being offsets[i] to offsets[i + 1].

    `waits` (n,) are frames before a step, `states` (n, 4) the classes after it.
    """

    waits: NDArray[np.uint8]
    states: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.waits)

    def first(self) -> NDArray[np.bool_]:
        """Which steps (n,) begin a song."""
        return _flags(len(self), self.offsets[:-1])

    def last(self) -> NDArray[np.bool_]:
        """Which steps (n,) end a song."""
        return _flags(len(self), self.offsets[1:] - 1)

    def before(self) -> NDArray[np.uint8]:
        """The classes (n, 4) before each step."""
        earlier = np.concatenate([np.zeros((1, VOICES), np.uint8), self.states[:-1]])
        earlier[self.first()] = 0
        return earlier

    def times(self) -> NDArray[np.int64]:
        """The frame (n,) in its song at which each step stands."""
        total = np.cumsum(self.waits, dtype=np.int64)
        begins = np.concatenate([[0], total])[self.offsets[:-1]]
        return np.asarray(total - np.repeat(begins, np.diff(self.offsets)))

    def rows(self) -> NDArray[np.int64]:
        """The song (n,) of each step."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


def _flags(count: int, places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """True (count,) at some places."""
    found = np.zeros(count, bool)
    found[places] = True
    return found


def of_songs(songs: Songs) -> Steps:
    """The steps of every song. Raises InputError for a song without frames."""
    parts = [of_notes(frames) for frames in songs]
    offsets = np.cumsum([0, *map(len, parts)]).astype(np.int64)
    waits = np.concatenate([part.waits for part in parts])
    return Steps(waits, np.concatenate([part.states for part in parts]), offsets)


def of_notes(frames: Frames) -> Steps:
    """The steps of one song from its notes (N, 4), 0 for silence. Raises InputError where N is 0.

    >>> song = of_notes(np.array([[60, 0, 0, 0], [60, 0, 0, 0], [0, 0, 0, 5]], np.uint8))
    >>> song.waits.tolist(), song.states.tolist()
    ([0, 2, 1], [[28, 0, 0, 0], [0, 0, 0, 5], [0, 0, 0, 5]])
    """
    if not len(frames):
        raise InputError("a score must have at least 1 frame, got 0")
    classes = to_classes(frames).astype(np.uint8)
    earlier = np.concatenate([np.zeros((1, VOICES), np.uint8), classes[:-1]])
    stands = np.append(np.flatnonzero((classes != earlier).any(axis=1)), len(classes))
    waits = np.diff(stands, prepend=0)
    chained = np.maximum(waits - 1, 0) // MOST_WAIT  # steps before each that change nothing
    final = np.cumsum(chained + 1) - 1
    steps = np.full(final[-1] + 1, MOST_WAIT, np.uint8)
    steps[final] = waits - MOST_WAIT * chained
    after = np.concatenate([np.zeros((1, VOICES), np.uint8), classes[stands[:-1]]])
    states = after[np.repeat(np.arange(len(stands)), chained + 1)]
    states[final[:-1]] = after[1:]
    return Steps(steps, states, np.array([0, len(steps)], np.int64))


def to_notes(waits: NDArray[np.integer], states: NDArray[np.integer]) -> Frames:
    """Notes (N, 4) of one song's steps: the inverse of `of_notes`."""
    held = np.concatenate([np.zeros((1, VOICES), np.int64), states])[: len(waits)]
    return from_classes(np.repeat(held, waits, axis=0))


def since(steps: Steps) -> NDArray[np.int64]:
    """The frame (n,) in its song at which each step's wait begins."""
    found = np.concatenate([[0], steps.times()[:-1]])
    found[steps.first()] = 0
    return found


def ages(steps: Steps) -> NDArray[np.int16]:
    """Frames (n, 4) that each voice has held its class when a step's wait begins, 0..MOST_AGE."""
    times, begins = steps.times(), steps.offsets[:-1][steps.rows()]
    changed = steps.states != steps.before()
    found = np.zeros((len(steps), VOICES), np.int16)
    now = since(steps)
    for voice in range(VOICES):
        place = np.where(changed[:, voice], np.arange(len(steps)), -1)
        latest = np.maximum.accumulate(np.concatenate([[-1], place[:-1]]))
        then = np.where(latest >= begins, times[latest], 0)
        found[:, voice] = np.minimum(now - then, MOST_AGE)
    return found
