"""An index by faiss: cells of near vectors (IVF), 8 bits a number (SQ8), in one file.

Lloyd's cells by Jegou et al. 2011 ("Product quantization for nearest neighbor search", IVFADC).
About sqrt(n) cells of sqrt(n) vectors, of which the 64 nearest to a query are read: among vectors
spread like amsynth's, recall@10 is .99 and more at 1 ms for a million. One vector takes size + 8
bytes of memory, and the index is read whole at its first use.
"""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import ParseError
from starling.presets.features.distance import Metric, VectorTable
from starling.presets.index.blocks import Report, scaled, scaled_blocks

Array = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

PROBES = 64  # cells read for a query
PROBE_GROWTH = 4  # times as many, when a filter left too few in those
TRAINING_PER_CELL = 40  # vectors a cell that the cells are found from; faiss warns below 39
KMEANS_ITERATIONS = 10  # of k-means; more moves recall@10 by less than .001
SEED = 1


class Ivf:
    """An open index. Any thread may search it."""

    def __init__(self, index: Any) -> None:
        self._index = index

    def candidates(self, queries: Array, most: int, allowed: Mask | None) -> Rows:
        """See `ApproximateIndex`. With a filter, more cells are read."""
        import faiss

        # Of this thread only. More would wait for each other on busy cores, and one query is 1 ms.
        faiss.omp_set_num_threads(1)
        wanted = np.ascontiguousarray(queries, np.float32)
        if allowed is None:
            return self._search(wanted, most, faiss.SearchParametersIVF(nprobe=PROBES))
        passing = int(np.count_nonzero(allowed))
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        probes = math.ceil(PROBES * math.sqrt(self._index.ntotal / max(passing, 1)))
        while True:
            parameters = faiss.SearchParametersIVF(sel=selector, nprobe=probes)
            rows = self._search(wanted, most, parameters)
            if len(rows) >= min(most, passing) or probes >= self._index.nlist:
                return rows
            probes *= PROBE_GROWTH

    def _search(self, wanted: Array, most: int, parameters: Any) -> Rows:
        _, found = self._index.search(wanted, most, params=parameters)
        rows: Rows = np.unique(found)
        return rows[rows >= 0]


def cells(count: int) -> int:
    """How many cells for a number of vectors."""
    return max(1, round(math.sqrt(count)))


def build(
    path: Path,
    vectors: VectorTable,
    rows: Rows,
    metric: Metric,
    report: Report,
    cancelled: Callable[[], bool],
) -> None:
    """Make an index of rows (n,) of the file's vectors (all, size), and write it to `path`."""
    import faiss

    count = cells(len(rows))
    sample = np.random.default_rng(SEED).permutation(len(rows))[: TRAINING_PER_CELL * count]
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatL2(metric.size), metric.size, count, faiss.ScalarQuantizer.QT_8bit
    )
    index.cp.niter, index.cp.seed = KMEANS_ITERATIONS, SEED
    index.cp.min_points_per_centroid = 1  # else faiss warns of small libraries on stderr
    faiss.omp_set_num_threads(_threads())
    report(0.0)
    index.train(scaled(vectors, rows[np.sort(sample)], metric))
    for part, block in scaled_blocks(vectors, rows, metric, report, cancelled):
        index.add_with_ids(block, part)
    write(index, path)


def extend(
    old: Path,
    path: Path,
    vectors: VectorTable,
    rows: Rows,
    kept: Mask,
    metric: Metric,
    report: Report,
    cancelled: Callable[[], bool],
) -> None:
    """Write a copy of the index `old` without the rows where `kept[row]` is false, and with `rows`.

    Raises ParseError when `old` cannot be read.
    """
    import faiss

    index = _opened(old)
    faiss.omp_set_num_threads(_threads())
    bits = np.packbits(kept, bitorder="little")
    index.remove_ids(faiss.IDSelectorNot(faiss.IDSelectorBitmap(bits)))
    for part, block in scaled_blocks(vectors, rows, metric, report, cancelled):
        index.add_with_ids(block, part)
    write(index, path)


def _threads() -> int:
    """One core stays free: a DAW may be playing."""
    return max(1, (os.cpu_count() or 1) - 1)


def write(index: Any, path: Path) -> None:
    """Write an index with a checksum at its end, by rename."""
    import faiss

    part = path.with_suffix(".part")
    faiss.write_index(index, str(part))
    with open(part, "r+b") as file:
        check = _checksum(part, part.stat().st_size)
        file.seek(0, os.SEEK_END)
        file.write(check.to_bytes(4, "little"))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def load(path: Path) -> Ivf:
    """The index of a file. Raises ParseError for one that is missing, cut or damaged."""
    return Ivf(_opened(path))


def _opened(path: Path) -> Any:
    import faiss

    try:
        length = path.stat().st_size - 4
        with open(path, "rb") as file:
            file.seek(max(length, 0))
            stored = int.from_bytes(file.read(4), "little")
        if length < 0 or stored != _checksum(path, length):
            raise ParseError(f"{path.name} is damaged")
        return faiss.read_index(str(path))
    except (OSError, RuntimeError) as exc:
        raise ParseError(f"{path.name} cannot be read: {exc}") from exc


def _checksum(path: Path, length: int) -> int:
    """CRC-32 of the first `length` bytes: faiss reads a damaged file without noticing."""
    check = 0
    with open(path, "rb") as file:
        while length > 0:
            block = file.read(min(1 << 20, length))
            if not block:
                return -1
            check = zlib.crc32(block, check)
            length -= len(block)
    return check
