"""The bytes of one track of a MIDI file to events, as far as they can be read. Pure.

What no reader of a song needs (SysEx, texts) is passed over without a word; what is broken is a
remark.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

META, SYSEX, ESCAPE = 0xFF, 0xF0, 0xF7
END, NAME, PORT, TEMPO, TIME_SIGNATURE = 0x2F, 0x03, 0x21, 0x51, 0x58
HIGHEST = 127

# Standard MIDI Files 1.0: the length in bytes of those meta events that have a fixed one.
META_LENGTHS = {
    0x20: (1, "channel prefix"),
    PORT: (1, "port"),
    TEMPO: (3, "tempo"),
    0x54: (5, "SMPTE offset"),
    TIME_SIGNATURE: (4, "time signature"),
    0x59: (2, "key signature"),
}
# Data bytes after a status byte: of channel messages by their high half, of system ones by all.
CHANNEL_LENGTHS = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
SYSTEM_LENGTHS = {0xF1: 1, 0xF2: 2, 0xF3: 1}


class Event(NamedTuple):
    """A channel message: `status` with the channel in its low half, and its data bytes."""

    tick: int
    port: int
    status: int
    data1: int
    data2: int


class Meta(NamedTuple):
    """A meta event and its bytes."""

    tick: int
    kind: int
    data: bytes


@dataclass(slots=True)
class TrackEvents:
    """What one track holds, in order; `end` is the tick where it ends."""

    events: list[Event] = field(default_factory=list)
    metas: list[Meta] = field(default_factory=list)
    end: int = 0

    @property
    def name(self) -> str:
        """The first name, in UTF-8 or Latin-1; empty where there is none."""
        found = next((meta.data for meta in self.metas if meta.kind == NAME), b"")
        try:
            text = found.decode("utf-8")
        except UnicodeDecodeError:
            text = found.decode("latin-1")
        return text.replace("\0", "").strip()


def read_track(data: bytes, at: int, limit: int) -> tuple[TrackEvents, int, Counter[str]]:
    """The track whose events begin at `at`; `limit` is where its header says that it ends.

    It ends at its end-of-track event, else at `limit` if another track or nothing begins there.
    Gives the track, the place after it, and remarks with how often each is made.
    """
    track = TrackEvents()
    remarks: Counter[str] = Counter()
    port = running = 0
    try:
        while at < len(data) and not (at == limit and data[at : at + 4] == b"MTrk"):
            delta, at = _number(data, at)
            track.end += delta
            status = data[at]
            if status <= HIGHEST:
                status = running
            else:
                at += 1
            if status >= SYSEX:  # running status goes on after it, as players have it
                meta, at = _system(data, at, status, track.end)
                if meta and meta.kind == END:
                    return track, at, remarks
                port = _keep(track, meta, port, remarks) if meta else port
            else:
                event, at = _event(data, at, status, track.end, port, remarks)
                track.events.append(event)
                running = status
        broken = at < limit
    except (ValueError, IndexError):
        broken = True
        at = max(at, min(limit, len(data)))
    if broken:
        remarks["it breaks off, and was read as far as it goes"] += 1
    return track, at, remarks


def _event(
    data: bytes, at: int, status: int, tick: int, port: int, remarks: Counter[str]
) -> tuple[Event, int]:
    """The channel message whose data begin at `at`, and the place after it."""
    count = CHANNEL_LENGTHS.get(status >> 4, 0)
    values = data[at : at + count]
    if len(values) < count or not count:
        raise ValueError("a message breaks off, or has no status")
    if max(values) > HIGHEST:
        remarks["a data byte over 127 was taken as 127"] += 1
        values = bytes(min(value, HIGHEST) for value in values)
    return Event(tick, port, status, values[0], values[1] if count == 2 else 0), at + count


def _system(data: bytes, at: int, status: int, tick: int) -> tuple[Meta | None, int]:
    """What a system message or meta event holds, if it is one of these, and the place after it."""
    if status not in (META, SYSEX, ESCAPE):
        return None, at + SYSTEM_LENGTHS.get(status, 0)
    kind = data[at] if status == META else 0
    length, at = _number(data, at + (status == META))
    if at + length > len(data):
        raise ValueError("an event breaks off")
    body = data[at : at + length]
    return (Meta(tick, kind, body) if status == META else None), at + length


def _keep(track: TrackEvents, meta: Meta, port: int, remarks: Counter[str]) -> int:
    """Keep a meta event that is whole; the port from here on."""
    length, name = META_LENGTHS.get(meta.kind, (len(meta.data), ""))
    if len(meta.data) != length:
        remarks[f"a {name} of {len(meta.data)} bytes was skipped"] += 1
        return port
    if meta.kind == TEMPO and not any(meta.data):
        remarks["a tempo of 0 was skipped"] += 1
        return port
    track.metas.append(meta)
    return meta.data[0] if meta.kind == PORT else port


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length number of at most four bytes, and the place after it."""
    value = 0
    for place in range(at, at + 4):
        byte = data[place]
        value = value << 7 | byte & HIGHEST
        if byte <= HIGHEST:
            return value, place + 1
    raise ValueError("a number of more than four bytes")
