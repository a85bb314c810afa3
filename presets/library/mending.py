"""A damaged library is set aside under another name and begun anew; nothing is ever deleted.

The new one gets the favourites that can still be read, and those saved beside it. A scan does this
first, and fills the new library.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

from starling.models.errors import ParseError
from starling.presets.index.vector_file import VectorFile
from starling.presets.library import saved_favourites
from starling.presets.library.database import DATABASE, VECTORS, LibraryDatabase
from starling.presets.library.faults import explained, is_damage
from starling.presets.library.tables import connect, is_current

__all__ = ["mend"]

COMPANIONS = ("", "-wal", "-shm")  # of an SQLite file: what belongs to it


def mend(folder: Path) -> str:
    """Look through a library's files, and set aside what is damaged; call it before a scan.

    A sentence on what was done, "" where there was nothing to do. Raises ParseError for a newer
    Starling's library, StarlingError (codes `no_access`, `store_full`) where the disk refuses.
    """
    try:
        return _mended_database(folder) or _mended_vectors(folder)
    except sqlite3.Error as exc:
        raise explained(exc, folder) or exc from exc


def _mended_database(folder: Path) -> str:
    damage = _damage(folder / DATABASE)
    if not damage:
        return ""
    salvaged = saved_favourites.salvage(folder)
    aside = _set_aside(folder / DATABASE, COMPANIONS)
    if not _is_readable(folder / VECTORS):
        _set_aside(folder / VECTORS)
    with closing(LibraryDatabase.open(folder)) as library:
        with library.transaction() as db:
            saved_favourites.restore(db, salvaged)
        saved_favourites.save(library.connection(), folder)
    return (
        f"the library was damaged ({damage}); it is kept as {aside.name}, and a new one was begun, "
        f"with {len(set(salvaged['favourites']))} favourites"
    )


def _mended_vectors(folder: Path) -> str:
    path = folder / VECTORS
    if not path.exists() or _is_readable(path, _rows_used(folder / DATABASE)):
        return ""
    aside = _set_aside(path)
    return f"the index was damaged; it is kept as {aside.name}, and every preset is heard again"


def _damage(database: Path) -> str:
    """What SQLite finds wrong with the file; "" for nothing, or no file."""
    if not database.exists():
        return ""
    if not database.stat().st_size and database.with_name(saved_favourites.FILE).exists():
        return "it is empty"  # and was not: SQLite would take it for a new one
    try:
        with closing(connect(database)) as db:
            is_current(db, database)
            found = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as exc:
        if is_damage(exc):
            return str(exc)
        raise
    return "" if found == "ok" else found.splitlines()[0]


def _rows_used(database: Path) -> int:
    if not database.exists():
        return 0
    with closing(connect(database)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'presets'").fetchone():
            return 0
        return int(db.execute("SELECT COALESCE(MAX(vector), -1) + 1 FROM presets").fetchone()[0])


def _is_readable(path: Path, rows: int = 0) -> bool:
    """Whether a vector file is one, as long as the library says."""
    try:
        key, size = VectorFile(path, "", 0).made_by()
        VectorFile(path, key, size).rows(rows)
    except ParseError:
        return False
    return True


def _set_aside(path: Path, companions: tuple[str, ...] = ("",)) -> Path:
    """Move a file and what belongs to it out of the way, under the first free name."""
    names = (path.with_stem(f"{path.stem}.damaged-{number}") for number in count(1))
    aside = next(name for name in names if not name.exists())
    for companion in companions:
        part = path.with_name(path.name + companion)
        if part.exists():
            part.replace(aside.with_name(aside.name + companion))
    return aside
