"""The baseline without a network: counts and pointers, mixed by weights that EM finds.

Each head has a few contexts, in each of which the classes that followed in the training songs are
counted; beside them stand the predictions of the pointers, each of which is right or wrong. What
weight each gets depends on how sure the pointers are, and is fitted on songs that were not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.batches import Prepared
from starling.models.composer.context.layout import CONFIDENCES, LATE, PLACE, POINTERS
from starling.models.composer.context.steps import VOICES
from starling.models.composer.copying import END, HEADS, SIZES
from starling.models.composer.evaluate import Figures, events

Keys = NDArray[np.int64]

STRENGTH = 2.0  # how many counts a class's overall frequency is worth in a context
ROUNDS = 25  # of EM, after which nothing changes in the third place
PRIOR = 8.0  # steps that the weights over all situations are worth in one
EXACT, TOLERANT = POINTERS.index("exact"), POINTERS.index("tolerant")
FAR = 999  # frames to a change that is not predicted
SURENESS = np.array([0, *(1 + min(order // 2, 3) for order in range(10) for _ in range(3))])
SITUATIONS = 5**2 * 6**2 * 5  # how sure two pointers are, how they fit, how sure the global one is


@dataclass(frozen=True, slots=True)
class Table:
    """How often each context occurred (keys, totals), and each class in it (pairs, counts)."""

    keys: Keys
    totals: Keys
    pairs: Keys
    counts: Keys
    prior: NDArray[np.float64]

    @classmethod
    def of(cls, contexts: Keys, classes: Keys, size: int) -> Table:
        """Count classes (n,) in contexts (n,)."""
        keys, totals = np.unique(contexts, return_counts=True)
        pairs, counts = np.unique(contexts * 256 + classes, return_counts=True)
        prior = np.bincount(classes, minlength=size) + 0.5
        return cls(keys, totals, pairs, counts, prior / prior.sum())

    def probability(self, contexts: Keys, classes: Keys) -> NDArray[np.float64]:
        """Of classes (n,) in contexts (n,)."""
        seen = _found(self.pairs, self.counts, contexts * 256 + classes)
        total = _found(self.keys, self.totals, contexts)
        return np.asarray((seen + STRENGTH * self.prior[classes]) / (total + STRENGTH))


def _found(keys: Keys, values: Keys, wanted: Keys) -> Keys:
    """The values of keys; 0 where a key is not there."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)


@dataclass(frozen=True, slots=True)
class CountModel:
    """Tables by head and context, and weights by head (SITUATIONS, components)."""

    tables: tuple[tuple[Table, ...], ...]
    weights: tuple[NDArray[np.float64], ...]


def fit(counted: Prepared, weighed: Prepared) -> CountModel:
    """Count in some songs, and find the weights on others."""
    tables, weights = [], []
    for head in range(HEADS):
        classes = counted.targets[:, head].astype(np.int64)
        tables.append(
            tuple(Table.of(each, classes, SIZES[head]) for each in _contexts(head, counted))
        )
        matters = _matters(head, weighed)
        chances = _components(head, weighed, tables[-1])[matters]
        weights.append(_weights(chances, _situations(head, weighed)[matters]))
    return CountModel(tuple(tables), tuple(weights))


def measure(model: CountModel, songs: Prepared) -> Figures:
    """The figures of songs."""
    nats = np.zeros(HEADS)
    for head in range(HEADS):
        matters = _matters(head, songs)
        chances = _components(head, songs, model.tables[head])[matters]
        weights = model.weights[head][_situations(head, songs)[matters]]
        nats[head] = -np.log((chances * weights).sum(axis=1)).sum()
    return Figures(nats, int(songs.frames.sum()), events(songs.targets))


def _matters(head: int, songs: Prepared) -> NDArray[np.bool_]:
    """The steps (n,) at which a head decides: after a song's end the later ones do not."""
    return np.asarray((songs.targets[:, 1] != END) | (head < 2))


def _packed(*columns: NDArray[np.generic]) -> Keys:
    """Columns (n,) of bytes as one number each."""
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        key = key * 256 + column.astype(np.int64)
    return key


def _contexts(head: int, songs: Prepared) -> list[Keys]:
    """What the classes of a head are counted by, (n,) each: nothing first."""
    rows, wanted = songs.rows, songs.targets
    nothing = np.zeros(len(rows), np.int64)
    ages, recent = rows[:, PLACE["age"]], rows[:, PLACE["recent"]]
    waits, wait = rows[:, PLACE["recent wait"]], rows[:, PLACE["wait"].start]
    if head == 0:
        changed = [rows[:, PLACE["change"].start + voice] > 0 for voice in range(VOICES)]
        by_wait = _packed(wait), _packed(wait, *changed), _packed(*waits[:, :3].T)
        return [nothing, *by_wait, _packed(*ages.T)]
    voice, each = head - 1, recent.shape[1] // VOICES
    state, mine = rows[:, PLACE["state"].start + voice], recent[:, voice * each]
    earlier = [wanted[:, other] > 0 for other in range(1, head)]
    return [
        nothing,
        _packed(state),
        _packed(state, ages[:, voice]),
        _packed(state, mine),
        _packed(state, ages[:, voice], wanted[:, 0], *earlier),
        _packed(state, *wanted[:, 1:head].T[-1:], wanted[:, 0]),
    ]


def _pointers(songs: Prepared) -> tuple[Keys, Keys, Keys]:
    """Frames to go, class + 1 and confidence (n, 4, POINTERS); FAR frames where none."""
    columns = songs.rows[:, PLACE["pointer"]].reshape(len(songs.rows), VOICES, len(POINTERS), 3)
    remaining, values, sure = (columns[..., at].astype(np.int64) for at in range(3))
    return np.where(values > 0, remaining + LATE - 1, FAR), values, sure


def _components(head: int, songs: Prepared, tables: tuple[Table, ...]) -> NDArray[np.float64]:
    """The probability (n, components) of what happened, by each context and each pointer."""
    wanted = songs.targets[:, head].astype(np.int64)
    parts = [
        table.probability(context, wanted)
        for table, context in zip(tables, _contexts(head, songs), strict=True)
    ]
    hits = [*_global_hits(head, songs), *_voice_hits(head, songs)]
    return np.stack([*parts, *(hit.astype(np.float64) for hit in hits)], axis=1)


def _global_hits(head: int, songs: Prepared) -> Iterator[NDArray[np.bool_]]:
    """Whether the global pointers were right, (n,) each."""
    steps = songs.rows[:, PLACE["global"]].reshape(len(songs.rows), -1, 2 + VOICES)
    state = songs.rows[:, PLACE["state"]]
    for at in range(steps.shape[1]):
        named = steps[:, at, head]
        if head:
            named = np.where(named == state[:, head - 1] + 1, 0, named)
        yield (steps[:, at, -1] > 0) & (named == songs.targets[:, head])


def _voice_hits(head: int, songs: Prepared) -> Iterator[NDArray[np.bool_]]:
    """Whether the pointers on voices were right, (n,) each; of a wait with a frame's jitter."""
    remaining, values, _ = _pointers(songs)
    wanted = songs.targets[:, head].astype(np.int64)
    if head == 0:
        for kind in (EXACT, TOLERANT):
            first = _first(remaining[..., kind])
            for off in (0, 1, -1):
                yield first + off == wanted
        return
    for kind in range(len(POINTERS)):
        yield (values[:, head - 1, kind] > 0) & (values[:, head - 1, kind] == wanted)
    yield wanted == 0


def _first(remaining: Keys) -> Keys:
    """The nearest predicted change (n,) of any voice (n, 4) that is yet to come."""
    return np.asarray(np.where(remaining > 0, remaining, FAR).min(axis=1))


def _situations(head: int, songs: Prepared) -> Keys:
    """A number (n,) below SITUATIONS for how sure the pointers are and how they fit the wait."""
    remaining, _, sure = _pointers(songs)
    assert sure.max(initial=0) < CONFIDENCES == len(SURENESS)
    last = PLACE["global"].stop - 1
    key = SURENESS[songs.rows[:, last]]
    for kind in (EXACT, TOLERANT):
        if head == 0:
            near = np.where(remaining[..., kind] > 0, remaining[..., kind], FAR)
            voice = near.argmin(axis=1)
            count, sureness = np.arange(len(near)), sure[..., kind]
            fits, how = np.minimum(near[count, voice], 5), SURENESS[sureness[count, voice]]
        else:
            off = np.clip(remaining[:, head - 1, kind] - songs.targets[:, 0], -2, 2) + 2
            fits = np.where(remaining[:, head - 1, kind] == FAR, 5, off)
            how = SURENESS[sure[:, head - 1, kind]]
        key = (key * 5 + how) * 6 + fits
    return np.asarray(key)


def _weights(chances: NDArray[np.float64], situations: Keys) -> NDArray[np.float64]:
    """Weights (SITUATIONS, components) that make what happened (n, components) likeliest."""
    overall = np.full(chances.shape[1], 1 / chances.shape[1])
    for _ in range(ROUNDS):
        overall = _shares(chances * overall).mean(axis=0)
    weights = np.tile(overall, (SITUATIONS, 1))
    for _ in range(ROUNDS):
        shares = _shares(chances * weights[situations])
        sums = np.stack([np.bincount(situations, each, SITUATIONS) for each in shares.T], axis=1)
        weights = (sums + PRIOR * overall) / (sums.sum(axis=1, keepdims=True) + PRIOR)
    return weights


def _shares(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Parts (n, k) of their sums."""
    return np.asarray(parts / parts.sum(axis=1, keepdims=True))
