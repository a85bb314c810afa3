"""Files of the store's folder: written whole or not at all, whatever lies in their place."""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PART_FIELDS = 5  # "", id, process, thread, "part": what `written` puts between full stops
PARTS = ".*.part"  # what `written` calls its files


def write_whole(path: Path, data: bytes) -> None:
    """Write a file or leave everything as it was; the last of two writers wins.

    An OSError names `path`. No fsync: a sound lost to a power cut is made anew from its recipe.
    """
    with written(path, data) as part:
        os.replace(part, path)


@contextmanager
def written(path: Path, data: bytes) -> Iterator[Path]:
    """A file beside `path` that holds data; the body renames it, or it is removed.

    An OSError, of the body's too, names `path`, not the temporary file.
    """
    name = path.name.removesuffix(".wav").replace(".", "-")
    part = path.with_name(f".{name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        part.write_bytes(data)
        yield part
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror, str(path)) from exc
    finally:
        with suppress(OSError):  # the first error is the one to report
            part.unlink(missing_ok=True)


def stat_of(path: Path) -> tuple[int, int, int] | None:
    """When a file changed (ns), its bytes and its inode; None for what is no file."""
    try:
        found = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def is_being_written(part: Path) -> bool:
    """Whether the process that a part is named after still lives."""
    fields = part.name.split(".")
    if sys.platform == "win32" or len(fields) != PART_FIELDS or not fields[-3].isdecimal():
        return False
    try:
        os.kill(int(fields[-3]), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # alive, and another user's
        return True
    return True
