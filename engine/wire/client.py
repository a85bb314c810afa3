"""A small blocking client of the engine, for the CLI, tests, benches and scripts.

>>> with connect() as engine:                          # doctest: +SKIP
...     sound = engine.request("generate", "drums", 1, "kind", 1.0)
...     print(sound["path"])
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starling.engine.config import folders
from starling.engine.wire import instance_file
from starling.engine.wire.codec import decode, encode_request
from starling.engine.wire.loopback import LOOPBACK, exclusive_socket
from starling.engine.wire.protocol import (
    HEARTBEAT_S,
    MAX_DATAGRAM,
    PREFIX,
    PROTOCOL_VERSION,
    SILENT_S,
    VERB,
    Value,
)
from starling.models.closing import Closing
from starling.models.errors import MissingError, StarlingError

RETRY_S = 0.5
FIRST_IDS = 1 << 30  # of which one is drawn: two programs that have the same port one after another
LIST_TRIES = 3
Row = dict[str, Any]  # of Values; the table of verbs names them


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """How far a request is."""

    fraction: float
    text: str


@dataclass(frozen=True, slots=True)
class ItemEvent:
    """One entry of a list."""

    index: int
    values: Row


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """The end of a request that went well."""

    values: Row


Event = ProgressEvent | ItemEvent | DoneEvent


class Client(Closing):
    """A connection to the engine that `found` describes. One thread may use it."""

    def __init__(self, found: instance_file.Runtime, name: str = "starling client") -> None:
        _check_protocol(found)
        self._runtime = found
        self._ids = itertools.count(1 + secrets.randbelow(FIRST_IDS))
        self._secret = ""
        self._sent = time.monotonic()
        self._first = next(self._ids)
        self._hello = encode_request("hello", self._first, found.token, PROTOCOL_VERSION, name)
        self._socket = exclusive_socket()
        try:
            self._socket.connect((LOOPBACK, found.port))
            self.welcome = self._greet()
        except BaseException:
            self._socket.close()
            raise

    def request(
        self,
        verb: str,
        *values: Value,
        progress: Callable[[float, str], None] | None = None,
        timeout: float | None = None,
    ) -> Row:
        """What `/starling/done` returns, by field name; raises as `listen`."""
        for event in self.listen(verb, *values, timeout=timeout):
            if isinstance(event, ProgressEvent) and progress:
                progress(event.fraction, event.text)
            if isinstance(event, DoneEvent):
                return event.values
        raise AssertionError("a request ends in done or in an error")

    def items(self, verb: str, *values: Value, timeout: float | None = None) -> list[Row]:
        """The list that a verb sends; raises as `listen`. Sent again when an entry got lost."""
        for _ in range(LIST_TRIES):
            rows: dict[int, Row] = {}
            for event in self.listen(verb, *values, timeout=timeout):
                if isinstance(event, ItemEvent):
                    rows[event.index] = event.values
                elif isinstance(event, DoneEvent) and event.values["count"] == len(rows):
                    return [rows[index] for index in sorted(rows)]
        raise MissingError(f"the engine's answers to {verb} get lost; is the machine overloaded?")

    def listen(self, verb: str, *values: Value, timeout: float | None = None) -> Iterator[Event]:
        """Send a request, again until it is acknowledged, and yield what comes back for it.

        Raises StarlingError with the code of `/starling/fail`; MissingError when the engine falls
        silent or `timeout` seconds pass. A generator that is closed early cancels the request.
        """
        if time.monotonic() - self._sent > SILENT_S:  # the engine may have forgotten us
            self._greet()
        req = next(self._ids)
        datagram = encode_request(verb, req, *values, secret=self._secret)
        ended = False
        try:
            for kind, fields in self._answers(req, datagram, timeout):
                ended = kind in ("done", "fail")
                yield _EVENTS[kind](verb, fields)
        finally:
            if not ended:  # nothing waits for it any more: Ctrl-C, or a closed generator
                with suppress(OSError, MissingError):  # or the engine or the socket is gone
                    self._send(encode_request("cancel", next(self._ids), req, secret=self._secret))

    def _greet(self) -> Row:
        """Say hello, in the same words each time: an engine that knows us goes on as it was."""
        for kind, fields in self._answers(self._first, self._hello, None):
            event = _EVENTS[kind]("hello", fields)
            if isinstance(event, DoneEvent):
                self._secret = str(event.values["secret"])
                return event.values
        raise AssertionError("a hello ends in done or in an error")

    def _answers(
        self, req: int, datagram: bytes, timeout: float | None
    ) -> Iterator[tuple[str, list[Value]]]:
        """The answers to a request as kind and fields, up to the one that ends it."""
        began = received = sent = time.monotonic()
        wait = RETRY_S
        self._send(datagram)
        while True:
            message = self._receive(wait)
            now = time.monotonic()
            if now - received > SILENT_S or (timeout is not None and now - began > timeout):
                raise MissingError("the engine does not answer; is it still running?")
            if message is None or now - sent > HEARTBEAT_S:
                self._send(datagram)  # running: progress comes; finished: the answer comes again
                sent = now  # also while progress comes: the engine forgets a silent client
            if message is None:
                continue
            received = now
            if message[1][0] == req:
                wait = HEARTBEAT_S
                yield message
                if message[0] in ("done", "fail"):
                    return

    def close(self) -> None:
        """Say goodbye and close the socket; nobody who gets its port is taken for us."""
        with suppress(OSError, MissingError):  # or the engine or the socket is gone
            self._send(encode_request("bye", next(self._ids), secret=self._secret))
        self._socket.close()

    def _send(self, datagram: bytes) -> None:
        self._sent = time.monotonic()
        try:
            self._socket.send(datagram)
        except ConnectionError as exc:
            raise self._gone() from exc

    def _receive(self, seconds: float) -> tuple[str, list[Value]] | None:
        """The next reply as its kind and fields; None when none comes in time."""
        self._socket.settimeout(seconds)
        try:
            [(address, fields)] = decode(self._socket.recv(MAX_DATAGRAM))
        except TimeoutError:
            return None
        except ConnectionError as exc:
            raise self._gone() from exc
        return address.removeprefix(PREFIX), fields

    def _gone(self) -> MissingError:
        return MissingError(
            f"no engine listens on port {self._runtime.port} any more; `starling engine` starts one"
        )


def _check_protocol(found: instance_file.Runtime) -> None:
    if found.protocol != PROTOCOL_VERSION:
        raise StarlingError(
            f"the engine that runs (version {found.version}) speaks protocol {found.protocol}, "
            f"this program {PROTOCOL_VERSION}: end the engine (process {found.pid}) and start it "
            "again from the same version (`python3 build.py install`)"
        )


def _progress(_: str, fields: list[Value]) -> Event:
    return ProgressEvent(float(fields[1]), str(fields[2]))


def _item(verb: str, fields: list[Value]) -> Event:
    row = dict(zip((field.name for field in VERB[verb].items), fields[2:], strict=False))
    return ItemEvent(int(fields[1]), row)


def _done(verb: str, fields: list[Value]) -> Event:
    return DoneEvent(
        dict(zip((field.name for field in VERB[verb].returns), fields[2:], strict=False))
    )


def _fail(_: str, fields: list[Value]) -> Event:
    raise StarlingError(str(fields[3]), code=str(fields[2]))


_EVENTS: dict[str, Callable[[str, list[Value]], Event]] = {
    "progress": _progress,
    "item": _item,
    "done": _done,
    "fail": _fail,
}


def connect(run: Path | None = None, name: str = "starling client") -> Client:
    """A client of the running engine; raises MissingError when there is none.

    The token of an engine that was killed goes nowhere: its port may be another program's by now.
    """
    found = instance_file.read(run or folders().run)
    if not instance_file.is_running(found.pid):
        raise MissingError("the engine has ended unexpectedly; `starling engine` starts it again")
    return Client(found, name)
