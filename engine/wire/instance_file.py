"""engine.json, by which clients find the engine, and the lock that keeps it the only one."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from starling.engine.wire.protocol import PROTOCOL_VERSION
from starling.models import lockfile
from starling.models.errors import MissingError, ParseError

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


def remove(folder: Path, runtime: Runtime) -> None:
    """Remove engine.json if it is still this engine's."""
    try:
        mine = read(folder) == runtime
    except (MissingError, ParseError):
        return
    if mine:
        (folder / FILE).unlink(missing_ok=True)


def lock(folder: Path) -> IO[bytes] | None:
    """Take the single-instance lock, held until its file is closed; None: another engine has it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return lockfile.take(folder / LOCK)
