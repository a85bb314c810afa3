"""Products of matrices that never wait for other threads.

BLAS starts a thread for each core, which wait for each other when the cores are busy: 12 ms instead
of .2 where an engine, a DAW and a scan share two; and a process with threads cannot be forked.
Where the environment keeps OpenBLAS to one thread, as in the engine and in sandboxes, it is used:
five times as fast as einsum.
"""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

VARIABLE = "OPENBLAS_NUM_THREADS"  # read by numpy's BLAS when it is loaded


def product(rows: Array, others: Array) -> Array:
    """Inner products (n, m) of rows (n, k) with others (m, k)."""
    if os.environ.get(VARIABLE) == "1":
        return np.asarray(rows @ others.T, np.float32)
    return np.asarray(np.einsum("nk,mk->nm", rows, others), np.float32)
