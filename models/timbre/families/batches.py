"""Batches for the network of families: sounds with a label, of every domain as many."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from starling.models.errors import InputError
from starling.models.timbre.families.named_sounds import NamedSound, NamedSounds
from starling.models.timbre.families.table import family_of, names

FEW = 160  # sounds of a domain, to be drawn from as often as from any
HELD_OUT = 8  # one bank in so many is kept for validation


@dataclass(frozen=True, slots=True)
class Batch:
    """Log-mels (B, bands, steps), and numbers (B,): family, domain, and which sound it is.

    `others` (B, 2, bands, steps) are other notes of the same sounds, or the same where it has one.
    """

    log_mel: Tensor
    others: Tensor
    family: Tensor
    domain: Tensor
    sound: Tensor


class Material:
    """All labelled notes of several sets, split by bank into those trained on and those held out.

    Soundfonts and recordings have no banks, and are trained on.
    """

    def __init__(self, sets: Sequence[NamedSounds]) -> None:
        self.manifest = hashlib.sha256(" ".join(each.hash for each in sets).encode()).hexdigest()
        self.domains = tuple(dict.fromkeys(each.domain for each in sets))
        presets = {each.domain for each in sets if each.source == "presets"}
        # what a library holds; soundfonts and recordings are only looked for
        self.galleries = tuple(n for n, domain in enumerate(self.domains) if domain in presets)
        known = names()
        mels, rows = [], []
        number = 0
        for each in sets:
            domain = self.domains.index(each.domain)
            for sound, notes in zip(each.sounds, each.log_mel, strict=True):
                family = label(sound)
                if family is None:
                    continue
                audible = notes[notes.any(axis=(1, 2))]
                mels.append(audible)
                held = each.source == "presets" and is_held_out(sound.bank)
                row = (known.index(family), domain, number, int(held))
                rows += [row] * len(audible)
                number += 1
        if number < 2:
            raise InputError(f"{number} sounds with a label are not enough", code="bad_data")
        self.sounds = number
        self.log_mel: NDArray[np.float16] = np.concatenate(mels)  # (notes, bands, steps)
        table = np.array(rows, np.int64)  # (notes, 4)
        self.rows = table[:, :3]  # family, domain, sound
        kept = table[:, 3] > 0
        self.training, self.held_out = np.flatnonzero(~kept), np.flatnonzero(kept)
        self.weights = _weights(self.rows[self.training])

    def batch(self, chosen: NDArray[np.int64], others: NDArray[np.int64] | None = None) -> Batch:
        """Some notes (B,) by number, and two others of each one's sound (B, 2), as tensors."""
        family, domain, sound = torch.from_numpy(self.rows[chosen]).T
        mels = torch.from_numpy(self.log_mel[chosen].astype(np.float32))
        beside = mels[:, None].expand(-1, 2, -1, -1)
        if others is not None:
            beside = torch.from_numpy(self.log_mel[others].astype(np.float32))
        return Batch(mels, beside, family, domain, sound)

    def draw(self, count: int, random: np.random.Generator) -> Batch:
        """A batch: of each domain as many, of common families fewer than there are."""
        chosen = random.choice(self.training, count, p=self.weights)
        sound = self.rows[chosen, 2]
        first, end = (np.searchsorted(self.rows[:, 2], sound, side) for side in ("left", "right"))
        return self.batch(chosen, random.integers(first[:, None], end[:, None], (count, 2)))

    def counts(self) -> dict[str, int]:
        """How many sounds with a label each domain has, those held out included."""
        seen = {(int(domain), int(sound)) for _, domain, sound in self.rows}
        return {
            self.domains[domain]: count
            for domain, count in Counter(domain for domain, _ in seen).items()
        }


def label(sound: NamedSound) -> str | None:
    """A sound's family: what it states, or else its name or a tag tells."""
    return sound.family or family_of(sound.name, *sound.tags)


def is_held_out(bank: str) -> bool:
    """Whether a bank is kept for validation."""
    return hashlib.sha256(b"held out" + bank.encode()).digest()[0] % HELD_OUT == 0


def _weights(rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """How likely each note is drawn: 1 / sqrt(how common its family is), even over domains but for
    those of less than FEW sounds, which come by their number.
    """
    keys = rows[:, 1] * len(names()) + rows[:, 0]
    _, inverse, count = np.unique(keys, return_inverse=True, return_counts=True)
    weights = 1 / np.sqrt(count[inverse])
    for domain in np.unique(rows[:, 1]):
        inside = rows[:, 1] == domain
        share = min(1.0, len(np.unique(rows[inside, 2])) / FEW)
        weights[inside] *= share / weights[inside].sum()
    return np.asarray(weights / weights.sum(), np.float64)
