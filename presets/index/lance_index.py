"""An index on LanceDB, for libraries larger than memory: `pip install -e '.[lance]'`.

The same vectors, scaled, in a table `row, vector` of the library's folder, with LanceDB's IVF and 8
bits a number. Only the cells that a query reads are in memory. Every change is a new version of the
table, and the library remembers which one it means: what a crash leaves behind is not looked at.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import MissingError, ParseError
from starling.presets.features.distance import Metric, VectorTable
from starling.presets.index.blocks import Report, scaled_blocks

Array = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

PROBES = 64  # cells read for a query, of sqrt(n)
TRAINING_PER_CELL = 40  # vectors a cell that the cells are found from
KMEANS_ITERATIONS = 10  # of k-means
DELETED_AT_ONCE = 5_000  # rows deleted by one condition
MAX_REQUESTED = 20_000  # rows requested at most, where a filter leaves few of them
VERSIONS_KEPT = timedelta(hours=1)  # old versions, for the searches that are under way


class Lance:
    """An open table at one version. Any thread may search it."""

    def __init__(self, table: Any, count: int) -> None:
        self._table = table
        self._count = count

    def candidates(self, queries: Array, most: int, allowed: Mask | None) -> Rows:
        """See `ApproximateIndex`. With a filter, as many more are requested as it rejects."""
        wanted = most
        if allowed is not None:
            share = max(int(allowed.sum()), 1) / max(self._count, 1)
            wanted = min(math.ceil(most / share), MAX_REQUESTED)
        found = [np.zeros(0, np.int64), *(self._nearest(query, wanted, most) for query in queries)]
        rows: Rows = np.unique(np.concatenate(found))
        if allowed is None:
            return rows
        inside: Mask = rows < len(allowed)
        inside[inside] = allowed[rows[inside]]
        return rows[inside]

    def _nearest(self, query: Array, count: int, most: int) -> Rows:
        probes = math.ceil(PROBES * count / most)
        search = self._table.search(query, vector_column_name="vector").nprobes(probes)
        try:
            answer = search.limit(count).select(["row", "_distance"]).to_arrow()
        except (ValueError, RuntimeError, OSError) as exc:
            raise ParseError(
                f"the index on LanceDB is damaged ({exc}); delete the folder {self._table.name}"
                ".lance beside the library and run `starling presets scan`"
            ) from exc
        return np.asarray(answer["row"].to_numpy(), np.int64)


def require() -> Any:
    """The package. Raises MissingError with the command that installs it."""
    os.environ.setdefault("LANCEDB_LOG", "error")  # else it writes warnings on stderr
    try:
        import lancedb
    except ImportError as exc:
        raise MissingError(
            "the index on LanceDB needs a package: pip install -e '.[lance]'"
        ) from exc
    return lancedb


def build(
    folder: Path,
    name: str,
    vectors: VectorTable,
    rows: Rows,
    metric: Metric,
    report: Report,
    cancelled: Callable[[], bool],
) -> int:
    """Make a table of rows (n,) of the file's vectors (all, size); its version."""
    schema = _schema(metric.size)
    parts = _parts(vectors, rows, metric, report, cancelled)
    table = require().connect(folder).create_table(name, parts, schema=schema, mode="overwrite")
    from lancedb.index import IvfSq

    settings = IvfSq(
        num_partitions=max(1, round(math.sqrt(len(rows)))),
        max_iterations=KMEANS_ITERATIONS,
        sample_rate=TRAINING_PER_CELL,
    )
    table.create_index("vector", config=settings, replace=True)
    return int(table.version)


def extend(
    folder: Path,
    name: str,
    version: int,
    vectors: VectorTable,
    rows: Rows,
    kept: Mask,
    metric: Metric,
    report: Report,
    cancelled: Callable[[], bool],
) -> int:
    """Take the rows where `kept[row]` is false out of a table and put `rows` in; its new version.

    Raises ParseError when the table cannot be read.
    """
    table = _table(folder, name, version)
    table.restore(version)  # what came after it was never used
    inside = table.search().select(["row"]).limit(table.count_rows()).to_arrow()["row"].to_numpy()
    stays = (inside < len(kept)) & kept[np.minimum(inside, len(kept) - 1)]
    gone = inside[~stays]
    for start in range(0, len(gone), DELETED_AT_ONCE):
        table.delete(f"row IN ({', '.join(map(str, gone[start : start + DELETED_AT_ONCE]))})")
    for batch in _parts(vectors, rows, metric, report, cancelled):
        table.add(batch)
    table.optimize(cleanup_older_than=VERSIONS_KEPT)
    return int(table.version)


def load(folder: Path, name: str, version: int) -> Lance:
    """The table of a library's folder. Raises ParseError for one that is missing or damaged."""
    table = _table(folder, name, version)
    return Lance(table, int(table.count_rows()))


def drop_others(folder: Path, name: str) -> None:
    """Remove the tables that the library does not use; without the package they stay."""
    if not any(folder.glob("index-*.lance")) or find_spec("lancedb") is None:
        return
    database = require().connect(folder)
    for other in database.list_tables().tables:
        if other != name:
            database.drop_table(other)


def _table(folder: Path, name: str, version: int) -> Any:
    lancedb = require()
    try:
        table = lancedb.connect(folder).open_table(name)
        table.checkout(version)
    except (ValueError, RuntimeError, OSError) as exc:
        raise ParseError(f"{name}.lance cannot be read: {exc}") from exc
    return table


def _schema(size: int) -> Any:
    import pyarrow as pa

    return pa.schema([("row", pa.int64()), ("vector", pa.list_(pa.float32(), size))])


def _parts(
    vectors: VectorTable,
    rows: Rows,
    metric: Metric,
    report: Report,
    cancelled: Callable[[], bool],
) -> Iterator[Any]:
    """The rows as record batches."""
    import pyarrow as pa

    for part, block in scaled_blocks(vectors, rows, metric, report, cancelled):
        column = pa.FixedSizeListArray.from_arrays(pa.array(block.ravel()), metric.size)
        yield pa.RecordBatch.from_arrays([pa.array(part), column], schema=_schema(metric.size))
