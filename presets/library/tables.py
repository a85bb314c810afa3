"""The tables of the library's SQLite file, and its connections; `migrations` brings older ones up.

A preset without a source (`source` is "") was in a file that went: it waits until the scan ends for
a file that holds it now.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote_to_bytes

from starling.models.errors import ParseError
from starling.presets.library import migrations, text_query

SCHEMA_VERSION = 5
DATABASE = "library.sqlite"
ADDRESS = "file://"  # begins a path that is no text
BUSY_S = 10.0  # another process's transaction lasts milliseconds
USABLE = "vector IS NOT NULL AND quarantine = '' AND source <> ''"
FAVOURITE = "(presets.content, presets.name) IN favourites"

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
    heard INTEGER NOT NULL DEFAULT 0, content TEXT NOT NULL DEFAULT '',
    sound TEXT NOT NULL DEFAULT '', state BLOB NOT NULL DEFAULT x'', aspects BLOB,
    UNIQUE (source, name, occurrence));
CREATE INDEX IF NOT EXISTS presets_by_vector ON presets (vector);
CREATE INDEX IF NOT EXISTS presets_by_content ON presets (content);
CREATE INDEX IF NOT EXISTS presets_by_sound ON presets (sound);
CREATE VIRTUAL TABLE IF NOT EXISTS preset_words
    USING fts5 ({", ".join(text_query.COLUMNS)}, prefix='2 3');
CREATE TABLE IF NOT EXISTS reheard (preset INTEGER PRIMARY KEY, row INTEGER, aspects BLOB);
CREATE TABLE IF NOT EXISTS favourites (
    content TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (content, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS favourite_places (
    source TEXT NOT NULL, name TEXT NOT NULL, occurrence INTEGER NOT NULL,
    PRIMARY KEY (source, name, occurrence)) WITHOUT ROWID;
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time; transactions begin by hand.

    Where nothing can be written, as on a read-only disk, the file can still be read.
    """
    writable = not path.exists() or all(os.access(p, os.W_OK) for p in (path, path.parent))
    connection = sqlite3.connect(
        path if writable else read_only(path),
        timeout=BUSY_S,
        isolation_level=None,
        check_same_thread=False,
        uri=not writable,
    )
    connection.row_factory = sqlite3.Row
    try:
        if writable and connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # with WAL: never damaged by power loss
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def read_only(path: Path) -> str:
    """The address by which a file is read without a trace: no lock and no file beside it."""
    in_use = path.with_name(f"{path.name}-wal").exists()  # somebody has it open
    return f"{path.resolve().as_uri()}?{'mode=ro' if in_use else 'mode=ro&immutable=1'}"


def is_current(db: sqlite3.Connection, path: Path) -> bool:
    """Whether the file at `path` has today's tables. Raises ParseError for a newer Starling's."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise ParseError(
            f"the library in {path.parent} has version {version}, and this Starling reads "
            f"{SCHEMA_VERSION}: use a newer Starling, or move {path} to another place and run "
            "`starling presets scan`"
        )
    return version == SCHEMA_VERSION


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables that a file lacks; run within a transaction. An older file keeps all."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    before = [step for at, step in migrations.BEFORE_TABLES if 0 < version < at]
    after = [step for at, step in migrations.AFTER_TABLES if 0 < version < at]
    for step in before:
        step(db)
    for statement in filter(str.strip, TABLES.split(";")):
        db.execute(statement)
    for step in after:
        step(db)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def read_meta(db: sqlite3.Connection, key: str, default: str) -> str:
    """A value of the table `meta`, about the whole library."""
    found = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(found[0]) if found else default


def stored_path(path: Path) -> str:
    """A path as the library stores it: itself, or where it is no text, a file: address.

    Linux lets a file name hold any bytes; SQLite takes text only.
    """
    text = str(path)
    return text if text.isascii() or _is_text(text) else path.as_uri()


def real_path(stored: str) -> Path:
    """The path that `stored_path` stored."""
    if not stored.startswith(ADDRESS):
        return Path(stored)
    return Path(os.fsdecode(unquote_to_bytes(stored.removeprefix(ADDRESS))))


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def stored_values(values: Mapping[str, float]) -> str:
    """A preset's values as the library stores them: JSON, the same for equal values."""
    return json.dumps(dict(values), sort_keys=True)
