"""The thread that looks at the user's preset folders now and then, and starts a scan."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from starling.engine import log, threads
from starling.engine.wire.failure_codes import code_and_sentence, is_fault

if TYPE_CHECKING:
    from starling.presets.scan.watched_folders import Watcher

SHARE = 0.02  # of a core at most: a look at a folder of 100,000 files takes a second


class FolderWatcher:
    """Looks every `every_s` seconds, or more rarely where a look takes long, until closed.

    `watcher` is made in the thread at its first look; `due` is called there when a scan is due.
    """

    def __init__(
        self, watcher: Callable[[], Watcher], due: Callable[[], None], every_s: float
    ) -> None:
        self._watcher = watcher
        self._due = due
        self._every_s = every_s
        self._closed = threading.Event()
        self._thread = threads.start("watching", self._loop)

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._thread.join()

    def _loop(self) -> None:
        watcher: Watcher | None = None
        reported = ""
        pause = self._every_s
        while not self._closed.wait(pause):
            began = time.monotonic()
            try:
                watcher = watcher or self._watcher()
                if watcher.due():
                    self._due()
                reported = ""
            except Exception as exc:
                if repr(exc) != reported:  # once, not every few seconds
                    _report(exc)
                reported = repr(exc)
            pause = max(self._every_s, (time.monotonic() - began) / SHARE)


def _report(exc: Exception) -> None:
    what = "the preset folders cannot be watched"
    if is_fault(exc):
        log.fault(what, exc)
    else:
        log.event(what, sentence=code_and_sentence(exc)[1])
