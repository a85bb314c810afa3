"""Frequencies and n-grams of each voice by itself: what any learned composer must beat.

What is measured is the negative log-likelihood in nats of each note, by frame and voice; the sum
over voices, averaged over frames, is a model's nats per frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.composer.songs import CLASSES, VOICES, Songs, to_classes
from starling.models.errors import InputError

BASE = max(CLASSES) + 1  # digits of a context: classes from 1 on, 0 before a song begins
MAX_ORDER = 9  # 90 to the ninth is below 2 to the 63rd
ADDED = 1.0  # to each count, so that nothing is impossible

Nats = NDArray[np.float64]
Keys = NDArray[np.int64]


def nats_per_frame(nats: Nats) -> float:
    """The mean over frames of nats (frames, 4), summed over the voices."""
    return float(nats.sum(axis=1).mean())


def unigram(train: Songs, test: Songs) -> Nats:
    """Nats (frames, 4) of the frequencies of notes."""
    known, new = to_classes(train.frames), to_classes(test.frames)
    nats = np.empty(new.shape)
    for voice, size in enumerate(CLASSES):
        counts = np.bincount(known[:, voice], minlength=size) + ADDED
        nats[:, voice] = -np.log(counts / counts.sum())[new[:, voice]]
    return nats


def bigram(train: Songs, test: Songs) -> Nats:
    """Nats (frames, 4) given the note before; songs follow a silence."""
    nats = np.empty((len(test.frames), len(VOICES)))
    for voice, size in enumerate(CLASSES):
        before, now = _pairs(train, voice)
        counts = np.bincount(before * size + now, minlength=size * size).reshape(size, size) + ADDED
        logarithms = np.log(counts / counts.sum(axis=1, keepdims=True))
        nats[:, voice] = -logarithms[_pairs(test, voice)]
    return nats


def _pairs(songs: Songs, voice: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Class before and class now (frames,) of one voice."""
    now = to_classes(songs.frames)[:, voice].astype(np.intp)
    before = np.roll(now, 1)
    before[songs.starts()] = 0
    return before, now


@dataclass(frozen=True, slots=True)
class _Counts:
    """What follows contexts of one length: rising keys, and how often each was seen."""

    pairs: Keys  # context and note
    seen: NDArray[np.int64]  # of pairs
    contexts: Keys
    total: NDArray[np.int64]  # of contexts
    kinds: NDArray[np.int64]  # different notes that follow a context

    @classmethod
    def of(cls, contexts: Keys, now: Keys) -> _Counts:
        """Count notes `now` (n,) after contexts (n,)."""
        pairs, seen = np.unique(contexts * BASE + now, return_counts=True)
        known, first = np.unique(pairs // BASE, return_index=True)
        return cls(pairs, seen, known, np.add.reduceat(seen, first), np.diff([*first, len(pairs)]))

    def interpolate(self, contexts: Keys, now: Keys, shorter: Nats) -> Nats:
        """Probabilities (n,), from those of one note less of context.

        Witten and Bell, "The zero-frequency problem" (1991), method C: a context gives new notes
        as much weight as it was followed by different ones.
        """
        seen = _look_up(contexts * BASE + now, self.pairs, self.seen)
        total = _look_up(contexts, self.contexts, self.total)
        kinds = _look_up(contexts, self.contexts, self.kinds)
        known = total > 0
        mixed = (seen + kinds * shorter) / np.where(known, total + kinds, 1)
        return np.where(known, mixed, shorter)


def _look_up(keys: Keys, known: Keys, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The value of each key among rising `known` ones; 0 where it is not there."""
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, values[at], 0)


def _digits(songs: Songs, voice: int) -> Keys:
    """Classes (frames,) from 1 on."""
    return to_classes(songs.frames)[:, voice].astype(np.int64) + 1


def _contexts(songs: Songs, digits: Keys, length: int) -> Keys:
    """The `length` digits before each frame as one number; 0 for those before the song."""
    keys = np.zeros(len(digits), np.int64)
    age = np.arange(len(digits)) - np.repeat(songs.offsets[:-1], np.diff(songs.offsets))
    for back in range(length, 0, -1):
        before = np.zeros_like(digits)
        before[back:] = digits[:-back]
        keys = keys * BASE + np.where(age >= back, before, 0)
    return keys


def witten_bell(train: Songs, test: Songs, order: int = MAX_ORDER) -> Nats:
    """Nats (frames, 4) given up to `order` - 1 notes before, of each voice by itself.

    Raises InputError for an order outside 1..9 and for songs without frames.
    """
    if not 1 <= order <= MAX_ORDER:
        raise InputError(f"order must be 1..{MAX_ORDER}, got {order}")
    if not len(train.frames):
        raise InputError("the songs to count hold no frames; at least 1 is needed")
    nats = np.empty((len(test.frames), len(VOICES)))
    for voice, size in enumerate(CLASSES):
        known, new = _digits(train, voice), _digits(test, voice)
        chance = np.full(len(new), 1 / size)
        for length in range(order):
            counts = _Counts.of(_contexts(train, known, length), known)
            chance = counts.interpolate(_contexts(test, new, length), new, chance)
        nats[:, voice] = -np.log(chance)
    return nats
