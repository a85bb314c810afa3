"""MIDI files that several tests share: parts given as notes in beats."""

from __future__ import annotations

from collections.abc import Sequence

import mido

Note = tuple[float, float, int] | tuple[float, float, int, int]  # start, beats, key, velocity
BEAT = 480


def midi_of(
    *parts: tuple[str, int, Sequence[Note]], tempos: Sequence[tuple[float, int]] = ()
) -> mido.MidiFile:
    """A file of parts (name, channel 1..16, notes); tempos are (beat, microseconds a beat)."""
    file = mido.MidiFile(ticks_per_beat=BEAT)
    changes = [(beat, 0, mido.MetaMessage("set_tempo", tempo=tempo)) for beat, tempo in tempos]
    file.tracks.append(track("", changes))
    for name, channel, notes in parts:
        file.tracks.append(track(name, messages(channel - 1, notes)))
    return file


def messages(channel: int, notes: Sequence[Note]) -> list[tuple[float, int, mido.Message]]:
    found = []
    for start, beats, key, *velocity in notes:
        loud = velocity[0] if velocity else 100
        on = mido.Message("note_on", channel=channel, note=key, velocity=loud)
        found.append((start, 1, on))
        found.append((start + beats, 0, mido.Message("note_off", channel=channel, note=key)))
    return found


def track(name: str, timed: list[tuple[float, int, mido.Message]]) -> mido.MidiTrack:
    made = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    now = 0
    for beat, _, message in sorted(timed, key=lambda each: each[:2]):
        tick = round(beat * BEAT)
        made.append(message.copy(time=tick - now))
        now = tick
    return made
