"""The rows of a library's vectors, scaled a block at a time, as indexes are built from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import CancelledError
from starling.presets.features.distance import Metric, VectorTable

BLOCK = 65_536  # rows: 27 MB of 104 numbers

Report = Callable[[float], None]


def scaled_blocks(
    vectors: VectorTable,
    rows: NDArray[np.int64],
    metric: Metric,
    report: Report,
    cancelled: Callable[[], bool],
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Yield rows (n,) and their vectors (n, size), scaled; report each block that was taken.

    Raises CancelledError.
    """
    for start in range(0, len(rows), BLOCK):
        if cancelled():
            raise CancelledError("the index is not built")
        part = rows[start : start + BLOCK]
        yield part, scaled(vectors, part, metric)
        report((start + len(part)) / len(rows))


def scaled(vectors: VectorTable, rows: NDArray[np.int64], metric: Metric) -> NDArray[np.float32]:
    """The vectors (n, size) of rows (n,), scaled and contiguous."""
    return np.ascontiguousarray(metric.scaled(vectors[rows]), np.float32)
