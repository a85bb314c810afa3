"""The engine: wires the socket, the session, the lanes and the store together. Clocks live here."""

from __future__ import annotations

import itertools
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

import starling
from starling.engine import log
from starling.engine.config import Folders
from starling.engine.music.composers import Composers
from starling.engine.server import session
from starling.engine.server.answers import at_most_every, datagrams_of
from starling.engine.server.background_tasks import BackgroundTasks
from starling.engine.server.folder_watcher import FolderWatcher
from starling.engine.server.handler import LANES, Answer, Handler, Parts
from starling.engine.server.handlers import handler_for
from starling.engine.server.jobs import Job, JobKey, Jobs, Outcome, Ticket
from starling.engine.server.presence import Presence
from starling.engine.server.preset_browser import Browser
from starling.engine.sounds import generate
from starling.engine.sounds.loaded_models import Loader, load_quietly
from starling.engine.sounds.primes import RecentPrimes
from starling.engine.sounds.store import DEFAULT_BUDGET, SoundStore
from starling.engine.textures.streams import Streams
from starling.engine.wire import instance_file
from starling.engine.wire.allowed_paths import clean_inbox
from starling.engine.wire.codec import encode_item
from starling.engine.wire.instance_file import InstanceLocks
from starling.engine.wire.proof import Proof
from starling.engine.wire.protocol import PROTOCOL_VERSION, Address, Request, Value
from starling.engine.wire.udp import TICK_S, OscServer
from starling.models.artifacts.catalogue import composers
from starling.models.errors import StarlingError

if TYPE_CHECKING:
    from starling.models.artifacts.catalogue import ModelCard

Catalogue = Callable[[], Mapping[str, "ModelCard"]]
KEEP_S = 1.0  # how often what others find the engine by is looked after
PROGRESS_S = 0.1  # at most ten progress messages a second for a request
CHANGES_LIBRARY = frozenset({"scan", "match"})  # after these the presets are counted again
TOKEN_BYTES = 16  # 128 bits: cannot be guessed
KEY_BYTES = 32  # of the digest that makes secrets


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How an engine runs. `idle_s` 0: it never leaves by itself; `watch_s` 0: it does not look at
    the user's preset folders.
    """

    idle_s: float = 0.0
    budget_bytes: int = DEFAULT_BUDGET
    preload: bool = True
    clean_s: float = 3600.0  # how often old files leave the inbox
    watch_s: float = 5.0  # how often the user's preset folders are looked at


class Engine:
    """One engine. `start`, then `wait` until it should leave, then `close`."""

    def __init__(
        self,
        folders: Folders,
        locks: InstanceLocks,
        catalogue: Catalogue,
        load: Loader = load_quietly,
        options: EngineOptions | None = None,
    ) -> None:
        self.folders = folders
        self._catalogue = catalogue
        self._options = options or EngineOptions()
        self._began = time.monotonic()
        self._busy = self._began  # when a client was last here
        self._ticked = self._cleaned = self._kept = self._began
        self._leave = threading.Event()
        self._why = "asked to"
        self._mutex = threading.Lock()  # guards the state
        clean_inbox(folders.inbox)
        token = secrets.token_hex(TOKEN_BYTES)
        welcome = (PROTOCOL_VERSION, starling.__version__, str(folders.inbox))
        self._state = session.ServerState(token, secrets.token_bytes(KEY_BYTES), welcome)
        self._osc = OscServer(self._request, self._tick, self._is_proven)
        self.runtime = instance_file.Runtime(
            self._osc.port, os.getpid(), token, starling.__version__
        )
        self._presence = Presence(folders, locks, self.runtime)
        self._jobs = Jobs(LANES)
        store = SoundStore(folders.store, self._options.budget_bytes)
        generators = generate.Generators(catalogue(), load)
        browser = Browser(folders.library)
        self.background = BackgroundTasks(self._jobs, store, generators, browser)
        self._watcher: FolderWatcher | None = None
        self.parts = Parts(
            folders,
            store,
            generators,
            Composers(composers(folders.models)),
            browser,
            Streams(folders.streams, generators),
            RecentPrimes(store),
            uptime=lambda: time.monotonic() - self._began,
            status=self._status,
            hearing=lambda: self.background.hearing,
            trouble=lambda: self.background.trouble,
            cancel=self._cancel,
            renew_models=self._renew_models,
            warm=self.background.warm,
            quit=self._leave.set,
        )

    def start(self) -> None:
        """Serve, and write engine.json."""
        self._osc.start()
        self.background.count()
        if self._options.preload:
            self.background.preload()
            self.background.rehear()
        if self._options.watch_s:
            due, every_s = self.background.scan_folders, self._options.watch_s
            self._watcher = FolderWatcher(self.parts.browser.watcher, due, every_s)
        self._presence.keep()
        log.event("engine started", port=self.runtime.port, pid=self.runtime.pid)

    def wait(self) -> str:
        """Block until the engine should leave; returns why."""
        while not self._leave.wait(TICK_S):
            idle = time.monotonic() - self._busy
            if self._options.idle_s and idle > self._options.idle_s:
                return "idle"
        return self._why

    def leave(self) -> None:
        """Make `wait` return; may be called from a signal handler."""
        self._leave.set()

    def close(self) -> None:
        """Answer nothing more, end the jobs, remove the runtime file, release the locks."""
        self._presence.end()
        if self._watcher:
            self._watcher.close()
        self._jobs.close()
        self._osc.close()
        self.parts.streams.close()
        self.parts.browser.close()
        self._presence.release()
        waiting, bad = self._osc.waiting, dict(self._osc.bad_packets)
        counts = {"dropped": waiting.dropped, "unproven": waiting.unproven}
        log.event("engine stopped", bad_packets=bad, **counts)

    def _is_proven(self, sender: Address, proof: Proof) -> bool:
        return session.is_proven(self._state, sender, proof)

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
        if now - self._kept > KEEP_S:
            self._kept = now
            if not self._presence.keep():
                self._why = "another engine has its place"
                self._leave.set()
        if now - self._cleaned > self._options.clean_s:
            self._cleaned = now
            self.background.clean(self.folders.inbox)
        if self._state.clients or any(self._jobs.counts()):
            self._busy = now

    def _step(self, change: Callable[[session.ServerState], session.Step]) -> None:
        """Change the state, then act. Any thread."""
        with self._mutex:
            self._state, actions = change(self._state)
        for action in actions:
            self._act(action)

    def _act(self, action: session.Action) -> None:
        match action:
            case session.Send():
                self._osc.send(action.to, action.datagrams)
            case session.Start():
                self._start(action)
            case session.Joined():
                log.event("client joined", name=action.name, client=action.client)
            case session.Dropped():
                self._dropped(action)
            case _:
                assert_never(action)

    def _dropped(self, action: session.Dropped) -> None:
        log.event("client left", name=action.name, client=action.client, why=action.why)
        self._jobs.cancel(lambda key: isinstance(key, JobKey) and key.owner == action.client)
        self._forget(action.client)

    def _start(self, action: session.Start) -> None:
        client, request = action.client, action.request
        try:
            handler = handler_for(self.parts, request)
            answer = handler.now(self.parts, request, client)
        except Exception as exc:
            self._finish(client, request, exc)
            return
        if answer is not None:
            self._finish(client, request, answer)
        else:
            self._queue(client, request, handler)

    def _queue(self, client: Address, request: Request, handler: Handler) -> None:
        may_send = at_most_every(PROGRESS_S)
        limit = handler.deadline_s
        job = Job(
            JobKey(client, request.req),
            work=lambda ticket: self._work(handler, client, request, ticket),
            done=lambda outcome: self._finish(client, request, outcome),
            progress=lambda part, text: self._progress(client, request, part, text, may_send()),
            priority=handler.priority,
            show=self._item_sender(client, request),
            deadline=None if limit is None else time.monotonic() + limit,
        )
        self._progress(client, request, 0.0, "queued", send=True)  # the acknowledgement
        self._jobs.submit(handler.lane, job)

    def _work(self, handler: Handler, client: Address, request: Request, ticket: Ticket) -> Answer:
        try:
            return handler.later(self.parts, request, client, ticket)
        finally:
            if client not in self._state.clients:  # it left while we worked
                self._forget(client)

    def _forget(self, client: Address) -> None:
        """Let go of what a client held."""
        self.parts.streams.forget(client)
        self.parts.store.release_all(client)

    def _progress(
        self, client: Address, request: Request, fraction: float, text: str, send: bool
    ) -> None:
        self._step(
            lambda state: session.progressed(state, client, request, fraction, text, send=send)
        )

    def _item_sender(
        self, client: Address, request: Request
    ) -> Callable[[tuple[Value, ...]], None]:
        """What sends the items of a request that come before its answer, numbered from 0."""
        numbers = itertools.count()

        def show(values: tuple[Value, ...]) -> None:
            datagram = encode_item(request.req, request.verb, next(numbers), *values)
            self._step(lambda state: session.shown(state, client, request, datagram))

        return show

    def _finish(self, client: Address, request: Request, outcome: Outcome) -> None:
        datagrams = datagrams_of(request, outcome)
        earlier = outcome.earlier_datagrams(request) if isinstance(outcome, Answer) else ()
        self._step(lambda state: session.finished(state, client, request, datagrams, earlier))
        if request.verb in CHANGES_LIBRARY:
            self.background.count()

    def _cancel(self, client: Address, target: int) -> int:
        return min(1, self._jobs.cancel(lambda key: key == JobKey(client, target)))

    def _renew_models(self) -> None:
        try:
            self.parts.generators.renew(self._catalogue())
            self.parts.composers.renew(composers(self.folders.models))
        except StarlingError as exc:  # those already known still work
            log.event("the models cannot be read", level=logging.WARNING, sentence=str(exc))

    def _status(self) -> tuple[int, int, int]:
        """What is known now; the count of presets is brought up to date for the next time."""
        counts = self._jobs.counts()
        if not any(counts):
            self.background.count()
        return (self.background.presets, *counts)


def open_engine(
    folders: Folders,
    catalogue: Catalogue,
    load: Loader = load_quietly,
    options: EngineOptions | None = None,
) -> Engine | None:
    """An engine that holds this user's locks; None when another one has one of them.

    One is in the run folder, by which clients find the engine, and one in the data folder: with
    and without XDG_RUNTIME_DIR the same user has two run folders, but one store.
    """
    locks = InstanceLocks.take(folders.run, folders.data)
    if locks is None:
        return None
    try:
        return Engine(folders, locks, catalogue, load, options)
    except BaseException:
        locks.close()
        raise
