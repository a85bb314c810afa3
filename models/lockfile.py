"""A file that one process at a time can hold; the system frees it however the process ends.

Where a file system has no locks, everyone gets it: two at once are rarer than such disks.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from starling.models import obstacles

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def take(path: Path) -> IO[bytes] | None:
    """The open file, made where there is none, held until it is closed; None where another has it.

    Its folder is made as well.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    obstacles.clear(path)
    file = path.open("ab")
    if _hold(file) and is_at(file, path):
        return file
    file.close()
    return None


def is_at(file: IO[bytes], path: Path) -> bool:
    """Whether the open file is still the one of this name; someone may have removed it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def held(path: Path) -> Iterator[bool]:
    """Whether the lock is ours for the block's time; a lock that was ours leaves no file."""
    file = take(path)
    try:
        yield file is not None
    finally:
        if file is not None:
            if sys.platform == "win32":  # which keeps files that are open
                file.close()
            with contextlib.suppress(OSError):
                path.unlink()
            file.close()


def _hold(file: IO[bytes]) -> bool:
    """Whether no other process holds it."""
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
