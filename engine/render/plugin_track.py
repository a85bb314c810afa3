"""A track for a third-party plugin: its notes and controllers as a MIDI file of one tempo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mido as untyped_mido

from starling.engine.render.controllers import APPLIED
from starling.engine.render.notes import BEND, SUSTAIN
from starling.engine.render.song import Track

mido: Any = untyped_mido  # untyped: the attributes are made at run time
TEMPO = 100_000  # microseconds a beat
DIVISION = 32_000  # ticks a beat, so 3 µs a tick: a third of a frame at 96 kHz
TICKS_PER_SECOND = DIVISION * 1_000_000 // TEMPO
CHANNEL = 0  # plugins listen there; the song's own channel only names the track
ORDER = {"note_off": 0, "control_change": 1, "pitchwheel": 1, "note_on": 2}  # at the same tick


def write_track(track: Track, path: Path) -> None:
    """Write what a plugin is to play: the pedal is in the lengths, volume and pan in the mixer."""
    events = [*_notes(track), *_controls(track)]
    events.sort(key=lambda event: (event[0], ORDER[event[1].type]))
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
    events = []
    for each in track.controls:
        if each.number == BEND:
            message = mido.Message("pitchwheel", pitch=each.value, channel=CHANNEL)
        elif each.number in APPLIED or each.number == SUSTAIN or each.number >= 120:
            continue
        else:
            message = mido.Message(
                "control_change", control=each.number, value=each.value, channel=CHANNEL
            )
        events.append((_tick(each.time), message))
    return events


def _tick(seconds: float) -> int:
    return round(seconds * TICKS_PER_SECOND)
