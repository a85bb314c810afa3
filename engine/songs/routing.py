"""Which part of a song a message belongs to. Pure.

A track's notes on a channel are a part. A part with a program of its own is an instrument of its
own, as a DAW writes it: other tracks' controllers do not reach it. A part without one plays with
the rest of its channel, as MIDI has it. Tracks that hold no notes on a channel (conductors) speak
for all that do. The member channels of an MPE zone are one part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from starling.engine.songs.notes import CONTROL, MAIN, ON, PROGRAM, Channel
from starling.models.midi.channel import ChannelState
from starling.models.midi.controllers import LOWER_MASTER, MOST_MEMBERS, UPPER_MASTER, ZONE
from starling.models.midi.reader import MidiData
from starling.models.midi.track_bytes import Event

Key = tuple[int, int, int]  # index of the track, port, channel 0..15 (of a zone: its master)
Place = tuple[int, int]  # port, channel 0..15
KEYED = 0xB  # statuses below this one belong to a key: they never reach another track
MEMBERS = {
    LOWER_MASTER: range(1, 1 + MOST_MEMBERS),
    UPPER_MASTER: range(MOST_MEMBERS, 0, -1),
}


@dataclass(slots=True)
class Route:
    """A part while its messages are taken: its channels, by the number that their notes carry."""

    name: str
    channels: dict[int, Channel] = field(default_factory=dict)


@dataclass(slots=True)
class Routes:
    """The parts of a file in its order, and where a message goes."""

    parts: dict[Key, Route] = field(default_factory=dict)
    zones: dict[Place, int] = field(default_factory=dict)  # member channels to their master
    shared: dict[tuple[int, int, int], list[Channel]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.parts)

    def recipients(self, index: int, event: Event) -> Sequence[Channel]:
        """The channels that take an event of the track of this index."""
        channel = event.status & 0xF
        if event.status >> 4 >= KEYED:
            return self.shared.get((index, event.port, channel), ())
        home = self.zones.get((event.port, channel), channel)
        part = self.parts.get((index, event.port, home))
        line = part.channels.get(_line(channel, home)) if part else None
        return (line,) if line else ()  # a member of a zone may end what it never began


def routes(data: MidiData) -> Routes:
    """The parts of a file that hold notes, with nothing taken yet."""
    found = Routes(zones=_zones(data))
    own: set[Key] = set()  # with a program of their own
    senders: dict[Key, None] = {}
    for index, track in enumerate(data.tracks):
        for event in track.events:
            kind, channel = event.status >> 4, event.status & 0xF
            home = found.zones.get((event.port, channel), channel)
            key = (index, event.port, home)
            if kind == ON and event.data2:
                part = found.parts.get(key)
                if part is None:
                    part = found.parts[key] = Route(track.name)
                line = _line(channel, home)
                part.channels.setdefault(line, Channel(line))
            elif kind == PROGRAM:
                own.add(key)
            if kind >= KEYED:
                senders[index, event.port, channel] = None
    _share(found, own, senders)
    return found


def _share(found: Routes, own: set[Key], senders: dict[Key, None]) -> None:
    """Work out whom the controllers and programs of each track reach."""
    at: dict[Place, list[Key]] = {}
    for key in found.parts:
        at.setdefault((key[1], key[2]), []).append(key)
    for index, port, channel in senders:
        home = found.zones.get((port, channel), channel)
        sender = (index, port, home)
        reached: list[Channel] = []
        for key in at.get((port, home), []):
            if key == sender or sender not in found.parts or key not in own:
                reached += _lines(found.parts[key], channel, home)
        found.shared[index, port, channel] = reached


def _lines(part: Route, channel: int, home: int) -> list[Channel]:
    """What takes a channel's controllers in a part; the master of a zone hands them on."""
    if channel == home:
        main = part.channels.setdefault(MAIN, Channel())
        main.members = [each for each in part.channels.values() if each is not main]
        return [main]
    line = part.channels.get(_line(channel, home))
    return [line] if line else []


def _line(channel: int, home: int) -> int:
    return MAIN if channel == home else channel + 1


def _zones(data: MidiData) -> dict[Place, int]:
    """The member channels of MPE zones: (port, channel) to the master's channel."""
    zones: dict[Place, int] = {}
    for track in data.tracks:
        states: dict[Place, ChannelState] = {}
        for event in track.events:
            channel = event.status & 0xF
            if event.status >> 4 != CONTROL or channel not in MEMBERS:
                continue
            state = states.setdefault((event.port, channel), ChannelState())
            state.control(event.data1, event.data2)
            for member in MEMBERS[channel][: state.parameters[ZONE][0]]:
                zones[event.port, member] = channel
    return zones
