"""Backward-adaptive linear prediction: what the samples so far say of the next one.

Every HOP samples, coefficients are fitted to the last WINDOW ones (autocorrelation method and
Levinson-Durbin recursion; as in ITU-T G.728, nothing but the past is needed, so that generation has
the same). The network is given the level that is predicted and how far off the last ones were: it
learns what is left, and a pitch outlasts the few milliseconds that its tiers remember.

Sums are of whole numbers and the recursion is in a fixed order, so that the compiled kernel and
numpy find the same bits. Shapes: T samples, n fits, P the order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from starling.models.samplernn.quantiser import LEVELS, SILENCE, Quantiser, encode, table

Whole = NDArray[np.int64]
Levels = NDArray[np.uint8]

WINDOW = 4096  # samples that a fit looks at: 256 ms at 16 kHz
HOP = 128  # samples from one fit to the next
RISE = 0.9  # of the window: the latest samples weigh most
MEMORY = 512  # samples whose distances from what was predicted are added up: few, and noise grows
FITS = 64  # at a time
WHITE = 1e-5  # noise added to the autocorrelation, of its energy: 50 dB below
SAMPLE_BITS = 20  # of a sample's fraction, and of a coefficient's
WINDOW_BITS = 15
FIT_BITS = 11  # of windowed samples: sums of their products are exact in 32 bits for a while
INDEX_BITS = 15  # of a predicted sample's fraction, when its level is looked up
EDGES = tuple(int(MEMORY / 8 * 2 ** (step / 2)) for step in range(19))  # of the sum over MEMORY
SPREADS = len(EDGES) + 1
MOST_COEFFICIENT = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Whole numbers that kernel and numpy share."""

    samples: NDArray[np.int32]  # (256,): a level's sample
    window: NDArray[np.int16]  # (WINDOW,)
    nearest: Levels  # (65536,): the level of a predicted sample
    edges: NDArray[np.int32]  # (SPREADS - 1,)


@cache
def tables(quantiser: Quantiser) -> Tables:
    """The tables of a quantiser."""
    rise = int(WINDOW * RISE)
    up = np.sin(np.pi / 2 * (np.arange(rise) + 0.5) / rise)
    down = np.cos(np.pi / 2 * (np.arange(WINDOW - rise) + 0.5) / (WINDOW - rise))
    window = np.rint(np.concatenate([up, down]) * (2**WINDOW_BITS - 1)).astype(np.int16)
    samples = np.rint(table(quantiser).astype(np.float64) * 2**SAMPLE_BITS).astype(np.int32)
    middles = (np.arange(-(2**INDEX_BITS), 2**INDEX_BITS) + 0.5) / 2**INDEX_BITS
    nearest = encode(middles.astype(np.float32), quantiser)
    return Tables(samples, window, nearest, np.array(EDGES, np.int32))


def spread_sizes() -> NDArray[np.float64]:
    """A mean distance (SPREADS,), in levels, that belongs to each spread: for what is learned."""
    middles = np.array(EDGES) * 2**0.25 / MEMORY
    return np.concatenate([[0.1], middles])


def coefficients(past: Whole, window: NDArray[np.int16], order: int) -> Whole:
    """Coefficients (n, P), latest sample first, of the last samples (n, WINDOW)."""
    windowed = (past * window) >> WINDOW_BITS
    most = np.abs(windowed).max(axis=1)
    lengths = np.frexp(most.astype(np.float64))[1]  # bits of the largest
    windowed >>= np.maximum(lengths - FIT_BITS, 0)[:, None]
    y = windowed.astype(np.float64)  # whole: sums of products stay below 2^53
    lags = [np.einsum("nt,nt->n", y[:, lag:], y[:, : WINDOW - lag]) for lag in range(order + 1)]
    fitted = _levinson(np.stack(lags, axis=1), order)  # (n, P)
    scaled = np.rint(fitted * 2.0**SAMPLE_BITS)
    return np.clip(scaled, -MOST_COEFFICIENT, MOST_COEFFICIENT).astype(np.int64)


def _levinson(r: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """The predictor (n, P) of autocorrelations (n, P + 1); it ends where a step is not stable."""
    fitted = np.zeros((len(r), order))
    error = r[:, 0] * (1.0 + WHITE)
    going = error > 0
    for step in range(order):
        rest = r[:, step + 1].copy()
        for each in range(step):
            rest -= fitted[:, each] * r[:, step - each]
        reflection = np.divide(rest, error, out=np.zeros_like(rest), where=going)
        going &= np.abs(reflection) < 1.0
        reflection = np.where(going, reflection, 0.0)
        before = fitted[:, :step].copy()
        fitted[:, :step] = before - reflection[:, None] * before[:, ::-1]
        fitted[:, step] = reflection
        error = error * (1.0 - reflection * reflection)
    return fitted


def _levels_of(sums: Whole, nearest: Levels) -> Levels:
    """The levels of predicted sums of products."""
    index = (sums >> (2 * SAMPLE_BITS - INDEX_BITS)) + 2**INDEX_BITS
    return np.asarray(nearest[np.clip(index, 0, len(nearest) - 1)])


def expected(levels: Levels, quantiser: Quantiser, order: int) -> Levels:
    """For each of levels (T,), after silence: the predicted level and the spread (T, 2).

    kernel.py has the same, compiled.
    """
    numbers, count = tables(quantiser), len(levels)
    samples = numbers.samples[levels].astype(np.int64)
    past = np.concatenate([np.zeros(WINDOW, np.int64), samples])
    windows = np.lib.stride_tricks.sliding_window_view(past, WINDOW)
    predicted = np.empty(count, np.uint8)
    for at in range(0, count, HOP * FITS):
        starts = np.arange(at, min(at + HOP * FITS, count), HOP)
        fits = coefficients(windows[starts], numbers.window, order)
        for start, fit in zip(starts.tolist(), fits, strict=True):
            stop = min(start + HOP, count)
            recent = windows[start:stop, WINDOW - order :][:, ::-1]  # (HOP, P), latest first
            predicted[start:stop] = _levels_of(recent @ fit, numbers.nearest)
    misses = np.abs(levels.astype(np.int64) - predicted)
    sums = np.cumsum(np.concatenate([np.zeros(MEMORY + 1, np.int64), misses]))
    spread = np.searchsorted(EDGES, (sums[MEMORY:] - sums[:-MEMORY])[:count], side="right")
    return np.stack([predicted, spread.astype(np.uint8)], axis=1)


@dataclass(slots=True)
class Predictor:
    """Sample by sample, for one voice."""

    quantiser: Quantiser
    order: int
    count: int = 0
    past: Whole = field(default_factory=lambda: np.zeros(WINDOW, np.int64))
    fit: Whole = field(default_factory=lambda: np.zeros(0, np.int64))
    misses: list[int] = field(default_factory=lambda: [0] * MEMORY)
    level: int = SILENCE
    spread: int = 0

    def expect(self) -> tuple[int, int]:
        """The level that comes next, as it is predicted, and the spread; called once a sample."""
        numbers = tables(self.quantiser)
        if self.count % HOP == 0:
            self.fit = coefficients(self.past[None], numbers.window, self.order)[0]
        sums = np.array([self.fit @ self.past[: -self.order - 1 : -1]])
        self.level = int(_levels_of(sums, numbers.nearest)[0])
        self.spread = int(np.searchsorted(EDGES, sum(self.misses), side="right"))
        return self.level, self.spread

    def take(self, level: int) -> None:
        """The level that came."""
        self.misses[self.count % MEMORY] = abs(level - self.level)
        self.past = np.append(self.past[1:], np.int64(tables(self.quantiser).samples[level]))
        self.count += 1


assert SPREADS <= LEVELS, "a spread takes a row of the first layer's table, as a level does"
