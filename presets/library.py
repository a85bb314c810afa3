"""The preset library: one SQLite file for all that is known of presets, one file of vectors.

    library = Library.open(folder)
    library.find("brass tag:pad", k=10)

Readers see only whole batches: a batch's vectors are on disk before the transaction that names
them. Any thread may use a Library; several processes may have one open.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError, MissingError, ParseError
from starling.presets import filters
from starling.presets.embed import CLASSICAL, Embedder
from starling.presets.index import Scaled, VectorFile, scale, spread

SCHEMA_VERSION = 1
DATABASE = "library.sqlite"
VECTORS = "vectors.f32"
BUSY_S = 10.0  # another process's transaction lasts milliseconds
USABLE = "vector IS NOT NULL AND quarantine = ''"

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
    UNIQUE (source, name, occurrence));
CREATE INDEX IF NOT EXISTS presets_by_vector ON presets (vector);
CREATE VIRTUAL TABLE IF NOT EXISTS preset_words
    USING fts5 ({", ".join(filters.COLUMNS)}, prefix='2 3');
"""


@dataclass(frozen=True, slots=True)
class Preset:
    """One preset; `values` are in the synth's own units. `quarantine` says why it cannot play."""

    id: int
    name: str
    bank: str
    author: str
    tags: tuple[str, ...]
    synth: str
    values: Mapping[str, float]
    schema_hash: str
    source: str
    source_hash: str
    quarantine: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One result of a search. `score` is 1 for the same sound, and 0 for a search by words."""

    preset: int
    name: str
    synth: str
    bank: str
    tags: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that can be searched by sound: ids in order, each one's row and scaled vector."""

    generation: int
    ids: NDArray[np.int64]
    rows: NDArray[np.int64]
    vectors: NDArray[np.float32]  # the whole file, mapped
    scaled: Scaled


class Library:
    """An open library. Make one with `Library.open`, and `close` it."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self.folder = folder
        self.embedder = embedder
        self.vectors = VectorFile(folder / VECTORS, embedder.key, embedder.size)
        self._connections: dict[int, sqlite3.Connection] = {}  # by thread
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    @classmethod
    def open(cls, folder: Path, embedder: Embedder = CLASSICAL) -> Library:
        """Open the library in a folder, or start an empty one.

        Raises ParseError for a damaged library or one of a newer Starling.
        """
        folder.mkdir(parents=True, exist_ok=True)
        library = cls(folder, embedder)
        try:
            library._prepare()
        except sqlite3.DatabaseError as exc:
            library.close()
            raise ParseError(
                f"the library in {folder} is damaged ({exc}); delete {folder / DATABASE} and run "
                "`starling presets scan`"
            ) from exc
        except BaseException:
            library.close()
            raise
        return library

    def _prepare(self) -> None:
        with self.transaction() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise ParseError(
                    f"the library in {self.folder} has version {version}; this Starling reads "
                    f"{SCHEMA_VERSION}: use a newer one, or delete {self.folder / DATABASE} and "
                    "run `starling presets scan`"
                )
            for statement in filter(str.strip, TABLES.split(";")):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            if not self.vectors.path.exists():
                self.vectors.create()
                db.execute("UPDATE presets SET vector = NULL")
                db.execute("DELETE FROM meta WHERE key = 'deviation'")
                db.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
        self.vectors.check()

    def connection(self) -> sqlite3.Connection:
        """The connection of the calling thread."""
        thread = threading.get_ident()
        with self._lock:
            if thread not in self._connections:
                self._connections[thread] = _connect(self.folder / DATABASE)
            return self._connections[thread]

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all of it or nothing. Other writers wait."""
        db = self.connection()
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close all threads' connections."""
        with self._lock:
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()
            self._snapshot = None

    def count(self) -> int:
        """How many presets can be found and played."""
        return len(self.snapshot().ids)

    def preset(self, preset_id: int) -> Preset:
        """The preset of an id. Raises InputError (code `unknown_preset`)."""
        found = self.select("id = ?", (preset_id,))
        if not found:
            raise InputError(f"no preset {preset_id} in the library", code="unknown_preset")
        return found[0]

    def named(self, name: str) -> Preset:
        """The first usable preset of a name, upper and lower case alike; else one that begins so.

        Raises InputError (code `unknown_preset`).
        """
        for condition in ("name = ? COLLATE NOCASE", "name LIKE ? || '%'"):
            found = self.select(f"{condition} AND {USABLE} LIMIT 1", (name,))
            if found:
                return found[0]
        raise InputError(f"no preset is called {name!r}", code="unknown_preset")

    def select(self, condition: str, values: Sequence[object] = ()) -> list[Preset]:
        """Presets by an SQL condition of ours, in the order of their ids unless it says other."""
        query = f"SELECT * FROM presets WHERE {condition}"
        return [preset_of(row) for row in self.connection().execute(query, values)]

    def quarantined(self) -> list[Preset]:
        """The presets that cannot be played, each with its reason."""
        return self.select("quarantine <> '' ORDER BY id")

    def matching(self, filter_text: str) -> NDArray[np.int64] | None:
        """Ids of the presets that a filter lets through; None for all."""
        query = filters.full_text_query(filter_text)
        if not query:
            return None
        found = self.connection().execute(
            "SELECT rowid FROM preset_words WHERE preset_words MATCH ?", (query,)
        )
        return np.array([row[0] for row in found], np.int64)

    def find(self, text: str, k: int) -> list[Hit]:
        """The k best presets for words and fields (see `filters`); for "" the first by name.

        Raises MissingError (code `empty_library`), InputError for a filter that makes no sense.
        """
        query = filters.full_text_query(text)
        self.require_presets()
        if query:
            chosen = (
                "SELECT presets.* FROM preset_words "
                "JOIN presets ON presets.id = preset_words.rowid "
                f"WHERE preset_words MATCH ? AND {USABLE} "
                "ORDER BY bm25(preset_words), presets.name, presets.id LIMIT ?"
            )
            rows = self.connection().execute(chosen, (query, k))
        else:
            chosen = f"SELECT * FROM presets WHERE {USABLE} ORDER BY name, id LIMIT ?"
            rows = self.connection().execute(chosen, (k,))
        return [hit_of(preset_of(row), 0.0) for row in rows]

    def require_presets(self) -> None:
        """Raise MissingError (code `empty_library`) when nothing has been scanned yet."""
        if not self.count():
            raise MissingError(
                "the library is empty; run `starling presets scan` first", code="empty_library"
            )

    def snapshot(self) -> Snapshot:
        """What can be searched by sound now; kept until a writer commits something new."""
        generation = int(self.meta("generation", "0"))
        with self._lock:
            held = self._snapshot
        if held is None or held.generation != generation:
            held = self._load_snapshot(generation)
            with self._lock:
                self._snapshot = held
        return held

    def _load_snapshot(self, generation: int) -> Snapshot:
        query = f"SELECT id, vector FROM presets WHERE {USABLE} ORDER BY id"
        pairs = np.array(self.connection().execute(query).fetchall(), np.int64).reshape(-1, 2)
        ids, rows = pairs[:, 0].copy(), pairs[:, 1].copy()
        vectors = self.vectors.rows(int(rows.max()) + 1 if len(rows) else 0)
        stored = json.loads(self.meta("deviation", "null"))
        deviation = spread(vectors[rows]) if stored is None else np.array(stored, np.float32)
        return Snapshot(generation, ids, rows, vectors, scale(vectors[rows], deviation))

    def meta(self, key: str, default: str) -> str:
        """A remark about the whole library."""
        found = self.connection().execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(found[0]) if found else default


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # with WAL: never damaged, even by power loss
    return connection


def preset_of(row: sqlite3.Row) -> Preset:
    """A row of the table `presets` as a value."""
    return Preset(
        id=row["id"],
        name=row["name"],
        bank=row["bank"],
        author=row["author"],
        tags=tuple(row["tags"].split(",")) if row["tags"] else (),
        synth=row["synth"],
        values=json.loads(row["parameters"]),
        schema_hash=row["schema_hash"],
        source=row["source"],
        source_hash=row["source_hash"],
        quarantine=row["quarantine"],
    )


def hit_of(preset: Preset, score: float) -> Hit:
    """A preset as a search result."""
    return Hit(preset.id, preset.name, preset.synth, preset.bank, preset.tags, score)
