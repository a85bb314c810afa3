"""What words mean, as vectors among the families' sounds: letters in, no language model.

A word is the sum of its letters' n-grams (Bojanowski et al., fastText, arXiv 1607.04606), so that
`strgs`, `Strings1` and `string` lie near each other; a text is the mean of its words.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

BUCKETS = 4096  # n-grams are hashed into so many rows
GRAMS = (2, 3, 4, 5)
MOST_WORDS = 32


@dataclass(frozen=True, slots=True)
class Words:
    """Texts to unit vectors: rows of n-grams (BUCKETS, hidden), weight (size, hidden), bias."""

    buckets: Array
    weight: Array
    bias: Array

    def __call__(self, text: str) -> Array | None:
        """The vector (size,) of a text; None where it holds no word."""
        found = [grams(word) for word in words_of(text)]
        if not found:
            return None
        hidden = np.mean([self.buckets[each].mean(axis=0) for each in found], axis=0)
        vector = self.weight @ np.maximum(hidden, 0) + self.bias
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def words_of(text: str) -> list[str]:
    """The words of a name in lower case, as letters only: `StringPad_2` is string, pad."""
    found = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+", text)
    return [word.lower() for word in found if len(word) > 1][:MOST_WORDS]


def grams(word: str) -> NDArray[np.int64]:
    """Rows of a word's n-grams, its ends marked, and of the word itself: (grams,).

    >>> len(grams("pad"))
    10
    """
    marked = f"<{word}>"
    parts = {
        marked[at : at + size] for size in GRAMS for at in range(max(1, len(marked) - size + 1))
    } | {marked}
    return np.array(sorted(zlib.crc32(part.encode()) % BUCKETS for part in parts), np.int64)
