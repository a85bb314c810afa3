"""The row of the next step of one song, step after step: what features computes for whole songs.

For every sequence that pointers look in there are tables from the hash of a past to its latest
place, one for each order, so that a step costs the same however long the song is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.context import layout
from starling.models.composer.context.changes import FIRST, MOST_DURATION, SILENT
from starling.models.composer.context.features import moved_to_front
from starling.models.composer.context.layout import (
    AGE_BUCKETS,
    BEGIN,
    LATE,
    ORDERS,
    PITCH_LIMITS,
    PITCHED,
    PITCHES,
    RECENT,
    RECENT_WAITS,
    SOON,
    confidence,
)
from starling.models.composer.context.matching import BASE, MASK, mixed
from starling.models.composer.context.meter import Meter
from starling.models.composer.context.pointers import (
    EARLIEST,
    ECHO_ORDERS,
    ECHOED,
    INTERVAL_ORDERS,
)
from starling.models.composer.context.steps import MOST_AGE, VOICES
from starling.models.composer.songs import CLASSES

POWERS = tuple(pow(BASE, order, 1 << 64) for order in ORDERS)
NOTHING = (0, 0, 0)  # the columns of a pointer that predicts nothing

Source = tuple[int, int, int]  # place in ORDERS, the place it points to, repeats


class Pasts:
    """A growing sequence of symbols, and the latest earlier place of each of its pasts."""

    def __init__(self, at: Sequence[int]) -> None:
        """`at` are the places in ORDERS that are looked up."""
        self.at = tuple(at)[::-1]  # the longest first
        self.symbols: list[int] = []
        self.prefixes = [0]
        self.tables: list[dict[int, int]] = [{} for _ in ORDERS]
        self.before: list[dict[int, int]] = [{} for _ in ORDERS]  # of each place, the one before
        self.sources: list[Source] = []  # of the present place

    def push(self, symbol: int) -> None:
        """Append a symbol, and look up the new place."""
        self.symbols.append(symbol)
        self.prefixes.append((self.prefixes[-1] * BASE + mixed(symbol)) & MASK)
        place, self.sources = len(self.symbols), []
        for order in self.at:
            if ORDERS[order] > place:
                continue
            past = self.past(order)
            source = self.tables[order].get(past, -1)
            self.tables[order][past] = place
            if source >= 0:
                self.sources.append((order, source, self._repeats(order, source)))
                self.before[order][place] = source

    def past(self, order: int) -> int:
        """The hash of the last symbols."""
        length = ORDERS[order]
        return (self.prefixes[-1] - self.prefixes[-1 - length] * POWERS[order]) & MASK

    def _repeats(self, order: int, source: int) -> int:
        """0: the past was seen once before; 1: twice with the same sequel; 2: with another."""
        earlier = self.before[order].get(source, -1)
        if earlier < 0:
            return 0
        return 1 if self.symbols[earlier] == self.symbols[source] else 2


class VoiceHistory:
    """The changes of one voice so far."""

    def __init__(self, voice: int) -> None:
        self.voice = voice
        self.exact, self.tolerant = Pasts(range(len(ORDERS))), Pasts(range(len(ORDERS)))
        self.intervals = Pasts(INTERVAL_ORDERS)
        self.values: list[int] = []
        self.durations: list[int] = []
        self.last, self.note, self.state = 0, 0, 0  # time of the last change; last note; class
        self.recent = [0]
        self.echo: list[Source] = []

    def push(self, time: int, value: int) -> None:
        """Note a change to a class at a frame."""
        duration = time - self.last
        self.values.append(value)
        self.durations.append(duration)
        self.exact.push(min(duration, MOST_DURATION) * 100 + value)
        self.tolerant.push(value)
        leap = value - self.note if self.note else FIRST
        self.intervals.push(leap if value else SILENT)
        moved_to_front(self.recent, value, RECENT + 1)
        self.last, self.state, self.note = time, value, value or self.note

    def listen(self, other: VoiceHistory) -> None:
        """Look up, in another voice, the pasts of this one."""
        self.echo = []
        for order in ECHO_ORDERS[::-1]:
            if ORDERS[order] <= len(self.values):
                source = other.tolerant.tables[order].get(self.tolerant.past(order), -1)
                if source >= 0:
                    self.echo.append((order, source, 0))

    def pointers(self, now: int, other: VoiceHistory | None) -> list[int]:
        """The columns of this voice's pointers when the next step is awaited from frame `now`."""
        elapsed = now - self.last
        found = [*self._two(self.exact, elapsed, 1), *self._two(self.tolerant, elapsed, EARLIEST)]
        found.append(self._interval(elapsed) if self.voice < PITCHED else NOTHING)
        found.append(self._echo(elapsed, other) if other else NOTHING)
        return [column for triple in found for column in triple]

    def _two(
        self, pasts: Pasts, elapsed: int, least: int
    ) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """The longest repeat's prediction that may still come true, and another than that."""
        first: tuple[int, int] | None = None
        columns = NOTHING
        for order, source, repeats in pasts.sources:
            found = self.durations[source] - elapsed, self.values[source]
            if found[0] < least:
                continue
            if first is None:
                first, columns = found, _triple(*found, confidence(order, repeats))
            elif found != first:
                return columns, _triple(*found, confidence(order, repeats))
        return columns, NOTHING

    def _interval(self, elapsed: int) -> tuple[int, int, int]:
        """The prediction of the longest repeat of intervals."""
        for order, source, repeats in self.intervals.sources:
            leap, remaining = self.intervals.symbols[source], self.durations[source] - elapsed
            value = 0 if leap == SILENT else self.note + leap
            sounds = leap != FIRST and self.note and 1 <= value < CLASSES[self.voice]
            if remaining >= EARLIEST and (leap == SILENT or sounds):
                return _triple(remaining, value, confidence(order, repeats))
        return NOTHING

    def _echo(self, elapsed: int, other: VoiceHistory) -> tuple[int, int, int]:
        """The prediction of the longest repeat in another voice."""
        for order, source, _ in self.echo:
            if source < len(other.values) and other.durations[source] - elapsed >= EARLIEST:
                remaining = other.durations[source] - elapsed
                return _triple(remaining, other.values[source], confidence(order, 0))
        return NOTHING


def _triple(remaining: int, value: int, sure: int) -> tuple[int, int, int]:
    """A prediction as the columns of a pointer."""
    return min(max(remaining, LATE), SOON) - LATE + 1, value + 1, sure


class History:
    """One song so far."""

    def __init__(self, meter: Meter | None = None) -> None:
        self.meter = meter
        self.voices = [VoiceHistory(voice) for voice in range(VOICES)]
        self.steps = [Pasts(range(len(ORDERS))), Pasts(range(len(ORDERS)))]
        self.waits: list[int] = []
        self.states: list[tuple[int, ...]] = []
        self.changed = [0] * VOICES
        self.time, self.wait = 0, BEGIN
        self.recent_waits: list[int] = []
        self.sounded: dict[int, int] = {}  # by pitch class, the frame at which it ended

    @property
    def state(self) -> list[int]:
        """The classes (4,) now."""
        return [voice.state for voice in self.voices]

    def push(self, wait: int, state: Sequence[int]) -> None:
        """Note a step: so many frames on, the classes after it."""
        self.time += wait
        for pitch in self._sounding():
            self.sounded[pitch] = self.time
        moves = [voice.state != value for voice, value in zip(self.voices, state, strict=True)]
        for voice, value, moved in zip(self.voices, state, moves, strict=True):
            if moved:
                voice.push(self.time, value)
        for at, other in ECHOED.items():
            if moves[at]:
                self.voices[at].listen(self.voices[other])
        self.changed = [
            value + 1 if moved else 0 for value, moved in zip(state, moves, strict=True)
        ]
        code = 0
        for value in state:
            code = code * 100 + value
        self.steps[0].push(code + wait * 100**VOICES)
        self.steps[1].push(code)
        self.waits.append(wait)
        self.states.append(tuple(state))
        moved_to_front(self.recent_waits, wait, RECENT_WAITS)
        self.wait = wait

    def row(self) -> NDArray[np.uint8]:
        """The row (WIDTH,) of the next step."""
        ages = [min(self.time - voice.last, MOST_AGE) for voice in self.voices]
        groups: dict[str, Callable[[], Sequence[int]]] = {
            "wait": lambda: [self.wait],
            "change": lambda: self.changed,
            "state": lambda: self.state,
            "age": lambda: AGE_BUCKETS[ages].tolist(),
            "pointer": self._pointers,
            "global": self._globals,
            "recent": self._recent,
            "recent wait": lambda: _padded(self.recent_waits, RECENT_WAITS),
            "pitch": self._pitch_ages,
            "meter": self._meter,
        }
        return np.array([each for name in layout.GROUPS for each in groups[name]()], np.uint8)

    def _pointers(self) -> list[int]:
        """The columns of the pointers on voices."""
        found: list[int] = []
        for at, voice in enumerate(self.voices):
            other = self.voices[ECHOED[at]] if at in ECHOED else None
            found += voice.pointers(self.time, other)
        return found

    def _globals(self) -> list[int]:
        """The columns of the pointers on steps."""
        found: list[int] = []
        for pasts in self.steps:
            if pasts.sources:
                order, source, repeats = pasts.sources[0]
                after = [value + 1 for value in self.states[source]]
                found += [self.waits[source], *after, confidence(order, repeats)]
            else:
                found += [0] * (2 + VOICES)
        return found

    def _recent(self) -> list[int]:
        """The classes that each voice had before its present one."""
        found: list[int] = []
        for voice in self.voices:
            found += _padded([value + 1 for value in voice.recent[1:]], RECENT)
        return found

    def _sounding(self) -> set[int]:
        """The pitch classes that sound now."""
        return {
            int(layout.pitch_class(np.array(voice.state), voice.voice))
            for voice in self.voices[:PITCHED]
            if voice.state
        }

    def _pitch_ages(self) -> list[int]:
        """The buckets of the time since each pitch class sounded."""
        sounding = self._sounding()
        found = [0] * PITCHES
        for pitch, ended in self.sounded.items():
            found[pitch] = 1 + int(np.searchsorted(PITCH_LIMITS, self.time - ended))
        for pitch in sounding:
            found[pitch] = 1
        return found

    def _meter(self) -> list[int]:
        """Length of a beat and place in the bar."""
        if self.meter is None:
            return [0, 0]
        [columns] = self.meter.columns(np.array([self.time])).tolist()
        return list(columns)


def _padded(values: Sequence[int], count: int) -> list[int]:
    """Values, then zeros."""
    return [*values, *[0] * (count - len(values))]
