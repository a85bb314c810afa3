"""Earlier repeats of a context: for each place in a sequence the latest place after an equal past.

The past of order k is the last k symbols, compared by a rolling hash of 64 bits. Sequences are
songs one after another; no past reaches over a song's beginning. A sequence of m symbols has m + 1
places: place p is where symbol p is yet to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BASE = 0x9E3779B97F4A7C15  # odd, so that powers of it stay invertible modulo 2^64
MASK = (1 << 64) - 1

Places = NDArray[np.int64]


def mixed(symbol: int) -> int:
    """A symbol spread over 64 bits (the finaliser of SplitMix64), so that sums of few differ."""
    value = (symbol + BASE) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def mixed_all(symbols: Places) -> NDArray[np.uint64]:
    """`mixed` of each."""
    value = symbols.astype(np.uint64) + np.uint64(BASE)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(value ^ (value >> np.uint64(31)))


@dataclass(frozen=True, slots=True)
class Sequences:
    """Symbols (n,) of sequences one after another, sequence i being offsets[i] to offsets[i + 1].

    Place p of sequence i is offsets[i] + i + p in arrays of places, which are (n + sequences,).
    """

    symbols: Places
    offsets: Places

    @property
    def places(self) -> int:
        """How many places there are."""
        return len(self.symbols) + len(self.offsets) - 1

    def begins(self) -> Places:
        """The first place of each sequence."""
        return self.offsets[:-1] + np.arange(len(self.offsets) - 1)

    def owner(self) -> Places:
        """The sequence (places,) of each place."""
        count = len(self.offsets) - 1
        return np.repeat(np.arange(count), np.diff(self.offsets) + 1)

    def within(self) -> Places:
        """Each place (places,) counted from its sequence's beginning."""
        return np.arange(self.places) - self.begins()[self.owner()]

    def at_places(self) -> Places:
        """The symbol (places,) that follows each place; -1 at the ends."""
        spread = np.full(self.places, -1, np.int64)
        ends = self.begins() + np.diff(self.offsets)
        inside = np.ones(self.places, bool)
        inside[ends] = False
        spread[inside] = self.symbols
        return spread


def pasts(sequences: Sequences, orders: Sequence[int]) -> NDArray[np.uint64]:
    """Hashes (orders, places) of the pasts, the sequence's number in each; shorter pasts are 0."""
    within, owner = sequences.within(), sequences.owner()
    prefix = _prefixes(sequences)
    salt = mixed_all(-1 - owner)
    found = np.zeros((len(orders), sequences.places), np.uint64)
    places = np.arange(sequences.places)
    for row, order in enumerate(orders):
        power = np.uint64(pow(BASE, order, 1 << 64))
        earlier = prefix[np.maximum(places - order, 0)]
        value = (prefix - earlier * power + np.uint64(order)) ^ salt
        found[row] = np.where(within >= order, np.maximum(value, 1), 0)
    return found


def _prefixes(sequences: Sequences) -> NDArray[np.uint64]:
    """The hash (places,) of all symbols before each place, sequence after sequence.

    prefix[p] = prefix[p - 1] * BASE + symbol: solved as a running sum of symbol / BASE^p. A prefix
    may run over from the sequence before: differences within one sequence do not see that.
    """
    symbols = sequences.at_places()[:-1]
    terms = np.concatenate([[0], mixed_all(symbols)]).astype(np.uint64)
    up = _powers(BASE, len(terms))
    down = _powers(pow(BASE, -1, 1 << 64), len(terms))
    return np.asarray(np.cumsum(terms * down, dtype=np.uint64) * up)


def _powers(base: int, count: int) -> NDArray[np.uint64]:
    """base^0 .. base^(count - 1) modulo 2^64."""
    factors = np.full(count, base, np.uint64)
    factors[0] = 1
    return np.asarray(np.cumprod(factors, dtype=np.uint64))


def latest(keys: NDArray[np.uint64]) -> Places:
    """For each place (n,) the latest earlier one of the same key; -1 where none, or key 0."""
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    same = np.concatenate([[False], (ranked[1:] == ranked[:-1]) & (ranked[1:] != 0)])
    found = np.full(len(keys), -1, np.int64)
    found[order[same]] = order[np.flatnonzero(same) - 1]
    return found


def latest_of_other(
    keys: NDArray[np.uint64], known: Places, other: NDArray[np.uint64], since: Places
) -> Places:
    """For each place (n,) the latest place of another sequence with the same key; -1 where none.

    `known` (n,) is when each place is reached, `since` (m,) when each of the other's is: those that
    are reached later, or in sequences' first places (key 0), do not count.
    """
    every, times = np.concatenate([other, keys]), np.concatenate([since, known])
    mine = np.arange(len(every)) >= len(other)
    order = np.lexsort((mine, times, every))
    ranked, theirs = every[order], ~mine[order]
    opens = np.concatenate([[True], ranked[1:] != ranked[:-1]])
    counted = np.arange(len(order))
    group = np.maximum.accumulate(np.where(opens, counted, 0))
    source = np.maximum.accumulate(np.where(theirs, counted, -1))
    found = np.full(len(every), -1, np.int64)
    found[order] = np.where((source >= group) & (ranked != 0), order[np.maximum(source, 0)], -1)
    return found[len(other) :]
