"""What of a library can be searched by sound at one moment: ids, vectors, and the index over them.

The index covers the rows that had a vector when it was built; `index` in the table `meta`
says which file it is and when that was. A file that is gone or damaged is logged once and not used.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import MissingError, ParseError
from starling.presets.features import aspects
from starling.presets.features.distance import Metric, VectorTable, deviation_of
from starling.presets.features.embedder import Embedder
from starling.presets.index.nearest import ApproximateIndex, IndexCover, Vectors
from starling.presets.index.vector_file import VectorFile
from starling.presets.library.tables import USABLE, read_meta

Array = NDArray[np.float32]

MAX_DEVIATION_CHANGE = (
    0.05  # part by which a deviation may change before an index built with it is of no use
)

UNDESCRIBED = np.full(aspects.SIZE, np.nan, "<f4").tobytes()

LOGGER = logging.getLogger("starling.engine.index")
LOGGER.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class StoredIndex:
    """An index on disk: its tier and name, the generation of the library that it covers, how many
    rows are in it, with how many its cells were found, and the deviation it was built with.
    """

    tier: str  # "ivf" or "lance"
    name: str
    generation: int
    count: int
    trained: int
    deviation: list[float] | None
    version: int = 0  # of a LanceDB table

    @property
    def json(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that can be searched by sound: ids in order, each one's row, and the vectors."""

    generation: int
    ids: NDArray[np.int64]
    rows: NDArray[np.int64]
    generations: NDArray[np.int64]  # the generation in which each row was written
    vectors: VectorTable  # the whole file, read where it is used
    searched: Vectors
    aspects: Array  # (n, aspects.SIZE); NaN where a sound has not been described yet


class IndexCache:
    """The index that is open; a library keeps one of these."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: tuple[str, ApproximateIndex | None] = ("", None)

    def open(self, stored: StoredIndex) -> ApproximateIndex | None:
        """The index, read at its first use; None where it cannot be read."""
        if self._held[0] != stored.json:
            self._held = (stored.json, self._read(stored))
        return self._held[1]

    def _read(self, stored: StoredIndex) -> ApproximateIndex | None:
        try:
            return open_index(self._folder, stored)
        except (ParseError, MissingError) as exc:
            LOGGER.warning("searches compare every preset, since the index is of no use: %s", exc)
            return None


def open_index(folder: Path, stored: StoredIndex) -> ApproximateIndex:
    """The index of a library's folder.

    Raises ParseError for one that is missing or damaged, MissingError without its package.
    """
    if stored.tier == "lance":
        from starling.presets.index import lance_index

        return lance_index.load(folder, stored.name, stored.version)
    from starling.presets.index import faiss_index

    return faiss_index.load(folder / stored.name)


def load_snapshot(
    db: sqlite3.Connection, file: VectorFile, embedder: Embedder, indexes: IndexCache
) -> Snapshot:
    """Read what the library holds now. Raises ParseError for a vector file that is too short."""
    with _reading(db):
        generation = int(read_meta(db, "generation", "0"))
        query = f"SELECT id, vector, heard FROM presets WHERE {USABLE} ORDER BY id"
        cursor = db.cursor()
        cursor.row_factory = None  # plain tuples: a million of them in half a second
        numbers = np.fromiter(chain.from_iterable(cursor.execute(query)), np.int64)
        of_sounds = f"SELECT aspects FROM presets WHERE {USABLE} ORDER BY id"
        blobs = [row[0] if row[0] and len(row[0]) == len(UNDESCRIBED) else UNDESCRIBED
                 for row in cursor.execute(of_sounds)]  # fmt: skip
        deviation, index = read_meta(db, "deviation", "null"), read_meta(db, "index", "null")
    ids, rows, generations = (np.ascontiguousarray(column) for column in numbers.reshape(-1, 3).T)
    vectors = file.rows(int(rows.max()) + 1 if len(rows) else 0)  # (all rows, size)
    metric = metric_of(embedder, vectors, rows, json.loads(deviation))
    indexed = _indexed(index, indexes, metric, rows, generations)
    searched = Vectors(vectors, rows, metric, indexed)
    described = np.frombuffer(b"".join(blobs), "<f4").reshape(-1, aspects.SIZE)
    described = np.asfortranarray(described, np.float32)  # aspects are compared one by one
    return Snapshot(generation, ids, rows, generations, vectors, searched, described)


@contextmanager
def _reading(db: sqlite3.Connection) -> Iterator[None]:
    """All that is read belongs together, whatever others write meanwhile."""
    if db.in_transaction:
        yield
        return
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("COMMIT")


def metric_of(
    embedder: Embedder, vectors: VectorTable, rows: NDArray[np.int64], deviation: list[float] | None
) -> Metric:
    """The metric of an embedder's vectors; their deviation is measured where none is stored."""
    if embedder.metric == "cosine":
        return Metric(embedder.size, None, embedder.parts)
    measured = deviation_of(vectors, rows) if deviation is None else np.array(deviation, np.float32)
    return Metric(embedder.size, measured)


def stored_index(text: str) -> StoredIndex | None:
    """An index as it is stored, or None."""
    fields = json.loads(text)
    return None if fields is None else StoredIndex(**fields)


def fits(stored: StoredIndex, metric: Metric) -> bool:
    """Whether an index was built with nearly this metric; its proposals are compared anyway."""
    if metric.deviation is None or stored.deviation is None:
        return metric.deviation is None and stored.deviation is None
    ratio = metric.deviation / np.array(stored.deviation, np.float32)
    return bool((np.abs(ratio - 1) <= MAX_DEVIATION_CHANGE).all())


def _indexed(
    text: str,
    indexes: IndexCache,
    metric: Metric,
    rows: NDArray[np.int64],
    generations: NDArray[np.int64],
) -> IndexCover | None:
    stored = stored_index(text)
    if stored is None or not len(rows) or not fits(stored, metric):
        return None
    index = indexes.open(stored)
    if index is None:
        return None
    covered = generations <= stored.generation  # (n,)
    position = np.full(int(rows.max()) + 1, -1, np.int32)
    position[rows] = np.arange(len(rows))  # the inverse of `rows`
    whole = int(covered.sum()) == stored.count
    return IndexCover(index, covered, np.flatnonzero(~covered), position, whole)
