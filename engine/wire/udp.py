"""The UDP socket of the engine: datagrams in, typed requests out. Binds 127.0.0.1 only.

In: bytes from a client. Out: `on_request(address, request)`, a dataclass of `requests`. Next:
`server/session`. One thread receives; any thread may send. A bad packet is counted, logged once a
kind and answered with `/starling/fail`; it never stops the loop.
"""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress

from starling.engine import log, threads
from starling.engine.wire.codec import decode, encode_fail
from starling.engine.wire.failure_codes import code_and_sentence, is_fault
from starling.engine.wire.protocol import (
    PREFIX,
    REPLIES,
    VERB,
    Address,
    Request,
    Value,
    check_request,
)

LOOPBACK = "127.0.0.1"
LARGEST_UDP = 65_535  # read whole, so that datagrams above MAX_DATAGRAM are seen as what they are
BUFFER_BYTES = 1 << 20  # room for bursts: prefetching plugins and lists of a hundred hits
TICK_S = 0.25
ERROR_PAUSE_S = 0.001  # a socket that is broken for good must not fill a core
OWN_REPLIES = frozenset(PREFIX + name for name in REPLIES)


class OscServer:
    """Hands every checked request to `on_request` and ticks a few times a second, in one thread."""

    def __init__(
        self, on_request: Callable[[Address, Request], None], on_tick: Callable[[], None]
    ) -> None:
        self._on_request = on_request
        self._on_tick = on_tick
        self._closing = threading.Event()
        self.bad_packets: Counter[str] = Counter()  # by code
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self._socket.bind((LOOPBACK, 0))
        self._socket.settimeout(TICK_S)
        self.port: int = self._socket.getsockname()[1]
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to receive."""
        self._thread = threads.start("osc", self._loop)

    def send(self, to: Address, datagrams: Iterable[bytes]) -> None:
        """Send datagrams to a client; one that has gone away is not an error. Any thread."""
        with suppress(OSError):  # UDP promises nothing; the client's retry or silence shows it
            for datagram in datagrams:
                self._socket.sendto(datagram, to)

    def close(self) -> None:
        """Stop receiving and close the socket."""
        self._closing.set()
        self.send((LOOPBACK, self.port), [b""])  # wakes the loop
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(4 * TICK_S)
        self._socket.close()

    def _loop(self) -> None:
        while not self._closing.is_set():
            try:
                datagram, sender = self._socket.recvfrom(LARGEST_UDP)
            except TimeoutError:
                self._guarded(self._on_tick)
                continue
            except OSError:  # Windows reports a client that has gone away on the next receive
                self._closing.wait(ERROR_PAUSE_S)
                continue
            if sender != (LOOPBACK, self.port):
                self._guarded(self._receive, sender, datagram)
            self._guarded(self._on_tick)

    def _guarded(self, call: Callable[..., None], *args: object) -> None:
        """Whatever goes wrong, the loop goes on."""
        try:
            call(*args)
        except Exception as exc:
            log.fault("fault in the receive loop", exc)

    def _receive(self, sender: Address, datagram: bytes) -> None:
        try:
            messages = decode(datagram)
        except Exception as exc:
            self._refuse(sender, "", [], exc)
            return
        for address, values in messages:
            self._handle(sender, address, values)

    def _handle(self, sender: Address, address: str, values: list[Value]) -> None:
        if address in OWN_REPLIES:  # answering an answer could go on for ever
            self.bad_packets["unknown_verb"] += 1
            return
        try:
            request = check_request(address, values)
            self._on_request(sender, request)
        except Exception as exc:
            self._refuse(sender, address, values, exc)

    def _refuse(self, sender: Address, address: str, values: list[Value], exc: Exception) -> None:
        code, sentence = code_and_sentence(exc)
        self.bad_packets[code] += 1
        if is_fault(exc):
            log.fault("fault while handling a message", exc, address=address)
        elif self.bad_packets[code] == 1:
            log.event("bad message", code=code, sentence=sentence, sender=sender)
        verb = address.removeprefix(PREFIX)
        req = values[0] if values and type(values[0]) is int else 0
        self.send(sender, [encode_fail(req, verb if verb in VERB else "", code, sentence)])
