"""What presets are ranked by: timbre, of a sound, words or both, and aspects as they are weighed.

Timbre is one inner product, whatever it is made of: the query's parts are weighed and summed before
it. Aspects are compared by their own similarities, and the mean of all by weight is the score.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.presets.features.aspects import ASPECTS, NAMES, TIMBRE, moved, neutral, similarity
from starling.presets.features.distance import Metric, Scale
from starling.presets.features.embedder import Embedder
from starling.presets.library.search_snapshot import Snapshot
from starling.presets.search.options import SearchOptions
from starling.presets.search.words import Meaning, meaning

Array = NDArray[np.float32]
Rows = NDArray[np.int64]

NOTHING = "say what to search for: a sound file, or words such as `warm analog brass`"
UNKNOWN = (
    "these words mean no sound that is known; name an instrument, or say bright, dark, noisy, short"
)
SAID = 0.25  # how much an aspect counts that an adjective moves
SOUND_SHARE = 0.5  # of timbre where words and a sound are searched for together


@dataclass(frozen=True, slots=True)
class Query:
    """A sound to search for: vectors (size,), of which the nearest counts, and its aspects.

    `without` is the position of the preset that it is itself, which is no result; -1 for a
    recording.
    """

    vectors: Sequence[Array]
    aspects: Array
    without: int = -1


@dataclass(frozen=True, slots=True)
class Ranking:
    """What `Vectors.nearest` takes, and what its results mean."""

    queries: Sequence[Array]  # as Metric.query makes them
    metric: Metric
    weights: Mapping[str, float]  # of timbre and aspects; they sum to 1
    target: Array  # aspects searched for, (SIZE,)
    described: Array  # aspects of all presets, (n, SIZE)
    scale: Scale = ()  # by which cosines in timbre become scores
    without: int = -1
    compared: Collection[str] = NAMES  # words compare less: what they say nothing of is 0

    @property
    def adjusted(self) -> Callable[[Rows, Array], Array] | None:
        """None where only timbre counts."""
        return None if self.weights.keys() == {TIMBRE} else self._combined

    def scores(self, distances: Array) -> Array:
        """Scores (n,) by the distances that `nearest` returned."""
        if self.adjusted is None:
            return self.metric.similarity(distances, self.scale)
        return np.asarray(1 - np.square(distances) / 2, np.float32)

    def details(self, positions: Rows, timbre: Array) -> Array:
        """Similarities (n, 1 + aspects), in the order of NAMES; `timbre` are distances in it."""
        found = {TIMBRE: self.metric.similarity(timbre, self.scale), **self._aspects(positions)}
        nothing = np.zeros(len(positions), np.float32)
        return np.stack([found[n] if n in self.compared else nothing for n in NAMES], axis=1)

    def _combined(self, positions: Rows, timbre: Array) -> Array:
        """Distances (n,) of which 1 - d^2 / 2 is the weighted mean of all similarities."""
        total = self.weights.get(TIMBRE, 0.0) * self.metric.similarity(timbre, self.scale)
        for name, alike in self._aspects(positions, self.weights.keys()).items():
            total = total + self.weights[name] * alike
        return np.asarray(np.sqrt(np.maximum(2 - 2 * total, 0)), np.float32)

    def _aspects(self, positions: Rows, only: Collection[str] = NAMES) -> dict[str, Array]:
        whole = len(positions) == len(self.described) and bool((np.diff(positions) == 1).all())
        sounds = self.described if whole else self.described[positions]
        return {
            aspect.name: np.nan_to_num(similarity(aspect, sounds, self.target))
            for aspect in ASPECTS
            if aspect.name in only
        }


def ranking(
    embedder: Embedder,
    snapshot: Snapshot,
    query: Query | None,
    options: SearchOptions,
    words: str,
) -> Ranking:
    """What a sound, words or both ask for.

    Raises InputError (code `no_query`) where neither says anything.
    """
    said = meaning(embedder, words)
    if query is None and said.is_empty:
        raise InputError(UNKNOWN if words.strip() else NOTHING, code="no_query")
    metric, known = snapshot.searched.metric, embedder.families
    is_recording = query is not None and query.without < 0
    family = options.family
    if family is None and is_recording and known:
        family = known.recording
    queries = [] if query is None else [q for v in query.vectors for q in metric.queries(v, family)]
    use = "words" if query is None else "recording" if is_recording else "preset"
    shifts = {**said.shifts, **options.shifts}
    told = neutral() if query is None or np.isnan(query.aspects).any() else query.aspects
    by_words = dict.fromkeys(said.shifts.keys() - options.shifts.keys(), SAID)
    weights = SearchOptions({**by_words, **options.weights}, shifts).weighs
    if query is None and said.vector is None:  # "dark and short": only aspects count
        weights = {name: weight for name, weight in weights.items() if name != TIMBRE}
        weights = {name: weight / sum(weights.values()) for name, weight in weights.items()}
    return Ranking(
        _with_words(queries, said, metric),
        metric,
        weights,
        moved(told, shifts),
        snapshot.aspects,
        known.scales[use] if known else (),
        -1 if query is None else query.without,
        tuple(weights) if query is None else NAMES,
    )


def _with_words(queries: Sequence[Array], said: Meaning, metric: Metric) -> list[Array]:
    """Queries in which the meaning of words has its share."""
    if said.vector is None:
        return list(queries) or [np.zeros(metric.size, np.float32)]
    if not queries:
        return [said.vector]
    return [SOUND_SHARE * query + (1 - SOUND_SHARE) * said.vector for query in queries]
