"""What lies where a file belongs and is none: a folder, a pipe, a link that leads nowhere."""

from __future__ import annotations

import itertools
from pathlib import Path


def clear(path: Path) -> None:
    """Make way for a file: rename a folder, which may hold something; remove a pipe or a bad link.

    Opening a pipe would wait for its other end. A file, or a link to one, stays. Raises OSError.
    """
    if path.is_symlink():
        if not path.is_file():
            path.unlink(missing_ok=True)
    elif path.is_dir():
        numbers = itertools.count(1)
        names = (path.with_name(f"{path.name}.aside{number}") for number in numbers)
        path.rename(next(name for name in names if not name.exists()))
    elif path.exists() and not path.is_file():
        path.unlink(missing_ok=True)
