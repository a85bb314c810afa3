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
Scale = tuple[tuple[float, float], ...]

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
    """The deviation of each number, (size,), for z-scores; None for unit vectors.

    `parts` are the sizes of two vectors that a unit vector is made of, each sqrt(1/2) long: which
    sound it is, and of which family. A query weighs them anew, which moves no stored vector.
    """

    size: int
    deviation: Array | None = None
    parts: tuple[int, int] | None = None

    def scaled(self, vectors: Array) -> Array:
        """Vectors (n, size) so that their Euclidean distances are this metric's, float32.

        Unit vectors come back as they are.
        """
        if self.deviation is None:
            return vectors
        return np.asarray(vectors / self.deviation, np.float32)

    def query(self, vector: Array, family: float | None = None) -> Array:
        """A vector (size,) to search for, made comparable with scaled ones.

        `family` is how much its family counts against which sound it is, 0 to 1; None leaves both
        as they are stored. The inner product with a stored vector is the weighted mean of both
        cosines then, and the length is no longer 1.
        """
        if self.deviation is not None:
            return self.scaled(vector)
        made = unit(vector)
        if self.parts is None or family is None:
            return made
        weights = np.repeat(np.array([1 - family, family], np.float32), self.parts)
        return np.asarray(2 * weights * made, np.float32)

    def queries(self, vector: Array, family: float | None = None) -> list[Array]:
        """What a vector (size,) is searched by: with its family weighed, and by which sound it is.

        The nearer of both counts, so that a preset's own note finds it whatever its family weighs:
        with .85, of presets that nothing was trained on, .98 by MRR instead of .89, and of the
        family's presets as many.
        """
        if self.parts is None or self.deviation is not None:
            return [self.query(vector)]
        return [self.query(vector, family), self.query(vector, 0.0)]

    @property
    def copy_distance(self) -> float:
        """The distance within which two sounds are the same one."""
        apart = np.sqrt(2 - 2 * COPY_COSINE)
        return float(apart if self.deviation is None else apart * np.sqrt(self.size))

    def similarity(self, distances: Array, scale: Scale = ()) -> Array:
        """Distances as scores: 1 for the same sound, lower for others.

        `scale` are rising points (cosine, score) measured on pairs of sounds. Without it, two
        random z-scored vectors lie sqrt(2 size) apart on average, which gives e^-2; two random
        unit vectors have the cosine 0, which gives 1/8.
        """
        if self.deviation is not None:
            return np.asarray(np.exp(-2 * distances / np.sqrt(2 * self.size)), np.float32)
        cosine = np.clip(1 - np.square(distances) / 2, -1, 1)
        if scale:
            points, scores = np.array(scale).T
            return np.asarray(np.interp(cosine, points, scores), np.float32)
        return np.asarray(((1 + cosine) / 2) ** COSINE_POWER, np.float32)


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
