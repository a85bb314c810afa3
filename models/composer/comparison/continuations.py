"""How models go on from the beginnings of songs, beside how the songs went on.

The distance of a pair, a written and the real continuation, is the mean over the musical statistics
of how far they are apart, each in units of how far the real continuations of two different songs
are apart on average. So 1 is as far as another song; 0 has the same figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.composer import statistics
from starling.models.composer.songs import Frames, Songs
from starling.models.composer.statistics import PROMPT, Statistics, Writer
from starling.models.errors import InputError

REAL = "real"  # the row of the songs themselves
RESAMPLES = 10_000  # of the pairs, for an interval
LEVEL = 0.95

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and between what it lies with a probability of LEVEL."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Numbers) -> Interval:
        """By the bootstrap (Efron, 1979): means of values (n,) drawn with replacement."""
        random = np.random.default_rng(0)
        means = values[random.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
        low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return cls(float(values.mean()), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Nearer:
    """By how much one model is nearer than another: distances (n,) less its own, pair by pair."""

    difference: Interval  # above 0 where the first is nearer
    share: float  # of the pairs in which it is


@dataclass(frozen=True, slots=True)
class Compared:
    """Real songs (each its beginning and how it went on), what models wrote, and how far it is."""

    songs: Songs
    written: dict[str, list[Frames]]
    means: dict[str, Statistics]
    sets: dict[str, dict[str, float]]  # distances of the sets of scores, by statistic
    pairs: dict[str, dict[str, float]]  # of each score and its own song
    distances: dict[str, Numbers] = field(default_factory=dict)  # (n,) of each pair

    def nearer(self, first: str, other: str) -> Nearer:
        """How much nearer to the real songs the first model's continuations are."""
        gain = self.distances[other] - self.distances[first]
        return Nearer(Interval.of(gain), float((gain > 0).mean()))

    def named(self) -> dict[str, dict[str, Any]]:
        """For JSON, by model."""
        found: dict[str, dict[str, Any]] = {
            name: {"statistics": mean.named()} for name, mean in self.means.items()
        }
        for name, distances in self.distances.items():
            found[name] |= {
                "distances": self.sets[name],
                "paired_distances": self.pairs[name],
                "distance": float(distances.mean()),
                "nearer_than": {
                    other: {
                        "by": nearer.difference.mean,
                        "low": nearer.difference.low,
                        "high": nearer.difference.high,
                        "share": nearer.share,
                    }
                    for other in self.distances
                    if other != name
                    for nearer in [self.nearer(name, other)]
                },
            }
        return found


def compare(
    songs: Songs,
    writers: Mapping[str, Writer],
    count: int,
    report: Callable[[float, str], None] = lambda part, text: None,
) -> Compared:
    """Let each writer go on from the beginnings of at most `count` songs.

    Raises InputError where fewer than two are long enough.
    """
    pieces = statistics.beginnings(songs, count)
    if len(pieces) < 2:
        raise InputError("at least 2 songs of 40 s are needed to compare continuations, got 1")
    real = [statistics.of(piece[PROMPT:]) for piece in pieces]
    found = Compared(pieces, {}, {REAL: statistics.mean(real)}, {}, {})
    units = between_songs(real)
    for at, (name, writer) in enumerate(writers.items()):
        report(at / len(writers), f"{name} writes")
        made = statistics.continued(writer, pieces)
        figures = list(map(statistics.of, made))
        found.written[name] = made
        found.means[name] = statistics.mean(figures)
        found.sets[name] = statistics.distances(real, figures)
        found.pairs[name] = statistics.paired_distances(real, figures)
        found.distances[name] = (statistics.pair_gaps(real, figures) / units).mean(axis=1)
    return found


def between_songs(real: Sequence[Statistics]) -> Numbers:
    """The mean gap (FIGURES,) of two different songs; 1 where there is none."""
    gaps = np.array([statistics.gaps(a, b) for a, b in combinations(real, 2)]).mean(axis=0)
    return np.where(gaps > 0, gaps, 1.0)
