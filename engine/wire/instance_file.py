"""engine.json, by which clients find the engine, and the locks that keep it the only one."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

from starling.engine.wire.protocol import PROTOCOL_VERSION
from starling.models import lockfile, obstacles
from starling.models.closing import Closing
from starling.models.errors import MissingError, ParseError, StarlingError

FILE = "engine.json"
LOCK = "engine.lock"
PORTS = range(1, 65_536)


@dataclass(frozen=True, slots=True)
class Runtime:
    """Where the engine listens and the token that proves a client may read this user's files."""

    port: int
    pid: int
    token: str
    version: str
    protocol: int = PROTOCOL_VERSION


def write(folder: Path, runtime: Runtime) -> Path:
    """Write engine.json, readable by its owner only, in one step."""
    path, part = folder / FILE, folder / f".{FILE}.part"
    for each in (path, part):
        obstacles.clear(each)
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(runtime), file)
    os.replace(part, path)
    return path


def read(folder: Path) -> Runtime:
    """Read engine.json; raises MissingError when no engine wrote one, ParseError for others."""
    path = folder / FILE
    try:
        if is_another_user_s(path):
            raise ValueError("it belongs to another user")
        held = json.loads(path.read_text(encoding="utf-8"))
        fields = ((name, kind) for name, kind in Runtime.__annotations__.items())
        values = {name: {"int": int, "str": str}[kind](held[name]) for name, kind in fields}
        if values["port"] not in PORTS:
            raise ValueError(f"port {values['port']}")
        return Runtime(**values)
    except FileNotFoundError as exc:
        raise MissingError("no engine is running; `starling engine` starts one") from exc
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else exc
        raise ParseError(f"{path} is not an engine's runtime file: {why}; delete it") from exc


def is_running(pid: int) -> bool:
    """Whether there is such a process; on Windows, where asking would end it, always true."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(max(pid, 1), 0)
    except PermissionError:
        return pid > 0
    except (ProcessLookupError, OverflowError):
        return False
    return pid > 0


def keep(folder: Path, runtime: Runtime) -> bool:
    """Write engine.json again if it is gone, damaged or another's; whether that was so."""
    try:
        if read(folder) == runtime:
            return False
    except (MissingError, ParseError):
        pass
    write(folder, runtime)
    return True


def remove(folder: Path, runtime: Runtime) -> None:
    """Remove engine.json if it is still this engine's."""
    try:
        mine = read(folder) == runtime
    except (MissingError, ParseError):
        return
    if mine:
        (folder / FILE).unlink(missing_ok=True)


def lock(folder: Path) -> IO[bytes] | None:
    """Take the single-instance lock, held until its file is closed; None: another engine has it.

    Makes the folder, for this user only. Raises StarlingError (code `no_access`) for another's.
    """
    make_private(folder)
    return lockfile.take(folder / LOCK)


def make_private(folder: Path) -> None:
    """Make a folder, and see that only this user can look into it.

    Raises StarlingError (code `no_access`) for another user's: who owns it, replaces what is in it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform == "win32":  # a user's folders are private there
        return
    if is_another_user_s(folder):
        raise StarlingError(
            f"{folder} belongs to another user; remove it, or set STARLING_HOME to a folder of "
            "your own",
            code="no_access",
        )
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def is_another_user_s(path: Path) -> bool:
    """Whether someone else owns a file or folder. Raises OSError."""
    return sys.platform != "win32" and path.stat().st_uid != os.geteuid()


class InstanceLocks(Closing):
    """The locks of one engine, a file in each of its folders. One thread at a time may use it."""

    def __init__(self, held: dict[Path, IO[bytes]]) -> None:
        self._held = held

    @classmethod
    def take(cls, *folders: Path) -> Self | None:
        """The locks in all of the folders; None when another engine has one. Raises as `lock`."""
        locks = cls({})
        try:
            for folder in folders:
                if not locks._take(folder):
                    locks.close()
                    return None
        except BaseException:
            locks.close()
            raise
        return locks

    def renew(self) -> bool:
        """Take again what was removed (systemd clears the run folder when its user logs out).

        False when another engine was faster. Raises as `lock`.
        """
        gone = [
            folder for folder, file in self._held.items() if not lockfile.is_at(file, folder / LOCK)
        ]
        return all(map(self._take, gone))

    def close(self) -> None:
        """Release them."""
        while self._held:
            self._held.popitem()[1].close()

    def _take(self, folder: Path) -> bool:
        file = lock(folder)
        if file is None:
            return False
        before = self._held.get(folder)
        self._held[folder] = file
        if before is not None:
            before.close()
        return True
