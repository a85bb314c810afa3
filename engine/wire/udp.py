"""The UDP socket of the engine: datagrams in, typed requests out. Binds 127.0.0.1 only.

In: bytes from a client. Out: `on_request(address, request)`, a dataclass of `requests`. Next:
`server/session`. One thread receives; any thread may send. Clients are served in turn, so that a
flood of one does not delay the others. A bad packet is counted, logged once a kind and answered
with `/starling/fail`; it never stops the loop.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import Counter, OrderedDict, deque
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
GATHER = 256  # datagrams taken in before one is served: a flood must not fill the system's buffer
MOST_WAITING = 256  # of a client: a palette of sounds and its heartbeats are some 100
STRANGERS_A_SECOND = 200.0  # are answered: 64 plugins that begin at once are let in within a second
STRANGERS_BURST = 200.0
IsClient = Callable[[Address, bytes], bool]
OWN_REPLIES = frozenset(PREFIX + name for name in REPLIES)


class Waiting:
    """Datagrams that wait to be served, one of each client in turn; strangers have one turn.

    So a flood costs the one who sends it. What is too much is dropped: a client sends it again.
    """

    def __init__(self, is_client: IsClient, clock: Callable[[], float] = time.monotonic) -> None:
        self.dropped = 0
        self._is_client = is_client
        self._clock = clock
        self._lines: OrderedDict[Address | None, deque[tuple[Address, bytes]]] = OrderedDict()
        self._allowance = STRANGERS_BURST
        self._then = clock()

    def __len__(self) -> int:
        return len(self._lines)

    def put(self, sender: Address, datagram: bytes) -> None:
        """Queue a datagram, or drop it."""
        is_client = self._is_client(sender, datagram)
        line = self._lines.get(sender if is_client else None, ())
        if len(line) >= MOST_WAITING or not (is_client or self._may_be_stranger()):
            self.dropped += 1
            return
        self._lines.setdefault(sender if is_client else None, deque()).append((sender, datagram))

    def take(self) -> tuple[Address, bytes] | None:
        """The next datagram and its sender, whose turn comes again after all others'."""
        if not self._lines:
            return None
        whose, line = self._lines.popitem(last=False)
        found = line.popleft()
        if line:
            self._lines[whose] = line
        return found

    def _may_be_stranger(self) -> bool:
        now = self._clock()
        grown = self._allowance + (now - self._then) * STRANGERS_A_SECOND
        self._allowance, self._then = min(STRANGERS_BURST, grown), now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True


class OscServer:
    """Hands every checked request to `on_request` and ticks a few times a second, in one thread.

    `is_client(sender, datagram)` says who has a session, or opens one with the right token.
    """

    def __init__(
        self,
        on_request: Callable[[Address, Request], None],
        on_tick: Callable[[], None],
        is_client: IsClient,
    ) -> None:
        self._on_request = on_request
        self._on_tick = on_tick
        self._is_client = is_client
        self.waiting = Waiting(is_client)
        self._closing = threading.Event()
        self.bad_packets: Counter[str] = Counter()  # by code
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self._socket.bind((LOOPBACK, 0))
        self._socket.settimeout(TICK_S)
        self._arrivals = selectors.DefaultSelector()
        self._arrivals.register(self._socket, selectors.EVENT_READ)
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
        self._arrivals.close()
        self._socket.close()

    def _loop(self) -> None:
        while not self._closing.is_set():
            self._gather()
            if (turn := self.waiting.take()) is not None:
                self._guarded(self._receive, *turn)
            self._guarded(self._on_tick)

    def _gather(self) -> None:
        """Take in what has arrived; wait for it only where nothing else is to be done."""
        for count in range(GATHER):
            if not self._arrivals.select(0 if count or self.waiting else TICK_S):
                return
            try:
                datagram, sender = self._socket.recvfrom(LARGEST_UDP)
            except OSError:  # Windows reports a client that has gone away on the next receive
                self._closing.wait(ERROR_PAUSE_S)
                return
            if sender != (LOOPBACK, self.port):
                self._guarded(self.waiting.put, sender, datagram)

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
            if not self._is_client(sender, b""):  # one answer for one datagram of a stranger
                return

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
