"""A bad line between a client and the engine: datagrams are lost, doubled, swapped and damaged."""

from __future__ import annotations

import random
import selectors
import socket
import threading
from contextlib import suppress
from dataclasses import replace

from starling.engine.wire.instance_file import Runtime
from starling.engine.wire.loopback import BUFFER_BYTES, LOOPBACK
from starling.engine.wire.udp import LARGEST_UDP
from starling.models.closing import Closing

SHARE = 0.15  # of the datagrams that each thing happens to
POLL_S = 0.05


class BadLine(Closing):
    """Stands where `runtime`'s engine stands: `through` is what a client connects to.

    Damage comes only towards the engine, whose job it is to refuse it; a client that got a
    damaged answer would be the client's fault. `injected` counts what was done to datagrams.
    """

    def __init__(self, runtime: Runtime, chance: random.Random) -> None:
        self.injected = 0
        self._chance = chance
        self._closed = threading.Event()
        self._front, self._back = (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)
        )
        for each in (self._front, self._back):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
            each.bind((LOOPBACK, 0))
        self._back.connect((LOOPBACK, runtime.port))
        self.through = replace(runtime, port=self._front.getsockname()[1])
        self._client: tuple[str, int] | None = None
        self._late: dict[bool, bytes] = {}  # by direction: what was held back
        self._thread = threading.Thread(target=self._loop)
        self._thread.start()

    def close(self) -> None:
        """Cut the line."""
        self._closed.set()
        self._thread.join()
        self._front.close()
        self._back.close()

    def _loop(self) -> None:
        with selectors.DefaultSelector() as arrivals:
            arrivals.register(self._front, selectors.EVENT_READ)
            arrivals.register(self._back, selectors.EVENT_READ)
            while not self._closed.is_set():
                for key, _ in arrivals.select(POLL_S):
                    with suppress(OSError):  # one end has gone
                        self._forward() if key.fileobj is self._front else self._answer()

    def _forward(self) -> None:
        datagram, self._client = self._front.recvfrom(LARGEST_UDP)
        for each in self._disturbed(datagram, towards_engine=True):
            self._back.send(each)

    def _answer(self) -> None:
        datagram = self._back.recv(LARGEST_UDP)
        if self._client is not None:
            for each in self._disturbed(datagram, towards_engine=False):
                self._front.sendto(each, self._client)

    def _disturbed(self, datagram: bytes, *, towards_engine: bool) -> list[bytes]:
        """What arrives of a datagram, with what was held back before it."""
        dice = self._chance.random()
        late = self._late.pop(towards_engine, None)
        before = [] if late is None else [late]
        kinds = 4 if towards_engine else 3
        if dice >= kinds * SHARE:
            return [datagram, *before]
        self.injected += 1
        if dice < SHARE:
            return before
        if dice < 2 * SHARE:
            return [datagram, datagram, *before]
        if dice < 3 * SHARE:
            self._late[towards_engine] = datagram  # it comes after the next one
            return before
        return [damaged(datagram, self._chance), *before]


def damaged(datagram: bytes, chance: random.Random) -> bytes:
    """A datagram with a flipped bit, cut short, or with other bytes behind it."""
    kind = chance.randrange(3)
    if kind == 0:
        at, bit = chance.randrange(len(datagram)), 1 << chance.randrange(8)
        return datagram[:at] + bytes([datagram[at] ^ bit]) + datagram[at + 1 :]
    if kind == 1:
        return datagram[: chance.randrange(len(datagram))]
    return datagram + chance.randbytes(chance.randrange(1, 64))
