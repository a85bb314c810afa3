"""What serves a verb: a handler, typed on the verb's request, and the answer that it gives.

The handlers themselves stand in `handlers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from starling.engine.config import Folders
from starling.engine.music.composers import Composers
from starling.engine.server.jobs import Priority, Ticket
from starling.engine.server.preset_browser import Browser
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.primes import RecentPrimes
from starling.engine.sounds.store import SoundStore
from starling.engine.textures.streams import Streams
from starling.engine.wire.codec import encode_done, encode_item
from starling.engine.wire.protocol import Address, Request, Value

LANES = (
    *("cards", "generate", "texture", "music", "encode", "vary"),
    *("library", "audition", "scan", "match"),
)
CARDS, GENERATE, TEXTURE, MUSIC, ENCODE, VARY, LIBRARY, AUDITION, SCAN, MATCH = LANES
R = TypeVar("R", bound=Request)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers work with. The functions belong to the server."""

    folders: Folders
    store: SoundStore
    generators: Generators
    composers: Composers
    browser: Browser
    streams: Streams
    primes: RecentPrimes
    uptime: Callable[[], float]
    status: Callable[[], tuple[int, int, int]]  # presets, jobs running, jobs waiting
    hearing: Callable[[], str]  # how far the library is heard anew; "" if it is not
    trouble: Callable[[], str]  # why the presets cannot be counted, a sentence; "" if they can
    cancel: Callable[[Address, int], int]
    renew_models: Callable[[], None]  # read the cards again: training may have added one
    warm: Callable[[str], None]  # start a synth's sandbox: an audition will follow soon
    quit: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: the fields of done, and of each item before it.

    The `earlier` items went out while the work was going on; a repeated request gets them again.
    """

    values: tuple[Value, ...] = ()
    items: Sequence[tuple[Value, ...]] = ()
    earlier: Sequence[tuple[Value, ...]] = ()

    def datagrams(self, request: Request) -> tuple[bytes, ...]:
        """The answer as it travels, without the earlier items."""
        done = encode_done(request.req, request.verb, *self.values)
        return (*_items(request, self.items, len(self.earlier)), done)

    def earlier_datagrams(self, request: Request) -> tuple[bytes, ...]:
        """The earlier items as they travelled."""
        return _items(request, self.earlier, 0)


def _items(request: Request, items: Sequence[tuple[Value, ...]], first: int) -> tuple[bytes, ...]:
    req, verb = request.req, request.verb
    return tuple(encode_item(req, verb, at, *each) for at, each in enumerate(items, first))


Now = Callable[[Parts, R, Address], Answer | None]
Later = Callable[[Parts, R, Address, Ticket], Answer]


@dataclass(frozen=True, slots=True)
class Handler:
    """How a verb is served: `now` answers at once or gives None, then `later` works in `lane`."""

    verb: str
    now: Now[Request]
    later: Later[Request]
    lane: str
    deadline_s: float | None
    priority: Priority


def handler(
    kind: type[R],
    now: Now[R] | None = None,
    later: Later[R] | None = None,
    lane: str = "",
    deadline_s: float | None = None,
    priority: Priority = Priority.INTERACTIVE,
) -> Handler:
    """The handler of a verb, whose functions take requests of the class `kind`."""

    def own(request: Request) -> R:
        assert isinstance(request, kind), f"{kind.verb} got {request}"
        return request

    def at_once(parts: Parts, request: Request, client: Address) -> Answer | None:
        return now(parts, own(request), client) if now else None

    def in_lane(parts: Parts, request: Request, client: Address, ticket: Ticket) -> Answer:
        assert later, f"{kind.verb} is answered at once"
        return later(parts, own(request), client, ticket)

    return Handler(kind.verb, at_once, in_lane, lane, deadline_s, priority)
