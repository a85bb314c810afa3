"""MIDI files in and out of mido, read as far as they can be: `models.midi.reader` does it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import mido

from starling.models.datasets.store import write_whole
from starling.models.midi import reader
from starling.models.midi.reader import MidiData
from starling.models.midi.track_bytes import CHANNEL_LENGTHS as LENGTHS
from starling.models.midi.track_bytes import NAME, TEMPO, TIME_SIGNATURE, Meta, TrackEvents

MidiFile = Any  # mido ships no types
Message = Any
Track = Any
KEPT = (TEMPO, TIME_SIGNATURE)  # the meta events that scores are made from, beside the name


def read(path: Path) -> MidiFile:
    """A Standard MIDI File of type 0 or 1. Raises InputError (no file), ParseError (not MIDI)."""
    return of(reader.read(path))


def parse(data: bytes, name: str = "the MIDI") -> MidiFile:
    """The bytes of a Standard MIDI File of type 0 or 1. Raises ParseError."""
    return of(reader.parse(data, name))


def of(data: MidiData) -> MidiFile:
    """What was read as a file of mido's."""
    file: MidiFile = mido.MidiFile(type=1, ticks_per_beat=data.division, charset="utf-8")  # type: ignore[no-untyped-call]
    file.tracks.extend(map(_track, data.tracks))
    return file


def _track(events: TrackEvents) -> Track:
    """A track of mido's: its name first, at one tick meta events before others."""
    metas = ((meta.tick, _meta(meta)) for meta in events.metas if meta.kind in KEPT)
    timed = [(tick, meta) for tick, meta in metas if meta is not None]
    for event in events.events:
        data = (event.status, event.data1, event.data2)[: LENGTHS[event.status >> 4] + 1]
        timed.append((event.tick, mido.Message.from_bytes(data)))  # type: ignore[no-untyped-call]
    timed.sort(key=lambda each: each[0])
    track: Track = mido.MidiTrack()
    if any(meta.kind == NAME for meta in events.metas):
        track.append(mido.MetaMessage("track_name", name=events.name))  # type: ignore[no-untyped-call]
    now = 0
    for tick, message in timed:
        message.time = tick - now
        track.append(message)
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=events.end - now))  # type: ignore[no-untyped-call]
    return track


def _meta(meta: Meta) -> Message | None:
    """A meta event of mido's; None for one whose values it refuses, as a beat of 2 ** -31."""
    try:
        return mido.MetaMessage.from_bytes([0xFF, meta.kind, len(meta.data), *meta.data])  # type: ignore[no-untyped-call]
    except (ValueError, KeyError, IndexError, OverflowError):
        return None


def to_bytes(file: MidiFile) -> bytes:
    """A file as bytes."""
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def write(path: Path, file: MidiFile) -> None:
    """Write a file by rename."""
    write_whole(path, to_bytes(file))
