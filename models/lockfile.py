"""A file that one process at a time can hold; the system frees it however the process ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def take(path: Path) -> IO[bytes] | None:
    """The open file, made where there is none, held until it is closed; None where another has it.

    Its folder is made as well, for its owner alone.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = path.open("ab")
    try:
        _hold(file)
    except OSError:
        file.close()
        return None
    return file


@contextlib.contextmanager
def held(path: Path) -> Iterator[bool]:
    """Whether the lock is ours for the block's time; a lock that was ours leaves no file."""
    file = take(path)
    try:
        yield file is not None
    finally:
        if file is not None:
            with contextlib.suppress(OSError):  # Windows keeps files that are open
                path.unlink()
            file.close()


def _hold(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
