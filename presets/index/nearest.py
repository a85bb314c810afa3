"""Nearest neighbours among the vectors of a library, in three tiers chosen by their number.

| tier  | for                     | how                                                          |
|-------|-------------------------|--------------------------------------------------------------|
| exact | up to 200,000 vectors   | every row of the file is compared                            |
| ivf   | more                    | faiss, IVF and 8 bits a number; the best compared exactly    |
| lance | more than memory holds  | LanceDB on disk, extra `lance`; the best as above            |

An index only proposes rows: distances and order always come from the float32 rows of the file.
Rows that it does not cover (new since it was built) are compared exactly, and where it is missing,
damaged or of no use, because a filter leaves few rows, all of them are.

Why faiss and not usearch (measured, 2 busy cores, 100,000 vectors, recall@10 >= .98): its index is
built in a fiftieth of the time of usearch's graph, a million vectors in half a minute; filters run
inside its search, and removed rows leave it. usearch opens faster, which a warm engine does once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.products import product
from starling.presets.features.distance import Metric, VectorTable
from starling.presets.index.vector_file import VectorRows

Array = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Adjusted = Callable[[Rows, Array], Array]

MAX_EXACT = 200_000  # vectors: 13 to 24 ms on one core; a real library has 1,000 to 100,000
MAX_EXACT_FILTERED = (
    20_000  # rows that a filter leaves; fewer are compared faster than an index answers
)
EXTRA = 32  # more than requested are compared exactly, since rounding may swap neighbours
MANY = 2_000  # rows that an index proposes where more than vectors counts
MIN_CANDIDATES = 100  # rows at least that an index proposes; 8 bits a number swap close neighbours
CANDIDATES_PER_RESULT = 4  # rows that an index proposes for each result, where that is more
KEPT_PART = 0.5  # of all rows: a search of more keeps them in memory
BLOCK = 8_192  # rows compared at a time: 3.4 MB of 104 numbers stay in the cache


class ApproximateIndex(Protocol):
    """An index for approximate search: `most` rows for each query that are probably the nearest."""

    def candidates(self, queries: Array, most: int, allowed: Mask | None) -> Rows:
        """Rows of the vector file for scaled queries (q, size), of those with `allowed[row]`."""


@dataclass(frozen=True, slots=True)
class IndexCover:
    """An index over some of the rows: `covered[i]` says whether `rows[i]` is in it.

    `whole` means that the index holds nothing else. `position[row]` is i, or -1 for a row that no
    preset uses; `outside` are the positions that are not covered.
    """

    index: ApproximateIndex
    covered: Mask
    outside: Rows
    position: NDArray[np.int32]
    whole: bool


@dataclass(frozen=True, slots=True)
class Vectors:
    """The rows of a file that can be found, and the index over them where there is one."""

    file: VectorTable  # (all rows, size)
    rows: Rows
    metric: Metric
    indexed: IndexCover | None = None

    def nearest(
        self,
        queries: Sequence[Array],
        k: int,
        mask: Mask | None = None,
        adjusted: Adjusted | None = None,
    ) -> tuple[Rows, Array]:
        """Positions in `rows` and distances of the k nearest to any query, the nearest first.

        Of those that `mask` (n,) lets through. Queries (size,) are as `Metric.query` makes them.
        `adjusted` makes of positions and their distances (n,) those that count; an index, which
        knows only the vectors, then proposes MANY rows.
        """
        wanted = np.stack(queries)  # (q, size)
        count = len(self.rows) if mask is None else int(np.count_nonzero(mask))
        if self.indexed is not None and count > MAX_EXACT_FILTERED:
            most = k if adjusted is None else max(k, MANY // CANDIDATES_PER_RESULT)
            candidates = self._candidates(self.indexed, wanted, most, mask)
            if len(candidates) >= k:  # fewer: the index is of no use for this filter
                return self._exact(candidates, wanted, k, adjusted)
        passing = np.arange(count) if mask is None else np.flatnonzero(mask)
        return self._exact(passing, wanted, k, adjusted)

    def _candidates(self, indexed: IndexCover, wanted: Array, k: int, mask: Mask | None) -> Rows:
        """Positions worth comparing: what the index proposes, and all that it does not cover."""
        allowed, outside = None, indexed.outside
        if mask is not None or not indexed.whole:
            inside = indexed.covered if mask is None else indexed.covered & mask
            allowed = np.zeros(len(indexed.position), np.bool_)
            allowed[self.rows[inside]] = True
        if mask is not None:
            outside = outside[mask[outside]]
        rows = indexed.index.candidates(
            wanted, max(CANDIDATES_PER_RESULT * k, MIN_CANDIDATES), allowed
        )
        return np.union1d(indexed.position[rows], outside)

    def _exact(
        self, passing: Rows, wanted: Array, k: int, adjusted: Adjusted | None
    ) -> tuple[Rows, Array]:
        """The k best of some positions: first by inner products, whose rounding may swap
        neighbours, then the best of those to the last digit.
        """
        if isinstance(self.file, VectorRows) and len(passing) > KEPT_PART * len(self.rows):
            self.file.keep()
        rough = np.concatenate(
            [np.zeros(0, np.float32)]
            + [
                _rough_squares(block, wanted, self.metric)
                for block in _blocks(self.file, self.rows[passing])
            ]
        )
        if adjusted is not None:
            rough = adjusted(passing, np.sqrt(np.maximum(rough, 0)))
        few = np.sort(passing[_smallest(rough, k + EXTRA)])  # (few,)
        exact = self._distances(self.metric.scaled(self.file[self.rows[few]]), wanted)  # (few,)
        if adjusted is not None:
            exact = adjusted(few, exact)
        best = np.lexsort((few, exact))[:k]  # equal sounds in the library's order
        return few[best], exact[best]

    def distances(self, positions: Rows, queries: Sequence[Array]) -> Array:
        """Distances (n,) of some positions to the nearest of the queries, as `nearest` has them."""
        if not len(positions):
            return np.zeros(0, np.float32)
        sounds = self.metric.scaled(self.file[self.rows[positions]])
        return self._distances(sounds, np.stack(queries))

    def _distances(self, sounds: Array, wanted: Array) -> Array:
        """Distances (n,) of scaled vectors (n, size) to the nearest of some queries (q, size).

        By differences, which are exact for the same sound; by inner products for a query that
        weighs its parts: its length is not that of the stored vectors.
        """
        if self.metric.deviation is None:
            lengths = np.square(wanted, dtype=np.float64).sum(axis=1)  # (q,)
            if not np.allclose(lengths, 1.0, atol=1e-4):
                inner = np.einsum("ns,qs->nq", sounds, wanted, dtype=np.float64).max(axis=1)
                return np.asarray(np.sqrt(np.maximum(2 - 2 * inner, 0)), np.float32)
        apart = sounds[:, None] - wanted  # (n, q, size)
        return np.asarray(np.sqrt(np.einsum("nqs,nqs->nq", apart, apart).min(axis=1)), np.float32)


def _blocks(file: VectorTable, rows: Rows) -> Iterator[Array]:
    """The rows a block at a time."""
    for start in range(0, len(rows), BLOCK):
        yield file[rows[start : start + BLOCK]]


def _rough_squares(block: Array, queries: Array, metric: Metric) -> Array:
    """Squares of the distances (n,) of vectors (n, size) to the nearest of queries (q, size)."""
    scaled = metric.scaled(block)
    inner = product(scaled, queries).T  # (q, n): BLAS is faster with the long side first
    if metric.deviation is None:
        return np.asarray(2 - 2 * reduce(np.maximum, inner), np.float32)
    squares = np.einsum("ij,ij->i", scaled, scaled)
    lengths = np.square(queries).sum(axis=1)  # (q,)
    nearest = reduce(np.minimum, lengths[:, None] - 2 * inner)
    return np.asarray(squares + nearest, np.float32)


def _smallest(values: Array, count: int) -> Rows:
    """Positions of the `count` smallest values, in no order."""
    if count >= len(values):
        return np.arange(len(values))
    return np.argpartition(values, count - 1)[:count]
