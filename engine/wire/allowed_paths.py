"""Which files a client may name on the wire: regular files inside the inbox or the sound store."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from starling.models.errors import InputError

INBOX_AGE_S = 24 * 3600  # a dropped file is searched with at once; a day covers a suspended laptop


def allowed_file(text: str, folders: Sequence[Path]) -> Path:
    """The file that a client named, with links and `..` resolved.

    Raises InputError (code `bad_path`) for anything outside `folders`, and for what is no file.
    The sentence is the same whether a file outside exists or not.
    """
    roots = [folder.resolve() for folder in folders]
    try:
        path = Path(text).resolve()
        inside = Path(text).is_absolute() and any(path.is_relative_to(root) for root in roots)
        is_file = inside and path.is_file()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL byte, a loop of links
        inside = is_file = False
    if not inside:
        where = " or ".join(str(root) for root in roots)
        raise InputError(f"path must be inside {where}; got {text[:300]!r}", code="bad_path")
    if not is_file:
        raise InputError(f"path {str(path)[:300]!r} is not a file", code="bad_path")
    return path


def clean_inbox(inbox: Path) -> int:
    """Make the inbox; remove files older than a day; returns how many."""
    inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    oldest = time.time() - INBOX_AGE_S
    gone = 0
    for each in inbox.iterdir():
        with suppress(OSError):  # its client was faster, or one that may not be removed
            if each.lstat().st_mtime < oldest and not each.is_dir():
                each.unlink()
                gone += 1
    return gone
