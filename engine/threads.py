"""Threads that do not die: what goes wrong in one is logged, and it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from starling.engine import log

RESTART_S = 1.0  # a fault that comes again at once must fill neither a core nor the log


def start(name: str, loop: Callable[[], None]) -> threading.Thread:
    """Run `loop` in a thread of its own until it returns; after an exception, anew.

    BaseException too: a panic of a library in Rust is no Exception.
    """

    def run() -> None:
        while True:
            try:
                loop()
                return
            except BaseException as exc:
                log.fault("fault in a thread", exc, thread=name)
            time.sleep(RESTART_S)

    thread = threading.Thread(target=run, name=f"starling-{name}", daemon=True)
    thread.start()
    return thread
