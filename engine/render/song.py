"""A MIDI file as notes in seconds: tempo map, running notes and the pedal are resolved here.

Pure but for reading the file; what plays the notes is no concern of this module.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starling.engine.render.controllers import EXPRESSION
from starling.engine.render.notes import Channel, ControlChange, SongNote
from starling.models.errors import InputError
from starling.models.nes.scores import midi, midi_file, voice_line
from starling.models.nes.scores.midi_file import Message, MidiFile
from starling.models.nes.scores.voice_line import Line

DEFAULT_TEMPO = 500_000  # microseconds per quarter note: the MIDI standard's 120 per minute
MAX_SECONDS = 600.0  # ten minutes: a track of 96 kHz stereo then takes half a GB of memory


@dataclass(frozen=True, slots=True)
class Track:
    """What one MIDI channel (1..16) plays; times in seconds from the song's start.

    `program` is the General MIDI program (0..127) in force at the first note; `controls` are
    control changes, and the pitch bend under the number `BEND`. `line` is there in files of
    nesmdb's conventions, which mean other things by velocities, keys of the noise and controllers
    11 and 12: it is the voice as the chip plays it, and the rest is what others can play of it.
    """

    channel: int
    program: int
    name: str
    notes: tuple[SongNote, ...]
    controls: tuple[ControlChange, ...]
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Song:
    """The tracks that hold notes, by channel; `seconds` is the end of the last note."""

    name: str
    seconds: float
    tracks: dict[int, Track] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Ticks to seconds: `ticks` where the tempo changes, `micros` the time there in microseconds
    times the division, `tempos` in microseconds per quarter note from there on.
    """

    division: int
    ticks: tuple[int, ...]
    micros: tuple[int, ...]
    tempos: tuple[int, ...]

    def seconds(self, tick: int) -> float:
        """The time of a tick; whole numbers up to the last division, so that nothing drifts."""
        at = bisect_right(self.ticks, tick) - 1
        exact = self.micros[at] + (tick - self.ticks[at]) * self.tempos[at]
        return exact / (self.division * 1_000_000)


def read_song(path: Path) -> Song:
    """Read a Standard MIDI File of type 0 or 1.

    Raises InputError (no such file, no notes, over ten minutes), ParseError (not a MIDI file, or
    over 8 MB).
    """
    return _song(path, midi_file.read(path))


def _song(path: Path, file: MidiFile) -> Song:
    events = _events(file)
    tempo = tempo_map(file.ticks_per_beat, events)
    channels: dict[int, Channel] = {}
    names = _channel_names(file)
    for tick, message in events:
        if not message.is_meta and hasattr(message, "channel"):
            number = message.channel + 1
            channels.setdefault(number, Channel()).take(tempo.seconds(tick), message)
    end = tempo.seconds(events[-1][0]) if events else 0.0
    lines = voice_line.of_file(file, path.name) if midi.is_score(file) else {}
    tracks = {
        number: _track(number, channel, names.get(number, ""), end, lines)
        for number, channel in sorted(channels.items())
        if channel.has_notes
    }
    if not tracks:
        raise InputError(
            f"{path.name} holds no notes; there is nothing to render", code="empty_song"
        )
    seconds = max(note.end for track in tracks.values() for note in track.notes)
    if seconds > MAX_SECONDS:
        raise InputError(
            f"{path.name} lasts {seconds / 60:.0f} minutes; at most {MAX_SECONDS / 60:.0f} "
            "can be rendered"
        )
    return Song(path.stem, seconds, tracks)


def _track(
    number: int, channel: Channel, name: str, end: float, lines: Mapping[str, Line]
) -> Track:
    """A channel's track; a voice of the chip among `lines` is played from there."""
    notes, controls = channel.finish(end)
    if name not in lines:
        return Track(number, channel.program, name, notes, controls)
    line = lines[name]
    others = [each for each in controls if each.number not in (midi.VELOCITY, midi.TIMBRE)]
    changes = [ControlChange(time, EXPRESSION, to) for time, to in voice_line.expression(line)]
    return Track(
        number,
        channel.program,
        name,
        tuple(SongNote(*each) for each in voice_line.notes(line)),
        tuple(sorted([*others, *changes], key=lambda each: each.time)),
        line,
    )


def _events(file: MidiFile) -> list[tuple[int, Message]]:
    """(tick, message) of all tracks in order of time; at the same tick in order of the tracks."""

    def absolute(track: Iterable[Message]) -> Iterator[tuple[int, Message]]:
        tick = 0
        for message in track:
            tick += message.time
            yield tick, message

    merged = [event for track in file.tracks for event in absolute(track)]
    return sorted(merged, key=lambda event: event[0])


def tempo_map(division: int, events: list[tuple[int, Message]]) -> TempoMap:
    """The tempo map of a file: division as in its header, negative for SMPTE frames."""
    if division < 0:  # high byte: minus the frames per second; low byte: ticks per frame
        frames, per_frame = -(division >> 8), division & 0xFF
        return TempoMap(max(1, frames * per_frame), (0,), (0,), (1_000_000,))
    ticks, micros, tempos = [0], [0], [DEFAULT_TEMPO]
    for tick, message in events:
        if message.type != "set_tempo":
            continue
        micros.append(micros[-1] + (tick - ticks[-1]) * tempos[-1])
        ticks.append(tick)
        tempos.append(message.tempo)
    return TempoMap(max(1, division), tuple(ticks), tuple(micros), tuple(tempos))


def _channel_names(file: MidiFile) -> dict[int, str]:
    """The name of the first file track that plays on each channel."""
    names: dict[int, str] = {}
    for track in file.tracks:
        for message in track:
            if message.type == "note_on":
                names.setdefault(message.channel + 1, track.name.strip())
    return names
