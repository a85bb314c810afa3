"""The clients of the engine and their requests. Pure: state and event in, state and actions out.

    client --request--> received() --Start--> the server works --> finished() --Send--> client

In: a typed request from `wire/udp`. Out: a new state, and actions that the engine carries out. Next
after `Start`: `jobs`. A request is identified by its client and `req`. Repeated while it runs, it
gets its progress; repeated afterwards, the same answer from the cache: a client may always retry.
A client is whoever shows the secret of its session from the session's address: an address alone
proves nothing, since another program may get its port.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from starling.engine.wire.codec import encode_done, encode_fail, encode_progress
from starling.engine.wire.proof import Proof
from starling.engine.wire.protocol import DROP_S, PROTOCOL_VERSION, Address, Request
from starling.engine.wire.requests import ByeRequest, CancelRequest, HelloRequest

Datagrams = tuple[bytes, ...]

MOST_RUNNING = 512  # requests of a client that are worked on or wait: several palettes of sounds
EARLY_CANCELS = 32  # of a client that are remembered; UDP may swap two datagrams, not a hundred
SECRET_CHARACTERS = 32  # hexadecimal: 128 bits cannot be guessed
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
    """A client that has a session, opened by `hello`. `finished` is in the order of finishing.

    `early` are the ids of requests whose cancel came before them.
    """

    hello: HelloRequest
    secret: str
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
    key: bytes  # of which secrets are made; it never travels
    welcome: tuple[int, str, str]  # protocol, version, inbox: what hello returns, and a secret
    clients: Mapping[Address, ClientState] = field(default_factory=lambda: MappingProxyType({}))
    sessions: int = 0  # how many were opened


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
    """A client has gone: cancel its requests and release what it holds."""

    client: Address
    name: str
    why: str


Action = Send | Start | Joined | Dropped
Step = tuple[ServerState, tuple[Action, ...]]


def is_proven(state: ServerState, address: Address, proof: Proof) -> bool:
    """Whether what a datagram shows is the token, for a hello, or the secret of its address."""
    client = state.clients.get(address)
    wanted = state.token if proof.opens else client.secret if client else None
    # in constant time: neither can be guessed bytewise
    return wanted is not None and hmac.compare_digest(proof.shown, wanted.encode())


def received(state: ServerState, address: Address, request: Request, now: float) -> Step:
    """A request came in, which `is_proven`."""
    if isinstance(request, HelloRequest):
        return _hello(state, address, request, now)
    client = state.clients.get(address)
    if client is None:
        return state, ()
    if isinstance(request, ByeRequest):
        return _bye(state, address, request)
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
    state: ServerState,
    address: Address,
    request: Request,
    fraction: float,
    text: str,
    *,
    send: bool = True,
) -> Step:
    """Work on a request went on; unknown requests (of a client that has gone) are ignored.

    With `send` false it is only remembered, for a client that repeats its request.
    """
    client, req = _whose(state, address, request), request.req
    if client is None:
        return state, ()
    running = {**client.running, req: replace(client.running[req], fraction=fraction, text=text)}
    client = replace(client, running=MappingProxyType(running))
    news = Send(address, (encode_progress(req, fraction, text),))
    return _with(state, address, client), (news,) if send else ()


def shown(state: ServerState, address: Address, request: Request, datagram: bytes) -> Step:
    """An item of a request that is still worked on; unknown requests are ignored."""
    if _whose(state, address, request) is None:
        return state, ()
    return state, (Send(address, (datagram,)),)


def finished(
    state: ServerState,
    address: Address,
    request: Request,
    datagrams: Datagrams,
    earlier: Datagrams = (),
) -> Step:
    """A request ended; its answer is kept for retries, with the items that went out earlier."""
    client = _whose(state, address, request)
    if client is None:
        return state, ()
    running = dict(client.running)
    del running[request.req]
    client = replace(client, running=MappingProxyType(running))
    if request.verb not in REPEATABLE:
        client = _finished(client, request, (*earlier, *datagrams))
    return _with(state, address, client), (Send(address, datagrams),)


def _whose(state: ServerState, address: Address, request: Request) -> ClientState | None:
    """The client whose request this is, the very one: an equal one may be of a later session."""
    client = state.clients.get(address)
    running = client.running.get(request.req) if client else None
    return client if running and running.request is request else None


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
    dropped = tuple(Dropped(at, each.hello.name, "it fell silent") for at, each in silent.items())
    return replace(state, clients=MappingProxyType(left)), dropped


def _hello(state: ServerState, address: Address, request: HelloRequest, now: float) -> Step:
    """The same hello again goes on with its session, another ends it: a new process has the port.

    What was answered is forgotten: the process may count `req` from 1 again.
    """
    if request.protocol != PROTOCOL_VERSION:
        return state, (_fail(address, request, "bad_arguments", _outdated(request.protocol)),)
    before = state.clients.get(address)
    if before is not None and before.hello == request:
        client = replace(before, seen=now, finished=MappingProxyType({}))
        return _with(state, address, client), (_welcome(state, address, client),)
    client = ClientState(request, _new_secret(state), now)
    joined = (Joined(address, request.name), _welcome(state, address, client))
    left = (Dropped(address, before.hello.name, "another has its port"),) if before else ()
    opened = replace(state, sessions=state.sessions + 1)
    return _with(opened, address, client), (*left, *joined)


def _outdated(theirs: int) -> str:
    older = "plugin" if theirs < PROTOCOL_VERSION else "engine"
    return (
        f"the client speaks protocol {theirs}, this engine {PROTOCOL_VERSION}: "
        f"update the {older} (`python3 build.py install`)"
    )


def _new_secret(state: ServerState) -> str:
    """Another for each session; without the key it cannot be told from random."""
    made = hmac.new(state.key, str(state.sessions).encode(), "sha256")
    return made.hexdigest()[:SECRET_CHARACTERS]


def _welcome(state: ServerState, address: Address, client: ClientState) -> Send:
    done = encode_done(client.hello.req, "hello", *state.welcome, client.secret)
    return Send(address, (done,))


def _bye(state: ServerState, address: Address, request: ByeRequest) -> Step:
    """Answered once: a bye that is sent again comes from who has no session any more."""
    left = dict(state.clients)
    name = left.pop(address).hello.name
    answer = Send(address, (encode_done(request.req, "bye"),))
    gone = Dropped(address, name, "it said goodbye")
    return replace(state, clients=MappingProxyType(left)), (answer, gone)


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
