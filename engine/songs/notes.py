"""One channel's messages to notes with lengths: re-strikes and the pedals resolved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from starling.models.midi.channel import ChannelState
from starling.models.midi.controllers import (
    BEND,
    HALF,
    KEY_PRESSURE,
    MODES,
    NOTES_OFF,
    PRESSURE,
    RESET,
    SOFT,
    SOFT_VELOCITY,
    SOSTENUTO,
    SOUND_OFF,
    SUSTAIN,
)

MIN_SECONDS = 0.001  # a note that ends on the tick it starts on still sounds
MAIN = 0  # the channel of a part's own messages; 1..16 are the members of an MPE zone
OFF, ON, KEY, CONTROL, PROGRAM, TOUCH, WHEEL = range(0x8, 0xF)  # a status byte's high half
KEYS_HELD = frozenset({SUSTAIN, SOSTENUTO, SOFT, SOUND_OFF, NOTES_OFF, *MODES})
Held = tuple[float, int, int, bool]  # start, velocity, program, soft


@dataclass(frozen=True, slots=True)
class SongNote:
    """A key held from `start` to `end`, in seconds; `velocity` 1..127.

    `channel` is whose bends it follows, `program` the one in force (None: the track's), `soft`
    whether the soft pedal was down.
    """

    start: float
    end: float
    key: int
    velocity: int
    channel: int = MAIN
    program: int | None = None
    soft: bool = False

    @property
    def seconds(self) -> float:
        """How long the key is held, pedals included."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class ControlChange:
    """A control change at `time` seconds: value 0..127; for `BEND` -8192..8191."""

    time: float
    number: int
    value: int
    channel: int = MAIN


def softened(notes: Sequence[SongNote]) -> Sequence[SongNote]:
    """Notes as struck more softly where the soft pedal was down: 3 dB by the square law.

    For instruments that know no such pedal.
    """
    return [
        replace(note, velocity=max(1, round(note.velocity * SOFT_VELOCITY))) if note.soft else note
        for note in notes
    ]


@dataclass(slots=True)
class Channel:
    """Turns one channel's messages, taken in order of time, into notes and control changes.

    A second note-on of a sounding key starts a second note; a note-off ends the older one. Under
    the sustain pedal a note lasts until the pedal rises or its key is struck again; the sostenuto
    pedal holds those keys that were down when it went down.
    """

    number: int = MAIN  # that notes and controls carry
    program: int = 0
    state: ChannelState = field(default_factory=ChannelState)
    held: dict[int, list[Held]] = field(default_factory=dict)
    sustained: dict[int, list[Held]] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)  # keys that the sostenuto pedal holds
    notes: list[SongNote] = field(default_factory=list)
    controls: list[ControlChange] = field(default_factory=list)
    members: list[Channel] = field(default_factory=list)  # of an MPE zone, for its master

    def take(self, time: float, kind: int, data1: int, data2: int) -> None:
        """Take one message at `time` seconds: the high half of its status, its data bytes."""
        _HANDLERS[kind](self, time, data1, data2)

    def finish(self, end: float) -> tuple[list[SongNote], list[ControlChange]]:
        """End what still sounds at `end` seconds; the notes in order of time, and the controls."""
        self._release(end, self.held)
        self._release(end, self.sustained)
        self.notes.sort(key=attrgetter("start", "key", "end", "velocity"))
        return self.notes, self.controls

    def _note_on(self, time: float, key: int, velocity: int) -> None:
        if velocity == 0:
            self._note_off(time, key, 0)
            return
        self._end(time, self.sustained.pop(key, []), key)
        note = (time, velocity, self.program, self.state.is_down(SOFT))
        self.held.setdefault(key, []).append(note)

    def _note_off(self, time: float, key: int, _: int) -> None:
        sounding = self.held.get(key)
        if not sounding:
            return
        first = sounding.pop(0)
        if self._holds(key):
            self.sustained.setdefault(key, []).append(first)
        else:
            self._end(time, [first], key)

    def _control(self, time: float, number: int, value: int) -> None:
        self.controls.append(ControlChange(time, number, value, self.number))
        self._obey(time, number, value)
        for member in self.members:
            if number == RESET:
                member._control(time, number, value)
            elif number in KEYS_HELD:
                member._obey(time, number, value)

    def _obey(self, time: float, number: int, value: int) -> None:
        """Keep a control change, and do what it does to the notes."""
        if number == SOSTENUTO and value >= 64 and not self.state.is_down(SOSTENUTO):
            self.kept = {key for key, notes in self.held.items() if notes}
        self.state.control(number, value)
        if number in (SUSTAIN, SOSTENUTO, RESET):
            self._pedals(time)
        elif number == SOUND_OFF:
            self._release(time, self.held)
            self._release(time, self.sustained)
        elif number == NOTES_OFF or number in MODES:
            self._all_notes_off(time)

    def _pedals(self, time: float) -> None:
        """End what no pedal holds any more."""
        if not self.state.is_down(SOSTENUTO):
            self.kept.clear()
        if not self.state.is_down(SUSTAIN):
            for key in [key for key in self.sustained if key not in self.kept]:
                self._end(time, self.sustained.pop(key), key)

    def _all_notes_off(self, time: float) -> None:
        for key, notes in self.held.items():
            if self._holds(key):
                self.sustained.setdefault(key, []).extend(notes)
            else:
                self._end(time, notes, key)
        self.held.clear()

    def _holds(self, key: int) -> bool:
        return self.state.is_down(SUSTAIN) or key in self.kept

    def _bend(self, time: float, low: int, high: int) -> None:
        self._set(time, BEND, high * 128 + low - HALF)

    def _pressure(self, time: float, value: int, _: int) -> None:
        self._set(time, PRESSURE, value)

    def _key_pressure(self, time: float, key: int, value: int) -> None:
        self._set(time, KEY_PRESSURE + key, value)

    def _set(self, time: float, number: int, value: int) -> None:
        self.controls.append(ControlChange(time, number, value, self.number))
        self.state.control(number, value)

    def _program(self, time: float, program: int, _: int) -> None:
        self.program = program
        for member in self.members:
            member.program = program

    def _release(self, time: float, group: dict[int, list[Held]]) -> None:
        for key, notes in group.items():
            self._end(time, notes, key)
        group.clear()

    def _end(self, time: float, notes: list[Held], key: int) -> None:
        for start, velocity, program, soft in notes:
            end = max(time, start + MIN_SECONDS)
            self.notes.append(SongNote(start, end, key, velocity, self.number, program, soft))


_HANDLERS: dict[int, Callable[[Channel, float, int, int], None]] = {
    OFF: Channel._note_off,
    ON: Channel._note_on,
    KEY: Channel._key_pressure,
    CONTROL: Channel._control,
    PROGRAM: Channel._program,
    TOUCH: Channel._pressure,
    WHEEL: Channel._bend,
}
