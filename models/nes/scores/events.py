"""A score as events: how long it stays as it is, then what changes. The exact inverse included.

event    (wait, voice, note, velocity, timbre): wait frames, then the voice becomes that
order    by time, then P1, P2, TR, NO; before the first frame every voice is (0, 0, 0)
length   in frames beside the events, for what holds on after the last change
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.models.nes.scores.score import MAX_FRAMES, RATE, Frames, Score

WAIT, VOICE, NOTE, VELOCITY, TIMBRE = range(5)  # the columns of an event
Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Changes (n, 5) of wait, voice 0..3, note, velocity and timbre over `frames` frames.

    Only the first change of a frame has a wait; equal scores have equal events.
    """

    changes: Rows
    frames: int
    rate: float = RATE
    samples: int = 0
    name: str = ""

    @property
    def times(self) -> NDArray[np.int64]:
        """The frame (n,) of each change."""
        return np.cumsum(self.changes[:, WAIT], dtype=np.int64)


def to_events(score: Score) -> Events:
    """The changes of a score."""
    before = np.concatenate([np.zeros((1, 4, 3), np.uint8), score.frames[:-1]])
    at, voice = np.nonzero((score.frames != before).any(axis=2))
    changes = np.empty((len(at), 5), np.int32)
    changes[:, WAIT] = np.diff(at, prepend=0)
    changes[:, VOICE] = voice
    changes[:, NOTE:] = score.frames[at, voice]
    return Events(changes, len(score), score.rate, score.samples, score.name)


def to_score(events: Events) -> Score:
    """The score of events. Raises InputError for events that no score has."""
    changes, times = events.changes, _times(events)
    frames = np.zeros((events.frames, 4, 3), np.uint8)
    for voice in range(4):
        own = changes[:, VOICE] == voice
        frames[:, voice] = _held(times[own], changes[own, NOTE:], events.frames)
    return Score(frames, events.rate, events.samples, events.name)


def _held(times: NDArray[np.int64], values: Rows, frames: int) -> Frames:
    """Each value (n, 3) from its frame until the next one's: (frames, 3)."""
    known = np.concatenate([np.zeros((1, 3), np.int32), values])
    return known[np.searchsorted(times, np.arange(frames), side="right")].astype(np.uint8)


def _times(events: Events) -> NDArray[np.int64]:
    """The frame of each change. Raises InputError for a field that is out of range."""
    changes = events.changes
    if changes.ndim != 2 or changes.shape[1] != 5:
        raise InputError(f"changes must have the shape (n, 5), got {changes.shape}")
    if not 1 <= events.frames <= MAX_FRAMES:
        raise InputError(f"frames must be 1..{MAX_FRAMES:,}, got {events.frames}")
    for column, field, high in (
        (WAIT, "wait", MAX_FRAMES),
        (VOICE, "voice", 3),
        (NOTE, "note", 255),
        (VELOCITY, "velocity", 255),
        (TIMBRE, "timbre", 255),
    ):
        wrong = np.flatnonzero((changes[:, column] < 0) | (changes[:, column] > high))
        if len(wrong):
            value = changes[wrong[0], column]
            raise InputError(f"{field} of event {wrong[0]} must be 0..{high}, got {value}")
    times = events.times
    if len(times) and times[-1] >= events.frames:
        raise InputError(f"events end at frame {times[-1]}, after the last of {events.frames}")
    return times
