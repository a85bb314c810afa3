"""Backward-adaptive linear prediction: what the samples so far say of the next one.

Every HOP samples, coefficients are fitted to the autocorrelation of the last WINDOW ones and, as
much again, to its slow mean (Levinson-Durbin recursion; as in ITU-T G.728, nothing but the past is
needed, so that generation has the same). The network is given the level that is predicted and how
far off the last ones were, and slowly all: it learns what is left, and a pitch outlasts the few
milliseconds that its tiers remember. Without the slow means a tone that plays on drifts in seconds,
to noise or to the loudest level, since what it becomes is all that is known of it. Misses are
counted in samples, not in levels: those grow with the sound, and nothing would hold its loudness.

Sums are of whole numbers and the recursion is in a fixed order, so that the compiled kernel and
numpy find the same bits. Shapes: T samples, n fits, P the order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from starling.models.samplernn.quantiser import LEVELS, Quantiser, encode, table

Whole = NDArray[np.int64]
Levels = NDArray[np.uint8]

WINDOW = 4096  # samples that a fit looks at: 256 ms at 16 kHz
HOP = 128  # samples from one fit to the next
SLOW_FITS = 2048  # of the slow means: 16 s at 16 kHz
HELD_FITS = 16384  # the same while a voice plays on from what it has heard: two minutes
SETTLING = 16  # fits that the slow means leave out: half a window is silence
RISE = 0.9  # of the window: the latest samples weigh most
MEMORY = 512  # samples whose distances from what was predicted are added up: few, and noise grows
FITS = 64  # at a time
WHITE = 1e-5  # noise added to the autocorrelation, of its energy: 50 dB below
SAMPLE_BITS = 20  # of a sample's fraction, and of a coefficient's
WINDOW_BITS = 15
FIT_BITS = 11  # of windowed samples: sums of their products are exact in 32 bits for a while
INDEX_BITS = 15  # of a predicted sample's fraction, when its level is looked up
EDGES = tuple(
    int(MEMORY / 8 * 2 ** (step / 2)) for step in range(25)
)  # of a sum over MEMORY, in levels
SPREADS = len(EDGES) + 1
BIN_BITS = 4  # 16 bins of distances an octave
FARTHEST = 24.0  # logits that distance alone takes away, at most: then what is learned decides
MOST_COEFFICIENT = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Whole numbers that kernel and numpy share."""

    samples: NDArray[np.int32]  # (256,): a level's sample
    window: NDArray[np.int16]  # (WINDOW,)
    nearest: Levels  # (65536,): the level of a predicted sample
    edges: NDArray[np.int32]  # (SPREADS - 1,)
    steps: NDArray[np.float64]  # (256,): twice a level's distance from the next


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
    steps = 2.0 * np.gradient(samples.astype(np.float64))
    return Tables(samples, window, nearest, np.array(EDGES, np.int32), steps)


def counted_from(order: int, count: int) -> int:
    """The sample from which on `count` held-out ones are judged: takes begin after a full window.

    0 without prediction (order 0), and where few would be left.
    """
    return WINDOW if order and count >= 2 * WINDOW else 0


def spread_sizes() -> NDArray[np.float64]:
    """A mean distance (SPREADS,), in levels, that belongs to each spread: for what is learned."""
    middles = np.array(EDGES) * 2**0.25 / MEMORY
    return np.concatenate([[0.1], middles])


def autocorrelations(past: Whole, window: NDArray[np.int16], order: int) -> NDArray[np.float64]:
    """Sums (n, P + 1) of products of the last samples (n, WINDOW), by lag."""
    windowed = (past * window) >> WINDOW_BITS
    most = np.abs(windowed).max(axis=1)
    lengths = np.frexp(most.astype(np.float64))[1]  # bits of the largest
    shifts = np.maximum(lengths - FIT_BITS, 0)
    y = (windowed >> shifts[:, None]).astype(np.float64)  # whole: sums of products are exact
    lags = [np.einsum("nt,nt->n", y[:, lag:], y[:, : WINDOW - lag]) for lag in range(order + 1)]
    return np.asarray(np.ldexp(np.stack(lags, axis=1), 2 * shifts[:, None]))


def coefficients(autocorrelation: NDArray[np.float64]) -> Whole:
    """Coefficients (n, P), latest sample first, of autocorrelations (n, P + 1)."""
    fitted = _levinson(autocorrelation, autocorrelation.shape[1] - 1)
    scaled = np.rint(fitted * 2.0**SAMPLE_BITS)
    return np.clip(scaled, -MOST_COEFFICIENT, MOST_COEFFICIENT).astype(np.int64)


@dataclass(slots=True)
class Slow:
    """A slow mean: of all values after the first so far, then of the last SLOW_FITS or so.

    While a voice plays on from what it has heard, each value more counts less.
    """

    mean: NDArray[np.float64]
    count: int = 0

    def follow(self, value: NDArray[np.float64], plays: bool = False) -> NDArray[np.float64]:
        """The mean with one value more."""
        self.count += 1
        over = HELD_FITS if plays else min(max(self.count - SETTLING, 1), SLOW_FITS)
        self.mean = self.mean + (value - self.mean) * (1.0 / over)
        return self.mean


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


def _samples_of(sums: Whole) -> Whole:
    """The samples that sums of products predict."""
    return np.asarray(np.clip(sums >> SAMPLE_BITS, -(2**SAMPLE_BITS), 2**SAMPLE_BITS - 1))


def _named(samples: Whole, missed: NDArray[np.float64], numbers: Tables) -> Levels:
    """Level, spread and offset (n, 3) of predicted samples.

    `missed` are sums over MEMORY, lately and slowly together. The offset is a predicted sample's
    from the level's, in 256ths of a step; 128 in the middle.
    """
    level = numbers.nearest[(samples >> (SAMPLE_BITS - INDEX_BITS)) + 2**INDEX_BITS]
    steps = numbers.steps[level]
    spread = np.searchsorted(EDGES, missed / steps, side="right")
    apart = (samples - numbers.samples[level]).astype(np.float64)
    offset = np.clip(np.floor(apart * 512.0 / steps), -128, 127) + 128
    return np.stack([level, spread, offset], axis=1).astype(np.uint8)


def expected(levels: Levels, quantiser: Quantiser, order: int) -> Levels:
    """For each of levels (T,), after silence: what `_named` says of the predicted sample (T, 3).

    kernel.py has the same, compiled.
    """
    numbers, count = tables(quantiser), len(levels)
    samples = numbers.samples[levels].astype(np.int64)
    past = np.concatenate([np.zeros(WINDOW, np.int64), samples])
    windows = np.lib.stride_tricks.sliding_window_view(past, WINDOW)
    predicted = np.empty(count, np.int64)
    slow = Slow(np.zeros(order + 1))
    for at in range(0, count, HOP * FITS):
        starts = np.arange(at, min(at + HOP * FITS, count), HOP)
        now = autocorrelations(windows[starts], numbers.window, order)
        fits = coefficients(now + np.array([slow.follow(each) for each in now]))
        for start, fit in zip(starts.tolist(), fits, strict=True):
            stop = min(start + HOP, count)
            recent = windows[start:stop, WINDOW - order :][:, ::-1]  # (HOP, P), latest first
            predicted[start:stop] = _samples_of(recent @ fit)
    misses = np.abs(samples - predicted)
    sums = np.cumsum(np.concatenate([np.zeros(MEMORY + 1, np.int64), misses]))
    lately = (sums[MEMORY:] - sums[:-MEMORY])[:count]
    missed = Slow(np.zeros(1))
    hops = np.array([misses[at : at + HOP].sum() for at in range(0, count, HOP)], np.float64)
    slowly = np.array([0.0, *(missed.follow(hops[[at]])[0] for at in range(len(hops)))])
    both = lately + slowly[np.arange(count) // HOP] * (MEMORY // HOP)
    return _named(predicted, both, numbers)


@dataclass(slots=True)
class Predictor:
    """Sample by sample, for one voice."""

    quantiser: Quantiser
    order: int
    count: int = 0
    heard: int = 0  # of them those that were given, not drawn
    past: Whole = field(default_factory=lambda: np.zeros(WINDOW, np.int64))
    fit: Whole = field(default_factory=lambda: np.zeros(0, np.int64))
    slow: Slow = field(init=False)
    misses: list[int] = field(default_factory=lambda: [0] * MEMORY)
    missed: Slow = field(default_factory=lambda: Slow(np.zeros(1)))
    sample: int = 0  # that is expected

    def __post_init__(self) -> None:
        self.slow = Slow(np.zeros(self.order + 1))

    def expect(self) -> tuple[int, int, int]:
        """The predicted level, the spread and the offset; called once a sample."""
        numbers = tables(self.quantiser)
        plays = SETTLING * HOP < self.heard < self.count
        if self.count % HOP == 0:
            if self.count:
                at = self.count % MEMORY or MEMORY
                self.missed.follow(np.array([sum(self.misses[at - HOP : at])], np.float64), plays)
            now = autocorrelations(self.past[None], numbers.window, self.order)
            self.fit = coefficients(now + self.slow.follow(now[0], plays))[0]
        sample = _samples_of(np.array([self.fit @ self.past[: -self.order - 1 : -1]]))
        self.sample = int(sample[0])
        both = sum(self.misses) + self.missed.mean * (MEMORY // HOP)
        level, spread, offset = _named(sample, both, numbers)[0].tolist()
        return level, spread, offset

    def take(self, level: int, drawn: bool = False) -> None:
        """The level that came: one that was given, or drawn."""
        sample = int(tables(self.quantiser).samples[level])
        self.misses[self.count % MEMORY] = abs(sample - self.sample)
        self.past = np.append(self.past[1:], np.int64(sample))
        self.count += 1
        self.heard += not drawn


assert SPREADS <= LEVELS, "a spread takes a row of the first layer's table, as a level does"
