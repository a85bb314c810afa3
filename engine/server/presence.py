"""What clients find the engine by: its locks, engine.json and the inbox, put back where they go."""

from __future__ import annotations

import threading

from starling.engine import log
from starling.engine.config import Folders
from starling.engine.wire import instance_file
from starling.engine.wire.failure_codes import code_and_sentence
from starling.engine.wire.instance_file import InstanceLocks, Runtime
from starling.models.errors import StarlingError


class Presence:
    """The engine's place in its folders. Safe from any thread."""

    def __init__(self, folders: Folders, locks: InstanceLocks, runtime: Runtime) -> None:
        self._folders = folders
        self._locks = locks
        self._runtime = runtime
        self._reported = ""
        self._lock = threading.Lock()
        self._ended = False

    def keep(self) -> bool:
        """Look after it; call it every second. False when another engine has taken its place.

        systemd clears the run folder when its user logs out, while the engine goes on.
        """
        try:
            with self._lock:
                return self._ended or self._put_back()
        except (StarlingError, OSError) as exc:
            sentence = code_and_sentence(exc)[1]
            if sentence != self._reported:  # once, not every second
                log.event("clients cannot find the engine", sentence=sentence)
            self._reported = sentence
        return True

    def _put_back(self) -> bool:
        self._folders.inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._locks.renew():
            return False
        if instance_file.keep(self._folders.run, self._runtime):
            log.event("engine.json written")
        self._reported = ""
        return True

    def end(self) -> None:
        """Remove engine.json, for good: nothing is served any more."""
        with self._lock:
            self._ended = True
            instance_file.remove(self._folders.run, self._runtime)

    def release(self) -> None:
        """Release the locks: another engine may start."""
        self._locks.close()
