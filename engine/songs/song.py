"""A MIDI file as parts with notes in seconds: tempo map, running notes and pedals are resolved.

A part is what one channel of one port plays in one track of the file. Pure but for reading it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path

from starling.engine.songs.notes import Channel, ControlChange, SongNote
from starling.engine.songs.routing import Key, Route, routes
from starling.models.dsp.signal import shown_name
from starling.models.errors import InputError
from starling.models.midi import reader
from starling.models.midi.controllers import EXPRESSION
from starling.models.midi.reader import MidiData
from starling.models.midi.tempo import tempo_map
from starling.models.midi.track_bytes import TEMPO, Event
from starling.models.nes.scores import midi, midi_file, voice_line
from starling.models.nes.scores.voice_line import Line

MAX_SECONDS = 4 * 3600.0  # twice the longest quartets: 5 GB of disk a track at 44.1 kHz


@dataclass(frozen=True, slots=True)
class Track:
    """A part: what one channel (1..16) plays in one track; times in seconds from the song's start.

    `number` is how it is addressed; its channel where no other part has that. `program` is the
    General MIDI program (0..127) in force at the first note; `controls` are control changes, with
    the bend and the pressures as `models.midi.controllers` numbers them. `line` is there in files
    of nesmdb's conventions, which mean other things by velocities, keys of the noise and
    controllers 11 and 12: it is the voice as the chip plays it, and the rest is what others can
    play of it.
    """

    channel: int
    program: int
    name: str
    notes: tuple[SongNote, ...]
    controls: tuple[ControlChange, ...]
    number: int = 0
    port: int = 0
    line: Line | None = None

    def __post_init__(self) -> None:
        if not self.number:
            object.__setattr__(self, "number", self.channel)

    @property
    def programs(self) -> tuple[int, ...]:
        """The programs that its notes have, in the order of their first notes."""
        found = (self.program if note.program is None else note.program for note in self.notes)
        return tuple(dict.fromkeys(found)) or (self.program,)

    def playing(self, programs: tuple[int, ...]) -> Track:
        """The part with only the notes of some programs."""
        notes = (
            note
            for note in self.notes
            if (self.program if note.program is None else note.program) in programs
        )
        return replace(self, notes=tuple(notes), program=programs[0])


@dataclass(frozen=True, slots=True)
class Song:
    """The parts that hold notes, by number; `seconds` is the end of its last bar.

    `remark` is a sentence on what of the file could not be read.
    """

    name: str
    seconds: float
    tracks: dict[int, Track] = field(default_factory=dict)
    remark: str = ""


def read_song(path: Path) -> Song:
    """Read a Standard MIDI File of type 0 or 1, as far as it can be read.

    Raises InputError (no such file, no notes, over four hours), ParseError (not a MIDI file, or
    over 8 MB).
    """
    data, name = reader.read(path), shown_name(path)
    song = song_of(data, name)
    return replace(song, remark=reader.remark(name, data))


def song_of(data: MidiData, name: str) -> Song:
    """The song of a file. Raises InputError: no notes, over four hours."""
    nothing = InputError(f"{name} holds no notes; there is nothing to render", code="empty_song")
    parts = routes(data)
    if not parts:
        raise nothing
    tempos = [
        (meta.tick, int.from_bytes(meta.data))
        for track in data.tracks
        for meta in track.metas
        if meta.kind == TEMPO
    ]
    tempo = tempo_map(data.division, sorted(tempos, key=lambda each: each[0]))
    end = tempo.seconds(max(track.end for track in data.tracks))
    if end > MAX_SECONDS:
        raise InputError(
            f"{name} lasts {end / 3600:.1f} hours; at most {MAX_SECONDS / 3600:g} can be rendered"
        )
    lines = _lines(data, name)
    for index, event in _merged(data):
        time, kind = tempo.seconds(event.tick), event.status >> 4
        for channel in parts.recipients(index, event):
            channel.take(time, kind, event.data1, event.data2)
    tracks = [_as_scored(track, lines) for track in _tracks(parts.parts, end)]
    ends = [note.end for track in tracks for note in track.notes]
    if not ends:  # none of its notes came to sound
        raise nothing
    seconds = max(ends)
    stem = Path(name).stem
    return Song(stem, max(end, seconds), {each.number: each for each in _numbered(tracks)})


def _merged(data: MidiData) -> list[tuple[int, Event]]:
    """(index of the track, event) in order of time; at the same tick in order of the tracks."""
    merged = [(index, event) for index, track in enumerate(data.tracks) for event in track.events]
    return sorted(merged, key=lambda each: each[1].tick)


def _tracks(parts: Mapping[Key, Route], end: float) -> list[Track]:
    """The parts in the order of the file, without numbers yet."""
    found = []
    for (_, port, home), part in parts.items():
        notes, controls = _finished(part.channels, end)
        program = notes[0].program or 0
        found.append(Track(home + 1, program, part.name, tuple(notes), tuple(controls), 0, port))
    return found


def _lines(data: MidiData, name: str) -> dict[str, Line]:
    """The voices of a score in nesmdb's conventions, by name; none in any other file."""
    if data.division != midi.TICKS_PER_BEAT:
        return {}
    file = midi_file.of(data)
    return voice_line.of_file(file, name) if midi.is_score(file) else {}


def _as_scored(track: Track, lines: Mapping[str, Line]) -> Track:
    """A part; a voice of the chip among `lines` with what others can play of it."""
    line = lines.get(track.name)
    if line is None:
        return track
    others = [each for each in track.controls if each.number not in (midi.VELOCITY, midi.TIMBRE)]
    changes = [ControlChange(time, EXPRESSION, to) for time, to in voice_line.expression(line)]
    return replace(
        track,
        notes=tuple(SongNote(*each) for each in voice_line.notes(line)),
        controls=tuple(sorted([*others, *changes], key=attrgetter("time"))),
        line=line,
    )


def _finished(
    channels: Mapping[int, Channel], end: float
) -> tuple[list[SongNote], list[ControlChange]]:
    done = [channel.finish(end) for channel in channels.values()]
    if len(done) == 1:
        return done[0]
    notes = [note for each, _ in done for note in each]
    controls = [control for _, each in done for control in each]
    notes.sort(key=attrgetter("start", "key", "end", "velocity"))
    return notes, sorted(controls, key=attrgetter("time"))


def _numbered(tracks: list[Track]) -> list[Track]:
    """Number parts by their channels, in that order, where no two share one; else 1, 2, 3 ..."""
    channels = [track.channel for track in tracks]
    if len(set(channels)) == len(channels):
        return sorted(tracks, key=attrgetter("channel"))
    return [replace(track, number=number) for number, track in enumerate(tracks, 1)]
