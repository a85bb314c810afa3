"""What words of a search mean: a vector among families of sounds, and directions of its aspects."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.presets.features.embedder import Embedder

Array = NDArray[np.float32]

MAX_LENGTH = 500  # characters: a phrase, not a text
STEP = 1.0  # of an aspect's scale, for an adjective or its comparative

# Adjectives by the beginning of the word: the aspect they move, and by how many steps.
DIRECTIONS: dict[str, tuple[str, float]] = {
    "dark": ("brightness", -STEP), "dull": ("brightness", -STEP), "warm": ("brightness", -STEP / 2),
    "mellow": ("brightness", -STEP / 2), "soft": ("brightness", -STEP / 2),
    "muffled": ("brightness", -2 * STEP), "muted": ("brightness", -STEP),
    "bright": ("brightness", STEP), "brilliant": ("brightness", STEP),
    "sharp": ("brightness", STEP), "shiny": ("brightness", STEP), "harsh": ("brightness", STEP),
    "noisy": ("noisiness", STEP), "noisier": ("noisiness", STEP),
    "breathy": ("noisiness", STEP), "airy": ("noisiness", STEP / 2),
    "clean": ("noisiness", -STEP), "pure": ("noisiness", -STEP), "tonal": ("noisiness", -STEP),
    "short": ("envelope", -2 * STEP), "percussive": ("envelope", -2 * STEP),
    "stab": ("envelope", -STEP), "long": ("envelope", STEP), "sustained": ("envelope", STEP),
    "sustain": ("envelope", STEP), "decaying": ("envelope", -STEP),
    "high": ("pitch", 2 * STEP), "low": ("pitch", -2 * STEP), "deep": ("pitch", -2 * STEP),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """A query's vector (size,) for timbre, or None; and shifts of aspects in their scales."""

    vector: Array | None
    shifts: dict[str, float]

    @property
    def is_empty(self) -> bool:
        """Whether the words say nothing that a sound can be compared with."""
        return self.vector is None and not self.shifts


def meaning(embedder: Embedder, text: str) -> Meaning:
    """What a phrase asks for: adjectives move aspects, all other words name families.

    Raises InputError (code `bad_words`) for a text of more than MAX_LENGTH characters.
    """
    if len(text) > MAX_LENGTH:
        raise InputError(
            f"words must have at most {MAX_LENGTH} characters, got {len(text)}", code="bad_words"
        )
    shifts: dict[str, float] = {}
    left = []
    for word in re.findall(r"\w+", text):
        direction = _direction(word.lower())
        if direction is None:
            left.append(word)
        else:
            shifts[direction[0]] = shifts.get(direction[0], 0.0) + direction[1]
    known = embedder.families
    family = known.words(" ".join(left)) if known and left else None
    if family is None or embedder.parts is None:
        return Meaning(None, shifts)
    instance = np.zeros(embedder.parts[0], np.float32)
    # stored families are sqrt(1/2) long: the inner product is the cosine of both then
    return Meaning(np.concatenate([instance, np.sqrt(np.float32(2)) * family]), shifts)


def _direction(word: str) -> tuple[str, float] | None:
    """Of `darker` as of `dark`."""
    for form in (word, word.removesuffix("er"), word.removesuffix("r")):
        if form in DIRECTIONS:
            return DIRECTIONS[form]
    return None
