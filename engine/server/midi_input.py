"""MIDI input through mido: a port of the machine, a `.mid` file, or mido's socket port.

`127.0.0.1:9080` as a port name listens there for mido's network protocol: no driver is needed.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import mido as untyped_mido
from mido import sockets as untyped_sockets

from starling.engine import log, threads
from starling.models.errors import MissingError
from starling.models.midi import reader

mido: Any = untyped_mido  # untyped: the attributes are made at run time
sockets: Any = untyped_sockets
SEQUENCER = Path("/dev/snd/seq")
NOTE_ON = 0x9  # a status byte's high half
POLL_S = 0.005  # prefetching is not urgent: 5 ms of delay cost nothing
OnKey = Callable[[int], None]


class Port(Protocol):
    """What we need of a mido input port."""

    def iter_pending(self) -> Iterator[Any]:
        """The messages that have come in."""
        ...

    def close(self) -> None:
        """Give the port back."""
        ...


class LoopbackPort:
    """Listens on 127.0.0.1 for programs that connect with mido.

    mido's PortServer accepts them, but its own `receive` never returns while nothing comes in.
    """

    def __init__(self, number: int) -> None:
        self._server = sockets.PortServer("127.0.0.1", number)
        self._ports: list[Any] = []

    def iter_pending(self) -> Iterator[Any]:
        """The messages that have come in from all connections."""
        self._ports += filter(None, [self._server.accept(block=False)])
        for port in self._ports:
            yield from port.iter_pending()
        self._ports = [port for port in self._ports if not port.closed]

    def close(self) -> None:
        """Close the connections and stop listening."""
        for port in self._ports:
            port.close()
        self._server.close()


def port_names() -> list[str]:
    """The MIDI inputs of this machine; none where it has no MIDI system."""
    if sys.platform == "linux" and not SEQUENCER.exists():
        return []  # ALSA would complain on stderr, past Python
    try:
        return list(mido.get_input_names())
    except (ImportError, RuntimeError, OSError):  # no rtmidi, or no sequencer to talk to
        return []


def open_port(name: str) -> Port:
    """Open a MIDI input of this machine by name, or `HOST:PORT` on loopback.

    Raises MissingError, naming the inputs that there are.
    """
    host, _, port = name.rpartition(":")
    try:
        if host in ("127.0.0.1", "localhost") and port.isdigit():
            return LoopbackPort(int(port))
        if name in port_names():
            opened: Port = mido.open_input(name)
            return opened
    except (OSError, OverflowError, RuntimeError) as exc:
        raise MissingError(f"the MIDI input {name!r} cannot be opened: {exc}") from exc
    there = ", ".join(port_names()) or "none on this machine; 127.0.0.1:PORT always works"
    raise MissingError(f"no MIDI input {name!r}; there are: {there}")


def is_note_on(message: Any) -> bool:
    """Whether a message begins a note; velocity 0 ends one."""
    return bool(message.type == "note_on" and message.velocity > 0)


def keys_of_file(path: Path) -> list[int]:
    """The distinct keys that a MIDI file plays, in order.

    Raises MissingError for no file, ParseError for what is no MIDI file.
    """
    if not path.exists():
        raise MissingError(f"no such file: {path}")
    tracks = reader.read(path).tracks
    events = (event for track in tracks for event in track.events)
    return sorted({event.data1 for event in events if event.status >> 4 == NOTE_ON and event.data2})


class MidiInput:
    """Calls `on_key` for each note that begins, in a thread of its own, until closed."""

    def __init__(self, port: Port, on_key: OnKey) -> None:
        self._port = port
        self._on_key = on_key
        self._closing = threading.Event()
        self._thread = threads.start("midi", self._loop)

    def close(self) -> None:
        """Stop listening and give the port back."""
        self._closing.set()
        self._thread.join(1.0)
        self._port.close()

    def _loop(self) -> None:
        while not self._closing.wait(POLL_S):
            try:
                self._drain()
            except OSError as exc:
                log.event("the MIDI input is gone", reason=str(exc))
                return

    def _drain(self) -> None:
        for message in self._port.iter_pending():
            if is_note_on(message):
                self._on_key(message.note)
