"""A track for a third-party plugin: its notes and controllers as a MIDI file of one tempo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mido as untyped_mido

from starling.engine.render.controllers import APPLIED
from starling.engine.songs.notes import ControlChange
from starling.engine.songs.song import Track
from starling.models.midi.controllers import (
    BEND,
    KEY_PRESSURE,
    PRESSURE,
    RESET,
    RESETS,
    SOSTENUTO,
    SOUND_OFF,
    SUSTAIN,
)

mido: Any = untyped_mido  # untyped: the attributes are made at run time
TEMPO = 100_000  # microseconds a beat
DIVISION = 32_000  # ticks a beat, so 3 µs a tick: a third of a frame at 96 kHz
TICKS_PER_SECOND = DIVISION * 1_000_000 // TEMPO
CHANNEL = 0  # plugins listen there; the song's own channel only names the track
ORDER = {"note_off": 0, "note_on": 2}  # at the same tick; all else between them
IN_NOTES = frozenset({SUSTAIN, SOSTENUTO})  # the lengths of the notes hold these already


def write_track(track: Track, path: Path) -> None:
    """Write what a plugin is to play: the pedal is in the lengths, volume and pan in the mixer."""
    events = [*_notes(track), *_controls(track)]
    events.sort(key=lambda event: (event[0], ORDER.get(event[1].type, 1)))
    messages = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=TEMPO)])
    before = 0
    for tick, message in events:
        messages.append(message.copy(time=tick - before))
        before = tick
    file = mido.MidiFile(type=0, ticks_per_beat=DIVISION)
    file.tracks.append(messages)
    file.save(path)


def _notes(track: Track) -> list[tuple[int, Any]]:
    events = []
    for note in track.notes:
        on = mido.Message("note_on", note=note.key, velocity=note.velocity, channel=CHANNEL)
        events.append((_tick(note.start), on))
        events.append((_tick(note.end), mido.Message("note_off", note=note.key, channel=CHANNEL)))
    return events


def _controls(track: Track) -> list[tuple[int, Any]]:
    return [
        (_tick(each.time), _message(number, value))
        for each in track.controls
        for number, value in _meaning(each)
        if number not in APPLIED and number not in IN_NOTES
    ]


def _meaning(control: ControlChange) -> list[tuple[int, int]]:
    """What a plugin is told: for a reset each value, since some know no reset."""
    if control.number == RESET:
        return list(RESETS.items())
    return [] if SOUND_OFF <= control.number < BEND else [(control.number, control.value)]


def _message(number: int, value: int) -> Any:
    if number == BEND:
        return mido.Message("pitchwheel", pitch=value, channel=CHANNEL)
    if number == PRESSURE:
        return mido.Message("aftertouch", value=value, channel=CHANNEL)
    if number >= KEY_PRESSURE:
        return mido.Message("polytouch", note=number - KEY_PRESSURE, value=value, channel=CHANNEL)
    return mido.Message("control_change", control=number, value=value, channel=CHANNEL)


def _tick(seconds: float) -> int:
    return round(seconds * TICKS_PER_SECOND)
