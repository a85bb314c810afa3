"""The engine: wires the socket, the session, the lanes and the store together. Clocks live here."""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

import starling
from starling.engine import generate, log, runtime, session
from starling.engine.browse import Browser
from starling.engine.codec import encode_fail
from starling.engine.config import Folders
from starling.engine.errors import is_fault, wire
from starling.engine.handlers import (
    AUDITION,
    GENERATE,
    HANDLERS,
    LANES,
    LIBRARY,
    Answer,
    Handler,
    Later,
    Parts,
)
from starling.engine.jobs import Job, Jobs, Outcome, Priority, Ticket
from starling.engine.osc import TICK_S, Address, OscServer
from starling.engine.paths import clean_inbox
from starling.engine.protocol import PROTOCOL_VERSION, Request
from starling.engine.recipe import fresh_seed
from starling.engine.sounds import DEFAULT_BUDGET, SoundStore
from starling.models.errors import StarlingError

if TYPE_CHECKING:
    from starling.models.catalogue import ModelCard

PROGRESS_S = 0.1  # at most ten progress messages a second for a request
TOKEN_BYTES = 16  # 128 bits: cannot be guessed
OWN = "engine"  # the "client" of the engine's own jobs


@dataclass(frozen=True, slots=True)
class Options:
    """How an engine runs. `idle_s` 0 means that it never leaves by itself."""

    idle_s: float = 0.0
    budget_bytes: int = DEFAULT_BUDGET
    preload: bool = True


class Engine:
    """One engine. `start`, then `wait` until it should leave, then `close`."""

    def __init__(
        self,
        folders: Folders,
        lock: IO[bytes],
        cards: Mapping[str, ModelCard],
        load: generate.Loader = generate.load_quietly,
        options: Options | None = None,
    ) -> None:
        self.folders = folders
        self._lock = lock
        self._options = options or Options()
        self._began = time.monotonic()
        self._busy = self._began  # when somebody was last here
        self._ticked = self._began
        self._leave = threading.Event()
        self._mutex = threading.Lock()  # guards the session
        self._presets = 0
        clean_inbox(folders.inbox)
        self._osc = OscServer(self._request, self._tick)
        token = secrets.token_hex(TOKEN_BYTES)
        self.runtime = runtime.Runtime(self._osc.port, os.getpid(), token, starling.__version__)
        welcome = (PROTOCOL_VERSION, starling.__version__, str(folders.inbox))
        self._session = session.Session(token, welcome)
        self._jobs = Jobs(LANES)
        self.parts = Parts(
            folders,
            SoundStore(folders.store, self._options.budget_bytes),
            generate.Generators(cards, load),
            Browser(folders.library),
            uptime=lambda: time.monotonic() - self._began,
            status=lambda: (self._presets, *self._jobs.counts()),
            cancel=self._cancel,
            warm=self._warm,
            quit=self._leave.set,
        )

    def start(self) -> None:
        """Serve, and say where."""
        self._osc.start()
        self._own_job(LIBRARY, "count", self._count)
        if self._options.preload:
            self._own_job(GENERATE, "preload", self._preload)
        runtime.write(self.folders.run, self.runtime)
        log.event("engine started", port=self.runtime.port, pid=self.runtime.pid)

    def wait(self) -> str:
        """Block until the engine should leave; says why."""
        while not self._leave.wait(TICK_S):
            idle = time.monotonic() - self._busy
            if self._options.idle_s and idle > self._options.idle_s:
                return "idle"
        return "asked to"

    def leave(self) -> None:
        """Make `wait` return; may be called from a signal handler."""
        self._leave.set()

    def close(self) -> None:
        """Answer nothing more, end the jobs, remove the runtime file, let go of the lock."""
        runtime.remove(self.folders.run, self.runtime)
        self._jobs.close()
        self._osc.close()
        self.parts.browser.close()
        self._lock.close()
        log.event("engine stopped", bad_packets=dict(self._osc.bad_packets))

    def prefetch(self, model: str, key: int, variation: int = 0) -> None:
        """Make the sound of a key ahead of time, in the background (MIDI input)."""

        def work(_: Ticket) -> object:
            generators = self.parts.generators
            controls = generate.with_key(generators.card(model), {}, key)
            recipe = generators.recipe(model, fresh_seed(variation, key, 0), controls)
            sound = generate.make(self.parts.store, generators, recipe)
            log.event("sound for a MIDI note", key=key, sound=sound.id, path=sound.path)
            return None

        self._own_job(GENERATE, f"key {key}", work)

    def _request(self, client: Address, request: Request) -> None:
        """In the receive thread."""
        self._step(lambda state: session.received(state, client, request, time.monotonic()))

    def _tick(self) -> None:
        """In the receive thread, after each datagram and each quiet TICK_S."""
        now = time.monotonic()
        if now - self._ticked < TICK_S:
            return
        self._ticked = now
        self._step(lambda state: session.ticked(state, now))
        self._jobs.expire()
        if self._session.clients or any(self._jobs.counts()):
            self._busy = now

    def _step(self, change: Callable[[session.Session], session.Step]) -> None:
        """Change the session, then act. Any thread."""
        with self._mutex:
            self._session, actions = change(self._session)
        for action in actions:
            _ACTIONS[type(action)](self, action)

    def _send(self, action: session.Send) -> None:
        self._osc.send(cast(Address, action.to), action.datagrams)

    def _joined(self, action: session.Joined) -> None:
        log.event("client joined", name=action.name, client=action.client)

    def _dropped(self, action: session.Dropped) -> None:
        log.event("client fell silent", name=action.name, client=action.client)
        self._jobs.cancel(lambda key: cast(tuple[object, object], key)[0] == action.client)
        self.parts.store.release_all(action.client)

    def _start(self, action: session.Start) -> None:
        client, request = action.client, action.request
        handler = HANDLERS[request.verb]
        try:
            answer = handler.now(self.parts, request, client) if handler.now else None
        except Exception as exc:
            self._finish(client, request, exc)
            return
        if answer is not None:
            self._finish(client, request, answer)
        else:
            self._queue(client, request, handler)

    def _queue(self, client: session.Address, request: Request, handler: Handler) -> None:
        report = _throttled(lambda fraction, text: self._progress(client, request, fraction, text))
        later = handler.later
        assert later is not None
        limit = handler.deadline_s
        job = Job(
            (client, request.req),
            work=lambda ticket: self._work(later, client, request, ticket),
            done=lambda outcome: self._finish(client, request, outcome),
            progress=report,
            priority=handler.priority,
            deadline=None if limit is None else time.monotonic() + limit,
        )
        report(0.0, "queued")  # the acknowledgement: the client need not send it again
        self._jobs.submit(handler.lane, job)

    def _work(
        self, later: Later, client: session.Address, request: Request, ticket: Ticket
    ) -> Answer:
        try:
            return later(self.parts, request, client, ticket)
        finally:
            if client not in self._session.clients:  # it fell silent while we worked
                self.parts.store.release_all(client)

    def _progress(
        self, client: session.Address, request: Request, fraction: float, text: str
    ) -> None:
        self._step(lambda state: session.progressed(state, client, request.req, fraction, text))

    def _finish(self, client: session.Address, request: Request, outcome: Outcome) -> None:
        datagrams = self._datagrams(request, outcome)
        self._step(lambda state: session.finished(state, client, request.req, datagrams))
        if request.verb == "scan":
            self._own_job(LIBRARY, "count", self._count)

    def _datagrams(self, request: Request, outcome: Outcome) -> tuple[bytes, ...]:
        try:
            if isinstance(outcome, Answer):
                return outcome.datagrams(request)
        except StarlingError as exc:  # an answer too long for a datagram
            outcome = exc
        assert isinstance(outcome, BaseException)
        code, sentence = wire(outcome)
        if is_fault(outcome):
            log.fault("fault in a job", outcome, verb=request.verb, args=request.args)
        else:
            log.event("request failed", verb=request.verb, code=code, sentence=sentence)
        return (encode_fail(request.req, request.verb, code, sentence),)

    def _cancel(self, client: session.Address, target: int) -> int:
        return min(1, self._jobs.cancel(lambda key: key == (client, target)))

    def _own_job(self, lane: str, name: str, work: Callable[[Ticket], object]) -> None:
        """Background work of the engine's own; a failure is logged."""

        def done(outcome: Outcome) -> None:
            if isinstance(outcome, BaseException) and is_fault(outcome):
                log.fault("fault in the engine's own job", outcome, job=name)
            elif isinstance(outcome, BaseException):
                log.event("the engine's own job failed", job=name, sentence=str(outcome))

        job = Job((OWN, name), work, done, lambda *_: None, Priority.BACKGROUND)
        self._jobs.submit(lane, job)

    def _warm(self, synth: str) -> None:
        browser = self.parts.browser
        if not browser.is_warm(synth):
            self._own_job(AUDITION, f"warm {synth}", lambda _: browser.warm(synth))

    def _count(self, _: Ticket) -> None:
        self._presets = self.parts.browser.count()

    def _preload(self, _: Ticket) -> None:
        """Load the first model, so that the first note need not wait for it."""
        began = time.monotonic()
        model = next(iter(self.parts.generators.cards), None)
        if model is None:
            log.event("there are no models", level=logging.WARNING)
            return
        self.parts.generators.get(model)
        log.event("model loaded", model=model, seconds=round(time.monotonic() - began, 3))


def open_engine(
    folders: Folders,
    cards: Mapping[str, ModelCard],
    load: generate.Loader = generate.load_quietly,
    options: Options | None = None,
) -> Engine | None:
    """An engine that holds this user's lock; None when another one does."""
    lock = runtime.lock(folders.run)
    return None if lock is None else Engine(folders, lock, cards, load, options)


_ACTIONS: dict[type, Callable[[Engine, session.Action], None]] = cast(
    dict[type, Callable[[Engine, session.Action], None]],
    {
        session.Send: Engine._send,
        session.Start: Engine._start,
        session.Joined: Engine._joined,
        session.Dropped: Engine._dropped,
    },
)


def _throttled(report: Callable[[float, str], None]) -> Callable[[float, str], None]:
    """`report`, at most once in PROGRESS_S, but always at its first call."""
    last = -PROGRESS_S

    def call(fraction: float, text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_S:
            last = time.monotonic()
            report(fraction, text)

    return call
