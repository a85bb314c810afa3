"""A MIDI file's bytes to its tracks: what can be read is read, what was skipped is said. Pure.

Standard MIDI Files 1.0 (type 0 and 1), also inside RIFF (`.rmi`) or behind a MacBinary header, cut
short, or with wrong lengths and counts of tracks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from starling.models.dsp.signal import shown_name
from starling.models.errors import InputError, ParseError
from starling.models.midi.track_bytes import TrackEvents, read_track

MAX_BYTES = 8 * 2**20  # two million events, more than any song
PATTERNS = 2  # the type of a file of independent patterns
USUAL_DIVISION = 480  # ticks a beat where a file says 0
REMARKS = 5  # that a sentence lists


@dataclass(frozen=True, slots=True)
class MidiData:
    """A file's tracks; `division` as in its header, negative for SMPTE frames.

    `remarks` are sentences on what was wrong or skipped; none for a file as it should be.
    """

    division: int
    tracks: tuple[TrackEvents, ...]
    remarks: tuple[str, ...] = ()


def read(path: Path) -> MidiData:
    """Read a file. Raises InputError (no file), ParseError (no MIDI, type 2, over 8 MB)."""
    name = shown_name(path)
    if not path.is_file():
        raise InputError(f"there is no MIDI file {path}", code="no_file")
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{name} is larger than {MAX_BYTES >> 20} MB, more than any song")
    return parse(path.read_bytes(), name)


def parse(data: bytes, name: str = "the MIDI") -> MidiData:
    """The tracks in a file's bytes. Raises ParseError."""
    remarks: Counter[str] = Counter()
    data = _unwrapped(data, name, remarks)
    if len(data) < 14:
        raise ParseError(f"{name} is not a Standard MIDI File: it ends in its header")
    length, kind, count = (int.from_bytes(data[a:b]) for a, b in ((4, 8), (8, 10), (10, 12)))
    division = int.from_bytes(data[12:14], signed=True)
    if kind == PATTERNS:
        raise ParseError(
            f"{name} is a type 2 MIDI file (independent patterns); types 0 and 1 are songs"
        )
    if division == 0:
        remarks[f"its beat has no ticks; {USUAL_DIVISION} were taken"] += 1
        division = USUAL_DIVISION
    tracks = _tracks(data, 8 + max(6, length), remarks)
    if not tracks:
        raise ParseError(f"{name} is not a Standard MIDI File: it holds no track")
    if count != len(tracks):
        remarks[f"its header counts {count} tracks where {len(tracks)} are there"] += 1
    return MidiData(division, tuple(tracks), _sentences(remarks))


def remark(name: str, data: MidiData) -> str:
    """One sentence for people on what was skipped; empty where all is as it should be."""
    if not data.remarks:
        return ""
    more = len(data.remarks) - REMARKS
    listed = "; ".join(data.remarks[:REMARKS]) + (f"; and {more} more" if more > 0 else "")
    return f"{name} is not quite as it should be: {listed}"


def _unwrapped(data: bytes, name: str, remarks: Counter[str]) -> bytes:
    """The file from its header on, without what is around it."""
    at = data.find(b"MThd")
    if at < 0:
        raise ParseError(f"{name} is not a Standard MIDI File: it has no header (MThd)")
    if data[:4] == b"RIFF" and data[8:12] == b"RMID" and at >= 8:
        return data[at : at + int.from_bytes(data[at - 4 : at], "little")]
    if at:
        remarks[f"{at} bytes before its header were skipped"] += 1
    return data[at:]


def _tracks(data: bytes, at: int, remarks: Counter[str]) -> list[TrackEvents]:
    """The tracks of the chunks from `at` on."""
    tracks: list[TrackEvents] = []
    while at < len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8])
        if kind == b"MTrk":
            begin = at + 8
            track, at, found = read_track(data, begin, begin + length)
            tracks.append(track)
            for text, times in found.items():
                remarks[f"track {len(tracks)}: {text}"] += times
            at = _after(data, at, begin + length, len(tracks), remarks)
        elif len(kind) == 4 and kind.isalnum() and at + 8 + length <= len(data):
            remarks[f"an unknown chunk {kind.decode('ascii')} was skipped"] += 1
            at += 8 + length
        else:
            following = data.find(b"MTrk", at + 1)
            following = len(data) if following < 0 else following
            remarks[f"{following - at} bytes between its tracks were skipped"] += 1
            at = following
    return tracks


def _after(data: bytes, end: int, limit: int, number: int, remarks: Counter[str]) -> int:
    """Where the next chunk begins: after a track's end, or where its header says that it ends."""
    if end == limit or (end >= len(data) and limit >= len(data)):
        return end
    remarks[f"track {number}: its length is wrong"] += 1
    return end if limit > len(data) or end > limit or data[end : end + 4] == b"MTrk" else limit


def _sentences(remarks: Counter[str]) -> tuple[str, ...]:
    return tuple(text + (f" ({n} times)" if n > 1 else "") for text, n in remarks.items())
