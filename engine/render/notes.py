"""One MIDI channel's messages to notes with lengths: re-strikes and the sustain pedal resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

BEND = 128  # the pitch bend's number among the controls; MIDI's own end at 127
SUSTAIN = 64
MIN_SECONDS = 0.001  # a note that ends on the tick it starts on still sounds


@dataclass(frozen=True, slots=True)
class SongNote:
    """A key held from `start` to `end`, in seconds; `velocity` 1..127."""

    start: float
    end: float
    key: int
    velocity: int

    @property
    def seconds(self) -> float:
        """How long the key is held, pedal included."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class ControlChange:
    """A control change at `time` seconds: value 0..127; for `BEND` -8192..8191."""

    time: float
    number: int
    value: int


@dataclass(slots=True)
class Channel:
    """The state of one channel while its messages are taken in order of time.

    A second note-on of a sounding key starts a second note; a note-off ends the older one. Under
    the pedal a note lasts until the pedal rises or its key is struck again.
    """

    program: int = 0
    pedal: bool = False
    has_notes: bool = False
    held: dict[int, list[tuple[float, int]]] = field(default_factory=dict)  # key: (start, velocity)
    sustained: dict[int, list[tuple[float, int]]] = field(default_factory=dict)
    notes: list[SongNote] = field(default_factory=list)
    controls: list[ControlChange] = field(default_factory=list)

    def take(self, time: float, message: Any) -> None:
        """Take one mido message at `time` seconds; kinds that make no sound are passed over."""
        handler = _HANDLERS.get(message.type)
        if handler:
            handler(self, time, message)

    def finish(self, end: float) -> tuple[tuple[SongNote, ...], tuple[ControlChange, ...]]:
        """End what still sounds at `end` seconds; the notes in order of time, and the controls."""
        self._release(end, self.held)
        self._release(end, self.sustained)
        notes = sorted(self.notes, key=attrgetter("start", "key", "end", "velocity"))
        return tuple(notes), tuple(self.controls)

    def _note_on(self, time: float, message: Any) -> None:
        if message.velocity == 0:
            self._note_off(time, message)
            return
        self.has_notes = True
        self._end(time, self.sustained.pop(message.note, []), message.note)
        self.held.setdefault(message.note, []).append((time, message.velocity))

    def _note_off(self, time: float, message: Any) -> None:
        sounding = self.held.get(message.note)
        if not sounding:
            return
        first = sounding.pop(0)
        if self.pedal:
            self.sustained.setdefault(message.note, []).append(first)
        else:
            self._end(time, [first], message.note)

    def _control(self, time: float, message: Any) -> None:
        self.controls.append(ControlChange(time, message.control, message.value))
        action = _CONTROLS.get(message.control)
        if action:
            action(self, time, message.value)

    def _sustain(self, time: float, value: int) -> None:
        self.pedal = value >= 64
        if not self.pedal:
            self._release(time, self.sustained)

    def _sound_off(self, time: float, value: int) -> None:
        self._release(time, self.held)
        self._release(time, self.sustained)

    def _notes_off(self, time: float, value: int) -> None:
        if self.pedal:
            for key, notes in self.held.items():
                self.sustained.setdefault(key, []).extend(notes)
            self.held.clear()
        else:
            self._release(time, self.held)

    def _bend(self, time: float, message: Any) -> None:
        self.controls.append(ControlChange(time, BEND, message.pitch))

    def _program(self, time: float, message: Any) -> None:
        if not self.has_notes:
            self.program = message.program

    def _release(self, time: float, group: dict[int, list[tuple[float, int]]]) -> None:
        for key, notes in group.items():
            self._end(time, notes, key)
        group.clear()

    def _end(self, time: float, notes: list[tuple[float, int]], key: int) -> None:
        for start, velocity in notes:
            self.notes.append(SongNote(start, max(time, start + MIN_SECONDS), key, velocity))


_HANDLERS: dict[str, Callable[[Channel, float, Any], None]] = {
    "note_on": Channel._note_on,
    "note_off": Channel._note_off,
    "control_change": Channel._control,
    "pitchwheel": Channel._bend,
    "program_change": Channel._program,
}

_CONTROLS: dict[int, Callable[[Channel, float, int], None]] = {
    SUSTAIN: Channel._sustain,
    120: Channel._sound_off,
    123: Channel._notes_off,
}
