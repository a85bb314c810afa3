"""The rows of all steps of songs at once, for training and measuring; layout has the columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.context import layout, pointers
from starling.models.composer.context.layout import (
    AGE_BUCKETS,
    BEGIN,
    PITCH_LIMITS,
    PITCHED,
    PITCHES,
    RECENT,
    RECENT_WAITS,
    Rows,
)
from starling.models.composer.context.meter import Meter
from starling.models.composer.context.steps import VOICES, Steps, ages, since


def rows(steps: Steps, meters: Sequence[Meter | None] = ()) -> Rows:
    """The rows (n, WIDTH) of every step; `meters` are those of the songs, where known."""
    first, before = steps.first(), steps.before()
    earlier = np.concatenate([[BEGIN], steps.waits[:-1]])
    earlier[first] = BEGIN
    changed = np.concatenate([np.zeros((1, VOICES), bool), (steps.states != before)[:-1]])
    changed[first] = False
    groups: dict[str, NDArray[Any]] = {
        "wait": earlier[:, None],
        "change": np.where(changed, before + 1, 0),
        "state": before,
        "age": AGE_BUCKETS[ages(steps)],
        "pointer": pointers.on_voices(steps),
        "global": pointers.on_steps(steps),
        "recent": np.concatenate([_recent(steps, voice) for voice in range(VOICES)], axis=1),
        "recent wait": _recent_waits(steps),
        "pitch": _pitch_ages(steps),
        "meter": _meters(steps, meters),
    }
    return np.concatenate([groups[name].astype(np.uint8) for name in layout.GROUPS], axis=1)


def moved_to_front(latest: list[int], symbol: int, most: int) -> None:
    """Note that `symbol` is the latest: the list holds distinct symbols, the latest first."""
    if symbol in latest:
        latest.remove(symbol)
    latest.insert(0, symbol)
    del latest[most:]


def _recent(steps: Steps, voice: int) -> Rows:
    """The classes + 1 (n, RECENT) that the voice had before its present one; 0: none."""
    states = steps.states[:, voice]
    changed = np.flatnonzero((states != steps.before()[:, voice]) | steps.first())
    first = steps.first()
    found = np.zeros((len(changed) + 1, RECENT), np.uint8)  # after each change
    latest: list[int] = []
    for at, (place, value) in enumerate(
        zip(changed.tolist(), states[changed].tolist(), strict=True)
    ):
        if first[place]:
            latest = [0]
        moved_to_front(latest, value, RECENT + 1)
        found[at, : len(latest) - 1] = latest[1:]
        found[at, : len(latest) - 1] += 1
    index = np.searchsorted(changed, np.arange(len(steps))) - 1  # the last change before each step
    after = found[index]
    after[first] = 0
    return after


def _recent_waits(steps: Steps) -> Rows:
    """The distinct waits (n, RECENT_WAITS) before each step, the latest first; 0: none."""
    found = np.zeros((len(steps), RECENT_WAITS), np.uint8)
    latest: list[int] = []
    waits = steps.waits.tolist()
    for at, fresh in enumerate(steps.first().tolist()):
        if fresh:
            latest = []
        found[at, : len(latest)] = latest
        moved_to_front(latest, waits[at], RECENT_WAITS)
    return found


def _pitch_ages(steps: Steps) -> NDArray[np.int64]:
    """The bucket (n, 12) of the time since each pitch class sounded; 0: not yet."""
    count, begins = np.arange(len(steps)), steps.offsets[:-1][steps.rows()]
    times, before, now = steps.times(), steps.before(), since(steps)
    found = np.zeros((len(steps), PITCHES), np.int64)
    sounding = np.zeros((len(steps), PITCHES), bool)
    for voice in range(PITCHED):
        on = before[:, voice] > 0
        sounding[count[on], layout.pitch_class(before[on, voice], voice)] = True
    for pitch in range(PITCHES):
        latest = np.maximum.accumulate(np.where(sounding[:, pitch], count, -1))
        frames = now - times[np.maximum(latest, 0)]  # it ended with the step at which it was on
        bucket = 1 + np.searchsorted(PITCH_LIMITS, frames, side="left")
        found[:, pitch] = np.where(latest < begins, 0, np.where(latest == count, 1, bucket))
    return found


def _meters(steps: Steps, meters: Sequence[Meter | None]) -> Rows:
    """Length of a beat and place in the bar (n, 2) where each wait begins; 0 where not known."""
    found, now = np.zeros((len(steps), 2), np.uint8), since(steps)
    for song, meter in enumerate(meters):
        part = slice(steps.offsets[song], steps.offsets[song + 1])
        if meter is not None:
            found[part] = meter.columns(now[part])
    return found
