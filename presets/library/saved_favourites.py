"""Favourites as a file beside the library, and what a damaged library's new one begins with.

favourites.json   {"format": 1, "favourites": [{"content", "name"}]}
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from starling.presets.library.tables import DATABASE, read_only

__all__ = ["FILE", "restore", "salvage", "save", "saved"]

FILE = "favourites.json"
FORMAT = 1
LOGGER = logging.getLogger("starling.engine.library")
LOGGER.addHandler(logging.NullHandler())

Rows = list[tuple[object, ...]]


def save(db: sqlite3.Connection, folder: Path) -> None:
    """Write all favourites beside the library; where that fails the library has them alone."""
    rows = db.execute("SELECT content, name FROM favourites ORDER BY name, content").fetchall()
    content = {"format": FORMAT, "favourites": [{"content": c, "name": n} for c, n in rows]}
    part = folder / f"{FILE}.{os.getpid()}.part"
    try:
        part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        part.replace(folder / FILE)
    except OSError as exc:
        LOGGER.warning("the favourites could not be saved beside the library: %s", exc)


def salvage(folder: Path) -> dict[str, Rows]:
    """The favourites of a damaged library, by table: from the file beside it, and its own."""
    return {
        "favourites": [*saved(folder), *_rows(folder / DATABASE, "content, name")],
        "favourite_places": [
            *_rows(folder / DATABASE, "source, name, occurrence"),
            *_rows(folder / DATABASE, "source, name, occurrence", "favourite_places"),
        ],
    }


def restore(db: sqlite3.Connection, salvaged: dict[str, Rows]) -> None:
    """Put salvaged favourites into a new library; run within a transaction."""
    for table, rows in salvaged.items():
        marks = ", ".join("?" * (2 if table == "favourites" else 3))
        db.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)


def saved(folder: Path) -> Rows:
    """The favourites in the file beside a library, (content, name); none where it is damaged."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return [(str(each["content"]), str(each["name"])) for each in content["favourites"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []  # none were ever saved, or this file is damaged too


def _rows(database: Path, columns: str, table: str = "favourites") -> Rows:
    """The rows that can still be read; of tables of an older version, those that have columns."""
    try:
        with closing(sqlite3.connect(read_only(database), uri=True)) as db:
            return [tuple(row) for row in db.execute(f"SELECT {columns} FROM {table}").fetchall()]
    except sqlite3.Error:
        return []
