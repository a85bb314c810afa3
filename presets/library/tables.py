"""The tables of the library's SQLite file, and how a file of an older Starling becomes a new one.

| version | what it brought                                                              |
|---------|------------------------------------------------------------------------------|
| 1       | presets, their sources and words                                             |
| 2       | favourites; named like the presets, so that they outlive a file that is away |
| 3       | in which generation a vector was written, for the index over them            |
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from starling.models.errors import ParseError
from starling.presets.library import text_query

SCHEMA_VERSION = 3
DATABASE = "library.sqlite"
BUSY_S = 10.0  # another process's transaction lasts milliseconds
USABLE = "vector IS NOT NULL AND quarantine = ''"
FAVOURITE = "(presets.source, presets.name, presets.occurrence) IN favourites"

TABLES = f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sources (
    path TEXT PRIMARY KEY, hash TEXT NOT NULL, mtime_ns INTEGER NOT NULL, size INTEGER NOT NULL,
    stamp TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS presets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL, name TEXT NOT NULL, occurrence INTEGER NOT NULL,
    bank TEXT NOT NULL, author TEXT NOT NULL, tags TEXT NOT NULL, synth TEXT NOT NULL,
    parameters TEXT NOT NULL, schema_hash TEXT NOT NULL, source_hash TEXT NOT NULL,
    fingerprint TEXT NOT NULL, quarantine TEXT NOT NULL DEFAULT '', vector INTEGER,
    heard INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, name, occurrence));
CREATE INDEX IF NOT EXISTS presets_by_vector ON presets (vector);
CREATE VIRTUAL TABLE IF NOT EXISTS preset_words
    USING fts5 ({", ".join(text_query.COLUMNS)}, prefix='2 3');
CREATE TABLE IF NOT EXISTS favourites (
    source TEXT NOT NULL, name TEXT NOT NULL, occurrence INTEGER NOT NULL,
    PRIMARY KEY (source, name, occurrence)) WITHOUT ROWID;
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time; transactions begin by hand."""
    connection = sqlite3.connect(
        path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # with WAL: never damaged, even by power loss
    return connection


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables that the file at `path` lacks; run within a transaction.

    Each version only added something, so an older file keeps all that it holds. Raises ParseError
    for a file of a newer Starling.
    """
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise ParseError(
            f"the library in {path.parent} has version {version}; this Starling reads "
            f"{SCHEMA_VERSION}: use a newer one, or delete {path} and run "
            "`starling presets scan`"
        )
    for statement in filter(str.strip, TABLES.split(";")):
        db.execute(statement)
    if 0 < version < 3:
        db.execute("ALTER TABLE presets ADD COLUMN heard INTEGER NOT NULL DEFAULT 0")
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def read_meta(db: sqlite3.Connection, key: str, default: str) -> str:
    """A value of the table `meta`, about the whole library."""
    found = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(found[0]) if found else default
