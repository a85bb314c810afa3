"""The network of families and the meaning of words in numpy, without loading torch.

A card of kind `families` goes with the timbre network whose first blocks it shares, and says which
by the hash of its weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.artifacts import card_file
from starling.models.errors import ParseError
from starling.models.timbre import numpy_forward
from starling.models.timbre.families.table import FAMILIES
from starling.models.timbre.families.words import Words, words_of
from starling.models.timbre.numpy_forward import Dense, Forward, Layer

Array = NDArray[np.float32]

KIND = "families"
VERSION = 2  # of embeddings; raise whenever the same weights give other vectors
SURE = 0.9  # cosine with a family's title from which on a word means it
HALF = np.float32(np.sqrt(0.5))  # the length of either part of a vector
Scale = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class FamilyForward:
    """The timbre network with its families; call it with log-mels (n, bands, steps)."""

    timbre: Forward
    shared: int  # blocks of the timbre network that both use
    layers: tuple[Layer, ...]
    hidden: Dense
    head: Dense
    words: Words
    titles: Array  # what the families' titles mean, (families, size)
    recording: float  # how much the family counts for a sound from elsewhere
    scales: Mapping[str, Scale]  # cosines to scores, by use
    weights_hash: str

    @property
    def parts(self) -> tuple[int, int]:
        """Numbers of either part of a vector: which sound it is, and of which family."""
        return self.timbre.size, len(self.head[1])

    def meaning(self, text: str) -> Array | None:
        """What a text's words mean, (size,), of those that mean a family; None where none does.

        Names that training never saw point anywhere: of made-up words, Latin or Cyrillic, 95 % lie
        below SURE from every family, of the table's words none.
        """
        known = [
            word
            for word in words_of(text)
            if (vector := self.words(word)) is not None
            and float((self.titles @ vector).max()) >= SURE
        ]
        return self.words(" ".join(known)) if known else None

    def __call__(self, log_mels: Array) -> Array:
        """Unit vectors (n, sum of parts) of log-mels (n, bands, steps) at the standard level."""
        batch = numpy_forward.BATCH
        starts = range(0, len(log_mels), batch)
        parts = [self._embed(np.asarray(log_mels[at : at + batch], np.float32)) for at in starts]
        return np.concatenate([np.zeros((0, sum(self.parts)), np.float32), *parts])

    def _embed(self, mels: Array) -> Array:
        """One batch: (n, bands, steps) to (n, sum of parts)."""
        timbre = self.timbre
        x = numpy_forward.through(timbre.front(mels), timbre.layers[: self.shared])
        instance = numpy_forward.through(x, timbre.layers[self.shared :])
        family = numpy_forward.pooled(numpy_forward.through(x, self.layers))
        both = (
            timbre.vectors(numpy_forward.pooled(instance)),
            numpy_forward.unit_vectors(family, self.hidden, self.head),
        )
        return np.asarray(HALF * np.concatenate(both, axis=1), np.float32)


def load(path: Path, timbre: Forward) -> FamilyForward:
    """The network that a card describes, beside its timbre network.

    Raises MissingError (no card, no weights) and ParseError (of another kind, damaged, made for
    another timbre network, or weights that do not fit the card).
    """
    card = card_file.read_card(path)
    if card["kind"] != KIND:
        raise ParseError(f"{path.name} is a card of kind {card['kind']!r}, not {KIND!r}")
    tensors = card_file.read_arrays(card, path.parent)
    try:
        if card["timbre"] != timbre.weights_hash:
            raise ParseError(f"{card['name']} goes with other timbre weights than those here")
        return fold(tensors, card, timbre)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ParseError(f"the weights of {card['name']} do not fit its configuration") from error


def fold(
    tensors: Mapping[str, NDArray[Any]], card: Mapping[str, Any], timbre: Forward
) -> FamilyForward:
    """The network from its tensors by torch's names. Raises KeyError or ValueError."""
    t = {name: np.asarray(value, np.float32) for name, value in tensors.items()}
    shared = int(card["config"]["shared"])
    layers = tuple(
        numpy_forward.folded_layer(t, f"blocks.{number}", layer.stride)
        for number, layer in enumerate(timbre.layers[shared:], shared)
    )
    # what is pooled is standardised before the hidden layer: folded into it
    weight = np.asarray(t["hidden.weight"] / t["deviation"], np.float32)
    hidden = weight, np.asarray(t["hidden.bias"] - weight @ t["mean"], np.float32)
    head = (t["head.weight"], t["head.bias"])
    scales = {
        str(use): tuple((float(cosine), float(score)) for cosine, score in points)
        for use, points in card["scales"].items()
    }
    words = Words(t["words.buckets"], t["words.weight"], t["words.bias"])
    forward = FamilyForward(
        timbre,
        shared,
        layers,
        hidden,
        head,
        words,
        np.stack([v for row in FAMILIES if (v := words(row.title)) is not None]),
        float(card["recording"]),
        scales,
        card["sha256"],
    )
    front = card["front_shape"]
    forward(np.zeros((1, int(front[0]), int(front[1])), np.float32))  # shapes fit, or it raises
    return forward
