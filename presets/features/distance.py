"""How two vectors are compared: their distance, and the score that a user reads. Pure.

Both metrics are Euclidean distances, so that one index serves both: `zscore` between vectors
divided by the deviation of each number (the means cancel), `cosine` between unit vectors, where
the distance is sqrt(2 - 2 cos) and orders as the inner product does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

COPY_COSINE = 0.9999  # above, two sounds are copies; amsynth's other pairs stay below .9998
COSINE_POWER = 3  # power that gives unrelated unit vectors about the score of unrelated z-scores
CONSTANT = 1e-6  # deviation of a number that never varies
BLOCK = 16_384  # rows of statistics computed at a time


class VectorTable(Protocol):
    """Vectors (n, size): an array, or the rows of a file that are read when they are used."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, and numbers in each."""
        ...

    def __getitem__(self, rows: NDArray[np.int64], /) -> Array:
        """Rows by number (k,), as an array (k, size)."""
        ...


@dataclass(frozen=True, slots=True)
class Metric:
    """The deviation of each number, (size,), for z-scores; None for unit vectors."""

    size: int
    deviation: Array | None = None

    def scaled(self, vectors: Array) -> Array:
        """Vectors (n, size) so that their Euclidean distances are this metric's, float32.

        Unit vectors come back as they are.
        """
        if self.deviation is None:
            return vectors
        return np.asarray(vectors / self.deviation, np.float32)

    def query(self, vector: Array) -> Array:
        """A vector (size,) to search for, made comparable with scaled ones."""
        return unit(vector) if self.deviation is None else self.scaled(vector)

    @property
    def copy_distance(self) -> float:
        """The distance within which two sounds are the same one."""
        apart = np.sqrt(2 - 2 * COPY_COSINE)
        return float(apart if self.deviation is None else apart * np.sqrt(self.size))

    def similarity(self, distances: Array) -> Array:
        """Distances as scores: 1 for the same sound, about 0.13 for two unrelated ones.

        Two random z-scored vectors lie sqrt(2 size) apart on average, which gives e^-2; two random
        unit vectors have the cosine 0, which gives 1/8.
        """
        if self.deviation is None:
            cosine = np.clip(1 - np.square(distances) / 2, -1, 1)
            return np.asarray(((1 + cosine) / 2) ** COSINE_POWER, np.float32)
        return np.asarray(np.exp(-2 * distances / np.sqrt(2 * self.size)), np.float32)


def unit(vector: Array) -> Array:
    """A vector (size,) at length 1; zeros stay zeros."""
    length = float(np.sqrt(np.sum(np.square(vector, dtype=np.float64))))
    return np.asarray(vector / (length or 1.0), np.float32)


def deviation_of(vectors: VectorTable, rows: NDArray[np.int64]) -> Array:
    """What z-scores divide by: the deviation of each number (size,) over rows, 1 where constant."""
    size = vectors.shape[1]
    if len(rows) < 2:
        return np.ones(size, np.float32)
    total = sum((block.sum(axis=0) for block in _blocks(vectors, rows)), np.zeros(size))  # (size,)
    mean = total / len(rows)
    squares = sum(
        (np.square(block - mean).sum(axis=0) for block in _blocks(vectors, rows)), np.zeros(size)
    )
    deviation = np.sqrt(squares / len(rows))  # (size,)
    return np.where(deviation > CONSTANT, deviation, 1.0).astype(np.float32)


def _blocks(vectors: VectorTable, rows: NDArray[np.int64]) -> Iterable[NDArray[np.float64]]:
    for start in range(0, len(rows), BLOCK):
        yield np.asarray(vectors[rows[start : start + BLOCK]], np.float64)
