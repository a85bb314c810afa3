"""Vectors in a memory-mapped file, and exact nearest neighbours among them. Knows no preset.

The file is a 64-byte header (magic, size of a vector, key of the embedder) and rows of float32.
Which row belongs to what is written elsewhere, after the row is on disk, and only unused rows are
written: a crash leaves rows that nobody refers to and never a reference without its row.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import MissingError, ParseError

Array = NDArray[np.float32]

MAGIC = b"STARVEC\x01"
HEADER = struct.Struct("<8sI52s")  # 64 bytes: rows stay aligned for the memory map
SPARE = 32  # more than asked for are compared exactly, since rounding may swap neighbours


@dataclass(frozen=True, slots=True)
class VectorFile:
    """The file at `path` with vectors of `size` numbers, made by the embedder `key`."""

    path: Path
    key: str
    size: int

    def create(self) -> None:
        """Make an empty file, in place of any other."""
        part = self.path.with_suffix(".part")
        part.write_bytes(HEADER.pack(MAGIC, self.size, self.key.encode()))
        part.replace(self.path)

    def check(self) -> None:
        """Raise ParseError for a file that is no vector file or was made by another embedder."""
        try:
            with open(self.path, "rb") as file:
                magic, size, key = HEADER.unpack(file.read(HEADER.size))
        except (OSError, struct.error) as exc:
            raise ParseError(f"the index cannot be read; {self._mend}") from exc
        if magic != MAGIC:
            raise ParseError(f"the index is not one of this version of Starling; {self._mend}")
        made_by = key.rstrip(b"\0").decode("utf-8", "replace")
        if (made_by, size) != (self.key, self.size):
            raise MissingError(
                f"the index was made by {made_by} ({size} numbers) and cannot be mixed with "
                f"{self.key} ({self.size} numbers); {self._mend}"
            )

    @property
    def _mend(self) -> str:
        """What helps: the library makes a missing index anew, and a scan fills it."""
        return f"delete {self.path} and run `starling presets scan`"

    def write(self, rows: Sequence[int], vectors: Sequence[Array]) -> None:
        """Put vectors (size,) into rows, and see them onto the disk."""
        with open(self.path, "r+b") as file:
            for row, vector in zip(rows, vectors, strict=True):
                file.seek(HEADER.size + row * self.size * 4)
                file.write(np.ascontiguousarray(vector, "<f4").tobytes())
            file.flush()
            os.fsync(file.fileno())

    def rows(self, count: int) -> Array:
        """The first `count` rows (count, size), mapped: nothing is read until it is used."""
        if not count:
            return np.zeros((0, self.size), np.float32)
        if self.path.stat().st_size < HEADER.size + count * self.size * 4:
            raise ParseError(f"the index is shorter than the library says; {self._mend}")
        return np.memmap(self.path, "<f4", "r", HEADER.size, (count, self.size))


def spread(vectors: Array) -> Array:
    """What z-scores divide by: the deviation of each number (size,), 1 where it never varies."""
    if len(vectors) < 2:
        return np.ones(vectors.shape[1], np.float32)
    deviation = np.asarray(vectors, np.float64).std(axis=0)
    return np.where(deviation > 1e-6, deviation, 1.0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Scaled:
    """Vectors divided by the spread, (n, size), and the square of each one's length, (n,)."""

    vectors: Array
    squares: Array
    deviation: Array


def scale(vectors: Array, deviation: Array) -> Scaled:
    """Prepare vectors for many searches."""
    scaled = np.ascontiguousarray(vectors / deviation, np.float32)
    return Scaled(scaled, np.einsum("ij,ij->i", scaled, scaled), deviation)


def nearest(
    among: Scaled, queries: Sequence[Array], k: int, mask: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], Array]:
    """Positions and distances of the k vectors nearest to any of the queries, the nearest first.

    The distance is Euclidean between z-scores (their means cancel). Every vector that `mask` lets
    through is compared: first by inner products, whose rounding may swap neighbours, then the best
    of those to the last digit.
    """
    wanted = np.stack([query / among.deviation for query in queries])  # (q, size)
    rough = np.minimum.reduce([_rough_squares(among, query) for query in wanted])
    if mask is not None:
        rough = np.where(mask, rough, np.inf)
    count = len(rough) if mask is None else int(mask.sum())
    few = _smallest(rough, min(k + SPARE, count))
    apart = among.vectors[few, None] - wanted  # (few, q, size)
    exact = np.sqrt(np.einsum("nqs,nqs->nq", apart, apart).min(axis=1))
    best = np.lexsort((few, exact))[:k]  # equal sounds in the library's order
    return few[best], exact[best]


def _rough_squares(among: Scaled, query: Array) -> Array:
    """Squares of the distances (n,). Not by BLAS, whose threads wait for each other on busy cores:
    12 ms instead of 0.2 on the machine where an engine, a DAW and a scan share two.
    """
    inner = np.einsum("ij,j->i", among.vectors, query)
    return np.asarray(among.squares - 2 * inner + query @ query, np.float32)


def _smallest(values: Array, count: int) -> NDArray[np.int64]:
    """Positions of the `count` smallest values, in no order."""
    if count >= len(values) or not count:
        return np.arange(count)
    return np.argpartition(values, count - 1)[:count]


def similarity(distances: Array, size: int) -> Array:
    """Distances as scores: 1 for the same sound, about 0.14 for two unrelated ones.

    Two random z-scored vectors lie sqrt(2 size) apart on average, which gives e^-2.
    """
    return np.asarray(np.exp(-2 * distances / np.sqrt(2 * size)), np.float32)
