"""How long a network's multiplications would take at the speed of a matrix product here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from baselines.timing import median, seconds_of
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


@dataclass(frozen=True, slots=True)
class Compared:
    """Pieces of work beside their multiply-adds in a matrix product; medians."""

    seconds: float
    multiply_adds: float
    multiply_adds_per_s: float  # of the product
    ratio: float  # of the time to that of the multiply-adds alone


def compare(works: Sequence[Callable[[], object]], rounds: int) -> Compared:
    """Time each piece of work `rounds` times, a product after each; both on one thread."""
    product = MatrixProduct()
    times, counts, speeds, ratios = [], [], [], []
    with one_thread():
        for work in works:
            counts.append(float(multiply_adds(work)))
            for _ in range(rounds):
                times.append(seconds_of(work))
                speeds.append(product.multiply_adds_per_s())
                ratios.append(times[-1] * speeds[-1] / counts[-1])
    return Compared(median(times), median(counts), median(speeds), median(ratios))


@contextmanager
def one_thread() -> Iterator[None]:
    """Have torch compute on one thread for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
