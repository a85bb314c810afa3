"""The preset library: one SQLite file for all that is known of presets, one file of vectors.

    library = LibraryDatabase.open(folder)
    library.find("brass tag:pad", k=10)

Readers see only whole batches: a batch's vectors are on disk before the transaction that names
them. Any thread may use a LibraryDatabase; several processes may have one open. Opening and reading
write nothing, unless the library is new, of an older Starling or without its vectors.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError, MissingError
from starling.presets.features.embedder import Embedder
from starling.presets.index.vector_file import VectorFile
from starling.presets.library import saved_favourites, text_query
from starling.presets.library.embedder import NEXT, library_embedder, recover, replaceable
from starling.presets.library.faults import explained
from starling.presets.library.preset import Preset, SearchHit, hit_of, preset_of
from starling.presets.library.search_snapshot import IndexCache, Snapshot, load_snapshot
from starling.presets.library.tables import (
    DATABASE,
    FAVOURITE,
    SCHEMA_VERSION,
    USABLE,
    connect,
    is_current,
    prepare,
    read_meta,
)

__all__ = [
    "DATABASE",
    "SCHEMA_VERSION",
    "USABLE",
    "VECTORS",
    "Facet",
    "LibraryDatabase",
    "Preset",
    "SearchHit",
    "Snapshot",
    "hit_of",
]


VECTORS = "vectors.f32"
Identity = tuple[int, int] | None  # of a file: device and inode
COLUMNS = f"presets.*, {FAVOURITE} AS favourite"


class Facet(NamedTuple):
    """A value that a filter can select, and how many presets have it."""

    field: str  # "synth", "bank" or "tag"
    value: str
    presets: int


class LibraryDatabase:
    """An open library. Make one with `LibraryDatabase.open`, and `close` it."""

    def __init__(self, folder: Path, embedder: Embedder, pinned: bool = True) -> None:
        self.folder = folder
        self.pinned = pinned  # whoever opened it chose the embedder, whatever the library remembers
        self._use(embedder)
        self._connections: dict[int, tuple[sqlite3.Connection, Identity]] = {}  # by thread
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._indexes = IndexCache(folder)

    @classmethod
    def open(
        cls, folder: Path, embedder: Embedder | None = None, *, reembed: bool = False
    ) -> LibraryDatabase:
        """Open the library in a folder, or start an empty one.

        Without an embedder it is the one that the library was made by; see `library.embedder`.
        With `reembed` vectors of another embedder are dropped; the next scan embeds everything.
        Raises ParseError for one of a newer Starling or with damaged vectors, MissingError for one
        that was made by another embedder or by one that is not here, StarlingError by `FAULTS`:
        codes `bad_file` (damaged; see `mending`), `no_access` and `store_full`.
        """
        library = cls(folder, embedder or library_embedder(folder), embedder is not None)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            library._prepare(reembed)
        except sqlite3.Error as exc:
            library.close()
            raise explained(exc, folder) or exc from exc
        except BaseException:
            library.close()
            raise
        return library

    def _prepare(self, reembed: bool) -> None:
        db = self.connection()
        current = is_current(db, self.folder / DATABASE)
        reset = not self.vectors.path.exists() or (reembed and self._has_other_embedder())
        if not current or reset:
            with self.transaction():
                self._make_tables(db)
                if reset:
                    self._reset_vectors(db)
        if not current:
            saved_favourites.save(db, self.folder)
        if self.meta(NEXT, "") and self._is_next():
            with self.transaction():
                recover(db, self.vectors)
        if not self.pinned and replaceable(self.vectors):
            self.reembed(self.embedder)
        self.vectors.check()

    def _is_next(self) -> bool:
        """Whether the vectors are those that the library was being heard anew for."""
        return json.dumps(self.vectors.made_by()[0]) == self.meta(NEXT, "")

    def _make_tables(self, db: sqlite3.Connection) -> None:
        """Make what a file lacks; an empty one begins with the favourites saved beside it."""
        is_new = not db.execute("PRAGMA user_version").fetchone()[0]
        prepare(db)
        if is_new:
            kept = saved_favourites.saved(self.folder)
            saved_favourites.restore(db, {"favourites": kept})

    def _has_other_embedder(self) -> bool:
        return self.vectors.made_by() != (self.embedder.key, self.embedder.size)

    def _use(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self.vectors = VectorFile(self.folder / VECTORS, embedder.key, embedder.size)

    def _reset_vectors(self, db: sqlite3.Connection) -> None:
        """Start with an empty vector file: every preset waits for its vector."""
        self.vectors.create()
        db.execute("UPDATE presets SET vector = NULL")
        db.execute("DELETE FROM reheard")
        db.execute("DELETE FROM meta WHERE key IN ('deviation', 'index', ?)", (NEXT,))
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'generation'")

    def reembed(self, embedder: Embedder) -> None:
        """Give up all vectors for those of another embedder, which the next scan makes."""
        with self.transaction() as db:
            self._use(embedder)
            self._reset_vectors(db)
        with self._lock:
            self._snapshot = None

    def follow(self) -> None:
        """Use the embedder that the library was changed to, by this process or another."""
        if not self.pinned and self._has_other_embedder():
            self._use(library_embedder(self.folder))
            self.vectors.check()

    def connection(self) -> sqlite3.Connection:
        """The connection of the calling thread.

        Anew where another file has taken the place of the library's, as when another process has
        set a damaged one aside: what is written to that one would be lost.
        """
        thread, path = threading.get_ident(), self.folder / DATABASE
        with self._lock:
            held = self._connections.get(thread)
            if held is not None and (held[0].in_transaction or held[1] == _identity(path)):
                return held[0]
            db = connect(path)
            if held is not None:
                held[0].close()
                self._snapshot = None
            self._connections[thread] = (db, _identity(path))
        if held is not None and not is_current(db, path):
            with self.transaction():
                self._make_tables(db)
        return db

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
            for connection, _ in self._connections.values():
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
        query = f"SELECT {COLUMNS} FROM presets WHERE source <> '' AND {condition}"
        return [preset_of(row) for row in self.connection().execute(query, values)]

    def quarantined(self) -> list[Preset]:
        """The presets that cannot be played, each with its reason."""
        return self.select("quarantine <> '' ORDER BY id")

    def matching(self, filter_text: str) -> NDArray[np.int64] | None:
        """Ids of the presets that a filter lets through; None for all."""
        wanted = text_query.parsed(filter_text)
        if wanted.is_empty:
            return None
        tables, conditions, values = _filtered(wanted)
        query = f"SELECT presets.id FROM {tables} WHERE {conditions}"
        return np.array([row[0] for row in self.connection().execute(query, values)], np.int64)

    def matching_count(self, filter_text: str) -> int:
        """How many presets a filter lets through that can be found and played."""
        wanted = text_query.parsed(filter_text)
        tables, conditions, values = _filtered(wanted)
        query = f"SELECT COUNT(*) FROM {tables} WHERE {conditions}"
        return int(self.connection().execute(query, values).fetchone()[0])

    def find(self, text: str, k: int) -> list[SearchHit]:
        """The k best presets for words and fields (see `filters`); for "" the first by name.

        Raises MissingError (code `empty_library`), InputError for a filter that makes no sense.
        """
        wanted = text_query.parsed(text)
        self.require_presets()
        tables, conditions, values = _filtered(wanted)
        best = "bm25(preset_words), " if wanted.words else ""
        query = (
            f"SELECT {COLUMNS} FROM {tables} WHERE {conditions} "
            f"ORDER BY {best}presets.name, presets.id LIMIT ?"
        )
        rows = self.connection().execute(query, (*values, k))
        return [hit_of(preset_of(row), 0.0) for row in rows]

    def favourite(self, preset_id: int, on: bool) -> None:
        """Mark a preset as a favourite, or no longer. The mark belongs to its sound and name, and
        outlives scans and files that are renamed, moved or away. Raises InputError (code
        `unknown_preset`).
        """
        self.preset(preset_id)
        key = "SELECT content, name FROM presets WHERE id = ?"
        removed = f"DELETE FROM favourites WHERE (content, name) IN ({key})"
        with self.transaction() as db:
            db.execute(f"INSERT OR IGNORE INTO favourites {key}" if on else removed, (preset_id,))
        saved_favourites.save(self.connection(), self.folder)

    def facets(self) -> list[Facet]:
        """The synths, banks and tags of the presets that can be found; the commonest first."""
        counts: dict[str, Counter[str]] = {}
        for field in ("synth", "bank", "tags"):
            query = f"SELECT {field}, COUNT(*) FROM presets WHERE {USABLE} GROUP BY {field}"
            counts[field] = Counter(dict(self.connection().execute(query).fetchall()))
        tags: Counter[str] = Counter()
        for together, count in counts.pop("tags").items():
            tags.update(dict.fromkeys(filter(None, together.split(",")), count))
        counts["tag"] = tags
        return [
            Facet(field, value, count)
            for field, counter in counts.items()
            for value, count in sorted(counter.items(), key=lambda item: (-item[1], item[0]))
        ]

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
            self.follow()
            held = load_snapshot(self.connection(), self.vectors, self.embedder, self._indexes)
            with self._lock:
                self._snapshot = held
        return held

    def meta(self, key: str, default: str) -> str:
        """A value of the table `meta`."""
        return read_meta(self.connection(), key, default)


def _identity(path: Path) -> Identity:
    """What tells a file from another under its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _filtered(wanted: text_query.Filter) -> tuple[str, str, list[str]]:
    """Tables, conditions and values of a query for the presets that a filter lets through."""
    tables, conditions, values = "presets", [USABLE], []
    if wanted.words:
        tables += " JOIN preset_words ON presets.id = preset_words.rowid"
        conditions.append("preset_words MATCH ?")
        values.append(wanted.words)
    if wanted.favourite is not None:
        conditions.append(FAVOURITE if wanted.favourite else f"NOT ({FAVOURITE})")
    if wanted.without:
        words = "SELECT rowid FROM preset_words WHERE preset_words MATCH ?"
        conditions.append(f"presets.id NOT IN ({words})")
        values.append(wanted.without)
    return tables, " AND ".join(conditions), values
