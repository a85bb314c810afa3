"""SQLite's errors as sentences: what is the disk's, what another program's, and what is damage.

Only the last row of the table is about the file itself. In every other case the library is sound.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from starling.models.errors import StarlingError

__all__ = ["FAULTS", "explained", "is_damage", "primary_code"]

DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

# Primary result codes of SQLite (sqlite.org/rescode.html), the wire's code, and the sentence.
FAULTS: tuple[tuple[frozenset[int], str, str], ...] = (
    (
        frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}),
        "no_access",
        "another program is writing to the preset library; nothing is lost: try again when it "
        "is done",
    ),
    (
        frozenset({sqlite3.SQLITE_FULL}),
        "store_full",
        "the disk is full, and the preset library could not be written; nothing is lost: free "
        "some space and ask again",
    ),
    (
        frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}),
        "no_access",
        "the preset library can only be read here ({exc}): the disk, its folder or its file is "
        "read-only",
    ),
    (
        frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOLFS}),
        "no_access",
        "the disk, or its folder, refuses the preset library ({exc}); check the disk and the "
        "permissions of the folder, and try again",
    ),
    (
        DAMAGE,
        "bad_file",
        "the preset library is damaged ({exc}); `starling presets scan` sets it aside and builds "
        "a new one with your favourites",
    ),
)


# What SQLite says with a code, for an error that came without one or with the general one.
WORDS = {
    "unsupported file format": sqlite3.SQLITE_CORRUPT,  # its header names none that there is
    "no such table": sqlite3.SQLITE_CORRUPT,  # every library that was opened has all of them
    "malformed": sqlite3.SQLITE_CORRUPT,
    "not a database": sqlite3.SQLITE_NOTADB,
    "locked": sqlite3.SQLITE_BUSY,
    "is full": sqlite3.SQLITE_FULL,
    "readonly": sqlite3.SQLITE_READONLY,
    "disk I/O": sqlite3.SQLITE_IOERR,
    "unable to open": sqlite3.SQLITE_CANTOPEN,
}


def primary_code(exc: BaseException) -> int:
    """SQLite's result code without its extension; 0 for what is no error of SQLite's."""
    if not isinstance(exc, sqlite3.Error):
        return 0
    code = int(getattr(exc, "sqlite_errorcode", None) or 0) & 0xFF
    if code not in (0, sqlite3.SQLITE_ERROR):
        return code
    return next((WORDS[words] for words in WORDS if words in str(exc)), code)


def is_damage(exc: BaseException) -> bool:
    """Whether the file itself is damaged, and not only out of reach for the moment."""
    return primary_code(exc) in DAMAGE


def explained(exc: sqlite3.Error, folder: Path) -> StarlingError | None:
    """The error with a sentence that names the folder; None for a fault of ours."""
    for codes, code, sentence in FAULTS:
        if primary_code(exc) in codes:
            return StarlingError(f"{sentence.format(exc=exc)} (it is in {folder})", code=code)
    return None
