"""The UDP socket of the engine: datagrams in, typed requests out. Binds 127.0.0.1 only.

In: bytes from a client. Out: `on_request(address, request)`, a dataclass of `requests`. Next:
`server/session`. One thread receives; any thread may send. What does not prove that a client sent
it is dropped, unread and unanswered. Clients are served in turn, so that a flood of one does not
delay the others. A client's bad packet is counted, logged once a kind and answered with
`/starling/fail`; it never stops the loop.
"""

from __future__ import annotations

import selectors
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress

from starling.engine import log, threads
from starling.engine.wire.codec import decode, encode_fail
from starling.engine.wire.failure_codes import code_and_sentence, is_fault
from starling.engine.wire.loopback import LOOPBACK, exclusive_socket
from starling.engine.wire.proof import Proof, shown_by, shown_in
from starling.engine.wire.protocol import (
    PREFIX,
    REPLIES,
    VERB,
    Address,
    Request,
    Value,
    Verb,
    check_request,
)

LARGEST_UDP = 65_535  # read whole, so that datagrams above MAX_DATAGRAM are seen as what they are
TICK_S = 0.25
ERROR_PAUSE_S = 0.001  # a socket that is broken for good must not fill a core
GATHER = 256  # datagrams taken in before one is served: a flood must not fill the system's buffer
MOST_WAITING = 256  # of a client: a palette of sounds and its heartbeats are some 100
IsProven = Callable[[Address, Proof], bool]
UNKNOWN = Verb("", "what is in no table")
OWN_REPLIES = frozenset(PREFIX + name for name in REPLIES)


class Waiting:
    """Datagrams that wait to be served, one of each client in turn; strangers' are dropped.

    So a flood costs the one who sends it. What is too much is dropped: a client sends it again.
    """

    def __init__(self, is_proven: IsProven) -> None:
        self.dropped = 0  # of clients
        self.unproven = 0
        self._is_proven = is_proven
        self._lines: OrderedDict[Address, deque[bytes]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._lines)

    def put(self, sender: Address, datagram: bytes) -> None:
        """Queue a datagram, or drop it."""
        if not self._is_proven(sender, shown_by(datagram)):
            self.unproven += 1
            return
        if len(self._lines.get(sender, ())) >= MOST_WAITING:
            self.dropped += 1
            return
        self._lines.setdefault(sender, deque()).append(datagram)

    def take(self) -> tuple[Address, bytes] | None:
        """The next datagram and its sender, whose turn comes again after all others'."""
        if not self._lines:
            return None
        whose, line = self._lines.popitem(last=False)
        found = line.popleft()
        if line:
            self._lines[whose] = line
        return whose, found


class OscServer:
    """Hands every checked request to `on_request` and ticks a few times a second, in one thread.

    `is_proven(sender, proof)` says whether what is shown is the secret of the sender's session, or
    the token that opens one.
    """

    def __init__(
        self,
        on_request: Callable[[Address, Request], None],
        on_tick: Callable[[], None],
        is_proven: IsProven,
    ) -> None:
        self._on_request = on_request
        self._on_tick = on_tick
        self._is_proven = is_proven
        self.waiting = Waiting(is_proven)
        self._closing = threading.Event()
        self.bad_packets: Counter[str] = Counter()  # by code
        self._socket = exclusive_socket()
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
            if self._is_proven(sender, shown_in(address, values)):  # no longer, after a bye
                self._handle(sender, address, values)
            else:
                self.waiting.unproven += 1

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
        spec = VERB.get(verb, UNKNOWN)
        at = len(spec.head) - 1
        req = values[at] if len(values) > at else 0
        known = req if isinstance(req, int) else 0
        self.send(sender, [encode_fail(known, spec.name, code, sentence)])
