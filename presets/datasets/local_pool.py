"""Threads with a sandbox each that do tasks of a data set: the pool on this machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

from starling.models.closing import Closing
from starling.presets.datasets.items import ItemRenderer, RenderJob

Task = TypeVar("Task")
Result = TypeVar("Result")

AHEAD = 2  # tasks a worker may have waiting, so that none idles
POLL_S = 0.2  # how long Ctrl-C may wait


class LocalPool(Closing):
    """`jobs` workers (None: one for each core). Use it as a context, which ends their processes."""

    def __init__(self, job: RenderJob, jobs: int | None = None) -> None:
        self.jobs = jobs or os.cpu_count() or 1
        self._job = job
        self._local = threading.local()
        self._renderers: list[ItemRenderer] = []
        self._threads = ThreadPoolExecutor(self.jobs, thread_name_prefix="rendering")

    def run(
        self, work: Callable[[ItemRenderer, Task], Result], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """Do `work` for each task; results come as they are done, in no certain order."""
        left = iter(tasks)
        running: set[Future[Result]] = set()
        while True:
            for task in islice(left, AHEAD * self.jobs - len(running)):
                running.add(self._threads.submit(self._do, work, task))
            if not running:
                return
            done, running = wait(running, POLL_S, FIRST_COMPLETED)
            for future in done:
                yield future.result()

    def _do(self, work: Callable[[ItemRenderer, Task], Result], task: Task) -> Result:
        """In a thread of the pool, with its own sandbox."""
        renderer: ItemRenderer | None = getattr(self._local, "renderer", None)
        if renderer is None:
            renderer = self._local.renderer = ItemRenderer(self._job)
            self._renderers.append(renderer)
        return work(renderer, task)

    def close(self) -> None:
        """End all processes, also those in the middle of a note."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for renderer in list(self._renderers):
            renderer.interrupt()
        self._threads.shutdown()
        for renderer in self._renderers:
            renderer.close()
