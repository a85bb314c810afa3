"""How long a network's multiplications would take at the speed of a matrix product here."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode

SIDE = 512  # of the square matrices: large enough for full speed, small enough for the cache


def multiply_adds(work: Callable[[], object]) -> int:
    """The multiply-adds of all matrix products and convolutions of a call, as torch counts them.

    What is done number by number (norms, activations, FFT) is not among them.
    """
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops()) // 2  # it counts a multiplication and an addition as two


class MatrixProduct:
    """A float32 product of two square matrices on one thread."""

    def __init__(self) -> None:
        self._left, self._right = torch.rand(SIDE, SIDE), torch.rand(SIDE, SIDE)
        self._out = torch.empty(SIDE, SIDE)

    def multiply_adds_per_s(self) -> float:
        """Measured once; the number of threads is the caller's."""
        began = time.perf_counter()
        torch.mm(self._left, self._right, out=self._out)
        return SIDE**3 / (time.perf_counter() - began)
