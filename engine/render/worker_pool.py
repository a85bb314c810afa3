"""Processes that play for the renderer: as many as cores, replaced when a plugin takes one down."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.engine.config import folders
from starling.models.closing import Closing
from starling.models.errors import CancelledError
from starling.presets.sandbox.pipe import NO_SAMPLES, Message
from starling.presets.sandbox.process import WorkerProcess
from starling.presets.synths.plugin import SCHEMAS

WORKER = "starling.engine.render.worker"
FAUST_TIMEOUT_S = 600.0  # of one job; a tape takes less than a second
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, order=True)
class _Job:
    """What waits for a process of the pool."""

    rank: float
    number: int
    future: Future[Array] = field(compare=False)
    request: Message = field(compare=False)


class Workers(Closing):
    """A pool of `count` processes; use it as a context. `submit` may be called from any thread."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._idle: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()  # the warmest one first
        self._all: set[WorkerProcess] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._waiting: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()  # equals go in the order of their coming
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="render")
        for _ in range(count):
            self._idle.put(self._start("the synth"))

    def submit(
        self, header: Mapping[str, Any], samples: Array = NO_SAMPLES, rank: float = 0.0
    ) -> Future[Array]:
        """Do one of Starling's own jobs (see `worker.JOBS`) in a process of the pool.

        Of those that wait the one with the lowest rank is done first.
        """
        future: Future[Array] = Future()
        self._waiting.put(_Job(rank, next(self._numbers), future, Message(dict(header), samples)))
        self._threads.submit(self._next)
        return future

    def _next(self) -> None:
        job = self._waiting.get()
        if not job.future.set_running_or_notify_cancel():
            return
        try:
            job.future.set_result(self._run(job.request))
        except BaseException as exc:
            job.future.set_exception(exc)

    def submit_alone(self, header: Mapping[str, Any], timeout_s: float) -> Future[Array]:
        """Do a job of a third-party plugin: in a new process that ends with the job."""
        return self._threads.submit(self._run_alone, dict(header), timeout_s)

    def _run(self, request: Message) -> Array:
        worker = self._idle.get()
        try:
            return _answer(worker, request, FAUST_TIMEOUT_S)
        finally:
            self._idle.put(worker if worker.alive else self._replaced(worker))

    def _run_alone(self, header: dict[str, Any], timeout_s: float) -> Array:
        plugin = header["plugin"]
        worker = self._start(Path(plugin).name, plugin)
        try:
            return _answer(worker, Message(header), timeout_s)
        finally:
            self._forget(worker)

    def _start(self, title: str, synth: str = "") -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise CancelledError("the render was cancelled")
            cache = folders().library / SCHEMAS
            worker = WorkerProcess(title, [WORKER], synth=synth, cache=cache)
            self._all.add(worker)
            return worker

    def _replaced(self, worker: WorkerProcess) -> WorkerProcess:
        self._forget(worker)
        return worker if self._closed else self._start("the synth")

    def _forget(self, worker: WorkerProcess) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.kill()

    def close(self) -> None:
        """End every process, also in the middle of a job."""
        with self._lock:
            self._closed = True
            workers, self._all = list(self._all), set()
        for worker in workers:
            worker.interrupt()  # its waiting thread gets a CancelledError
        self._threads.shutdown(cancel_futures=True)
        while not self._waiting.empty():
            self._waiting.get().future.cancel()
        for worker in workers:
            worker.kill()


def _answer(worker: WorkerProcess, request: Message, timeout_s: float) -> Array:
    """Send a request, wait for its answer. Raises what the process raised, or PluginError."""
    worker.send(request)
    return worker.receive(timeout_s).samples
