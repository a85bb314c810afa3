"""Processes that play for the renderer: as many as cores, replaced when a plugin takes one down."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.engine.config import folders
from starling.models.errors import CancelledError, ParseError, PluginError
from starling.presets.pipe import NO_SAMPLES, Message, read_message, write_message
from starling.presets.plugin_synth import CACHE_VARIABLE
from starling.presets.sandbox_worker import from_failure
from starling.presets.scan import SCHEMAS

FAUST_TIMEOUT_S = 600.0  # of one job; a tape takes less than a second
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")  # without one no plugin opens a window
SINGLE_THREADED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Array = NDArray[np.float32]


class Workers:
    """A pool of `count` processes; use it as a context. `submit` may be called from any thread."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()  # the warmest one first
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="render")
        for _ in range(count):
            self._idle.put(self._start())

    def submit(self, header: Mapping[str, Any], samples: Array = NO_SAMPLES) -> Future[Array]:
        """Do one of Starling's own jobs (see `render_worker.JOBS`) in a process of the pool."""
        return self._threads.submit(self._run, dict(header), samples)

    def submit_alone(self, header: Mapping[str, Any], timeout_s: float) -> Future[Array]:
        """Do a job of a third-party plugin: in a new process that ends with the job."""
        return self._threads.submit(self._run_alone, dict(header), timeout_s)

    def _run(self, header: dict[str, Any], samples: Array) -> Array:
        worker = self._idle.get()
        try:
            return worker.ask(Message(header, samples), FAUST_TIMEOUT_S, "the synth")
        finally:
            self._idle.put(worker if worker.alive else self._replaced(worker))

    def _run_alone(self, header: dict[str, Any], timeout_s: float) -> Array:
        worker = self._start()
        try:
            return worker.ask(Message(header), timeout_s, Path(header["plugin"]).name)
        finally:
            self._forget(worker)

    def _start(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise CancelledError("the render was cancelled")
            worker = _Worker()
            self._all.add(worker)
            return worker

    def _replaced(self, worker: _Worker) -> _Worker:
        self._forget(worker)
        return worker if self._closed else self._start()

    def _forget(self, worker: _Worker) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.close()

    def close(self) -> None:
        """End every process, also in the middle of a job."""
        with self._lock:
            self._closed = True
            workers, self._all = list(self._all), set()
        for worker in workers:
            worker.close()
        self._threads.shutdown(cancel_futures=True)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Worker:
    """One process and its pipe."""

    def __init__(self) -> None:
        self._chatter = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._late = False
        environment = {k: v for k, v in os.environ.items() if k not in DISPLAYS}
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "starling.engine.render_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._chatter,
            env=environment
            | dict.fromkeys(SINGLE_THREADED, "1")
            | {CACHE_VARIABLE: str(folders().library / SCHEMAS)},
        )

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def ask(self, request: Message, timeout_s: float, title: str) -> Array:
        """Send a request, wait for its answer. Raises what the process raised, or PluginError."""
        assert self._child.stdin and self._child.stdout
        timer = threading.Timer(timeout_s, self._expire)
        timer.start()
        try:
            write_message(self._child.stdin, request)
            reply = read_message(self._child.stdout)
        except (OSError, ValueError, ParseError):
            reply = None  # the process is gone, or talks nonsense
        finally:
            timer.cancel()
        if reply is None:
            raise PluginError(self._obituary(title, timeout_s))
        if "error" in reply.header:
            raise from_failure(reply.header["error"])
        return reply.samples

    def close(self) -> None:
        """End the process and give everything back."""
        self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout, self._chatter):
            if stream:
                with contextlib.suppress(OSError):  # what was not sent cannot be flushed
                    stream.close()

    def _expire(self) -> None:
        self._late = True
        self._child.kill()

    def _obituary(self, title: str, timeout_s: float) -> str:
        code = self._child.wait()
        if self._late:
            return f"{title} hung: no sound after {timeout_s:g} s; it was ended"
        return f"{title} crashed (exit code {code}) while it rendered"
