"""The clients of the engine and their requests. Pure: state and event in, state and actions out.

    client --request--> received() --Start--> the server works --> finished() --Send--> client

In: a typed request from `wire/udp`. Out: a new state, and actions that the engine carries out. Next
after `Start`: `jobs`. A request is identified by its client and `req`. Repeated while it runs, it
gets its progress; repeated afterwards, the same answer from the cache: a client may always retry.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from starling.engine.wire.codec import encode_done, encode_fail, encode_progress
from starling.engine.wire.protocol import DROP_S, PROTOCOL_VERSION, Address, Request
from starling.engine.wire.requests import CancelRequest, HelloRequest

Datagrams = tuple[bytes, ...]

MOST_RUNNING = 512  # requests of a client that are worked on or wait: several palettes of sounds
EARLY_CANCELS = 32  # of a client that are remembered; UDP may swap two datagrams, not a hundred
CACHED_REPLIES = 128  # a client; retries come within seconds, so the last few would do
# repeated, they are answered anew
REPEATABLE = frozenset({"ping", "status", "models", "textures", "pace", "cancel"})


@dataclass(frozen=True, slots=True)
class Running:
    """A request that is being worked on, and its last progress."""

    request: Request
    fraction: float = 0.0
    text: str = "queued"


@dataclass(frozen=True, slots=True)
class ClientState:
    """A client that has a session. `finished` is in the order of finishing.

    `early` are the ids of requests whose cancel came before them.
    """

    name: str
    seen: float  # seconds of the server's clock
    running: Mapping[int, Running] = field(default_factory=lambda: MappingProxyType({}))
    finished: Mapping[int, tuple[Request, Datagrams]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    early: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerState:
    """The state of all clients of the engine."""

    token: str
    welcome: tuple[int, str, str]  # protocol, version, inbox: what hello returns
    clients: Mapping[Address, ClientState] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Send:
    """Send datagrams to a client."""

    to: Address
    datagrams: Datagrams


@dataclass(frozen=True, slots=True)
class Start:
    """Work on a request."""

    client: Address
    request: Request


@dataclass(frozen=True, slots=True)
class Joined:
    """A client opened a session; for the log."""

    client: Address
    name: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A client fell silent: cancel its requests and release what it holds."""

    client: Address
    name: str


Action = Send | Start | Joined | Dropped
Step = tuple[ServerState, tuple[Action, ...]]


def received(state: ServerState, address: Address, request: Request, now: float) -> Step:
    """A request came in."""
    if isinstance(request, HelloRequest):
        return _hello(state, address, request, now)
    client = state.clients.get(address)
    if client is None:
        return state, (_fail(address, request, "no_hello", "say hello with the token first"),)
    client = replace(client, seen=now)
    known = _known(client, request)
    if known is not None:
        return _with(state, address, client), (Send(address, known),)
    if request.req in client.early:
        refusal = (encode_fail(request.req, request.verb, "cancelled", "it was cancelled"),)
        client = _finished(client, request, refusal)
        return _with(state, address, client), (Send(address, refusal),)
    if len(client.running) >= MOST_RUNNING:
        sentence = f"{MOST_RUNNING} requests of this client wait already; send it again later"
        busy = _fail(address, request, "too_many_requests", sentence)
        return _with(state, address, client), (busy,)
    client = _remembering(client, request)
    running = {**client.running, request.req: Running(request)}
    client = replace(client, running=MappingProxyType(running))
    return _with(state, address, client), (Start(address, request),)


def _remembering(client: ClientState, request: Request) -> ClientState:
    """The client, with the target of a cancel that came before its request."""
    if not isinstance(request, CancelRequest):
        return client
    if request.target in client.running or request.target in client.finished:
        return client
    return replace(client, early=(*client.early, request.target)[-EARLY_CANCELS:])


def progressed(
    state: ServerState, address: Address, req: int, fraction: float, text: str, *, send: bool = True
) -> Step:
    """Work on a request went on; unknown requests (of a dropped client) are ignored.

    With `send` false it is only remembered, for a client that repeats its request.
    """
    client = state.clients.get(address)
    if client is None or req not in client.running:
        return state, ()
    running = {**client.running, req: replace(client.running[req], fraction=fraction, text=text)}
    client = replace(client, running=MappingProxyType(running))
    news = Send(address, (encode_progress(req, fraction, text),))
    return _with(state, address, client), (news,) if send else ()


def shown(state: ServerState, address: Address, req: int, datagram: bytes) -> Step:
    """An item of a request that is still worked on; unknown requests are ignored."""
    client = state.clients.get(address)
    if client is None or req not in client.running:
        return state, ()
    return state, (Send(address, (datagram,)),)


def finished(
    state: ServerState,
    address: Address,
    req: int,
    datagrams: Datagrams,
    earlier: Datagrams = (),
) -> Step:
    """A request ended; its answer is kept for retries, with the items that went out earlier."""
    client = state.clients.get(address)
    if client is None or req not in client.running:
        return state, ()
    running = dict(client.running)
    request = running.pop(req).request
    client = replace(client, running=MappingProxyType(running))
    if request.verb not in REPEATABLE:
        client = _finished(client, request, (*earlier, *datagrams))
    return _with(state, address, client), (Send(address, datagrams),)


def _finished(client: ClientState, request: Request, datagrams: Datagrams) -> ClientState:
    """The client, with an answer that is kept for retries."""
    kept = {**client.finished, request.req: (request, datagrams)}
    for old in list(kept)[:-CACHED_REPLIES]:
        del kept[old]
    return replace(client, finished=MappingProxyType(kept))


def ticked(state: ServerState, now: float) -> Step:
    """Time went by: drop the clients that fell silent."""
    silent = {at: each for at, each in state.clients.items() if now - each.seen > DROP_S}
    if not silent:
        return state, ()
    left = {at: each for at, each in state.clients.items() if at not in silent}
    dropped = tuple(Dropped(at, each.name) for at, each in silent.items())
    return replace(state, clients=MappingProxyType(left)), dropped


def _hello(state: ServerState, address: Address, request: HelloRequest, now: float) -> Step:
    """A hello starts afresh: a new process may have got the port, and counts `req` from 1 again."""
    refusal = next((text for check in _CHECKS if (text := check(state, request))), None)
    if refusal is not None:
        return state, (_fail(address, request, *refusal),)
    before = state.clients.get(address)
    running = before.running if before else MappingProxyType({})
    client = ClientState(request.name, now, running)
    answer = Send(address, (encode_done(request.req, "hello", *state.welcome),))
    return _with(state, address, client), (Joined(address, request.name), answer)


def _token_refusal(state: ServerState, request: HelloRequest) -> tuple[str, str] | None:
    given, right = request.token.encode(), state.token.encode()
    if hmac.compare_digest(given, right):  # in constant time: the token cannot be guessed bytewise
        return None
    return "bad_token", "the token is not the one in engine.json; read the file again"


def _protocol_refusal(state: ServerState, request: HelloRequest) -> tuple[str, str] | None:
    theirs = request.protocol
    if theirs == PROTOCOL_VERSION:
        return None
    older = "plugin" if theirs < PROTOCOL_VERSION else "engine"
    return "bad_arguments", (
        f"the client speaks protocol {theirs}, this engine {PROTOCOL_VERSION}: "
        f"update the {older} (`python3 build.py install`)"
    )


_CHECKS: tuple[Callable[[ServerState, HelloRequest], tuple[str, str] | None], ...] = (
    _token_refusal,
    _protocol_refusal,
)


def _known(client: ClientState, request: Request) -> Datagrams | None:
    """The answer to a request that came before; None for a new one."""
    if request.req in client.running:
        running = client.running[request.req]
        if running.request != request:
            return (_reused(request, running.request),)
        return (encode_progress(request.req, running.fraction, running.text),)
    if request.req in client.finished:
        before, datagrams = client.finished[request.req]
        return datagrams if before == request else (_reused(request, before),)
    return None


def _reused(request: Request, before: Request) -> bytes:
    sentence = f"request id {request.req} was used before, for {before.verb}; count upwards"
    return encode_fail(request.req, request.verb, "bad_arguments", sentence)


def _fail(address: Address, request: Request, code: str, sentence: str) -> Send:
    return Send(address, (encode_fail(request.req, request.verb, code, sentence),))


def _with(state: ServerState, address: Address, client: ClientState) -> ServerState:
    clients = {**state.clients, address: client}
    return replace(state, clients=MappingProxyType(clients))
