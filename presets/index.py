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
CHUNK = 8_192  # rows compared at a time: some MB, so that temporaries stay in the cache


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
            raise ParseError(f"the index {self.path.name} cannot be read") from exc
        if magic != MAGIC:
            raise ParseError(f"{self.path.name} is no index of this version of Starling")
        made_by = key.rstrip(b"\0").decode("utf-8", "replace")
        if (made_by, size) != (self.key, self.size):
            raise MissingError(
                f"the index was made by {made_by} ({size} numbers) and cannot be mixed with "
                f"{self.key} ({self.size} numbers); scan into another folder"
            )

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
            raise ParseError(f"the index {self.path.name} is shorter than the library says")
        return np.memmap(self.path, "<f4", "r", HEADER.size, (count, self.size))


def spread(vectors: Array) -> Array:
    """What z-scores divide by: the deviation of each number (size,), 1 where it never varies."""
    if len(vectors) < 2:
        return np.ones(vectors.shape[1], np.float32)
    deviation = np.asarray(vectors, np.float64).std(axis=0)
    return np.where(deviation > 1e-6, deviation, 1.0).astype(np.float32)


def nearest(
    vectors: Array,
    rows: NDArray[np.int64],
    queries: Sequence[Array],
    deviation: Array,
    k: int,
) -> tuple[NDArray[np.int64], Array]:
    """Positions in `rows` and distances of the k vectors nearest to any of the queries.

    The distance is Euclidean between z-scores (their means cancel). Exact: no row is skipped.
    """
    distances = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), CHUNK):
        part = vectors[rows[start : start + CHUNK]]
        each = [_squares((part - query) / deviation) for query in queries]
        distances[start : start + CHUNK] = np.sqrt(np.minimum.reduce(each))
    k = min(k, len(rows))
    best = np.argpartition(distances, k - 1)[:k] if k else np.zeros(0, np.int64)
    best = best[np.lexsort((best, distances[best]))]  # equal sounds in the library's order
    return best, distances[best]


def _squares(differences: Array) -> Array:
    """The sum of squares of each row."""
    return np.asarray(np.einsum("ij,ij->i", differences, differences), np.float32)


def similarity(distances: Array, size: int) -> Array:
    """Distances as scores: 1 for the same sound, about 0.14 for two unrelated ones.

    Two random z-scored vectors lie sqrt(2 size) apart on average, which gives e^-2.
    """
    return np.asarray(np.exp(-2 * distances / np.sqrt(2 * size)), np.float32)
