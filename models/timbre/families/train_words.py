"""The trainer of what words mean: names and tags towards the vectors of the sounds that bear them.

A text whose words tell a family is drawn to the middle of that family's sounds, any other name a
little to its own sound. Seconds of work on a processor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from starling.models.timbre.families.batches import label
from starling.models.timbre.families.named_sounds import NamedSounds
from starling.models.timbre.families.table import FAMILIES, names
from starling.models.timbre.families.words import BUCKETS, Words, grams, words_of

HIDDEN = 32
STEPS = 1500
BATCH = 256
RATE = 5e-3
DECAY = 1e-3
TEMPERATURE = 0.1
UNTOLD = 0.1  # how much a name counts that tells no family
DROPPED = 0.2  # of the n-grams of a text in training


@dataclass(frozen=True, slots=True)
class Texts:
    """What is learnt from: texts, each one's family (-1: none told), and vectors (n, size)."""

    texts: tuple[str, ...]
    family: NDArray[np.int64]
    target: NDArray[np.float32]
    middles: NDArray[np.float32]  # (families, size)


def texts_of(sets: Sequence[NamedSounds], vectors: Sequence[NDArray[np.float32]]) -> Texts:
    """All texts of some sets, whose sounds have these vectors (sounds, size), and of the table."""
    known = names()
    texts, families, targets = [], [], []
    for each, found in zip(sets, vectors, strict=True):
        for sound, vector in zip(each.sounds, found, strict=True):
            told = label(sound)
            texts.append(" ".join((sound.name, *sound.tags)))
            families.append(-1 if told is None else known.index(told))
            targets.append(vector)
    family, target = np.array(families, np.int64), np.array(targets, np.float32)
    middles = np.stack([_middle(target[family == number]) for number in range(len(known))])
    for number, row in enumerate(FAMILIES):
        for word in (row.title, *row.words):
            texts.append(word.removesuffix("$"))
            family = np.append(family, number)
            target = np.concatenate([target, middles[number : number + 1]])
    return Texts(tuple(texts), family, target, middles)


def _middle(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean (size,) of unit vectors, at length 1."""
    mean = vectors.sum(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


class WordNetwork(nn.Module):
    """Bags of n-grams to unit vectors."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.buckets = nn.Embedding(BUCKETS, HIDDEN)
        nn.init.normal_(self.buckets.weight, std=0.3)
        self.head = nn.Linear(HIDDEN, size)

    def forward(self, bags: Sequence[Sequence[Tensor]]) -> Tensor:
        """Texts as words as n-grams to (B, size): the mean of words, each the mean of its grams."""
        flat = torch.cat([gram for words in bags for gram in words])
        lengths = torch.tensor([len(gram) for words in bags for gram in words])
        starts = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)[:-1]])
        each = functional.embedding_bag(flat, self.buckets.weight, starts, mode="mean")  # (words,)
        owner = torch.repeat_interleave(
            torch.arange(len(bags)), torch.tensor([len(words) for words in bags])
        )
        sums = torch.zeros(len(bags), HIDDEN).index_add_(0, owner, each)
        means = sums / torch.bincount(owner, minlength=len(bags))[:, None]
        return functional.normalize(self.head(functional.relu(means)), dim=1)


def train_words(data: Texts, seed: int = 0, steps: int = STEPS) -> Words:
    """Train, and return the network as numpy has it."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    bags = [[torch.from_numpy(grams(word)) for word in words_of(text)] for text in data.texts]
    usable = np.array([number for number, words in enumerate(bags) if words])
    weights = np.where(data.family[usable] >= 0, 1.0, UNTOLD)
    network = WordNetwork(data.middles.shape[1])
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    middles = torch.from_numpy(data.middles)
    for _ in range(steps):
        chosen = random.choice(usable, BATCH, p=weights / weights.sum())
        kept = [[_thinned(gram, random) for gram in bags[number]] for number in chosen]
        vectors = network(kept)  # (B, size)
        family = torch.from_numpy(data.family[chosen])
        told = family >= 0
        target = torch.from_numpy(data.target[chosen])
        near = torch.where(told, (vectors * middles[family.clamp(min=0)]).sum(1),
                           (vectors * target).sum(1))  # fmt: skip
        loss = (1 - near).mean()
        if told.any():
            scores = vectors[told] @ middles.T / TEMPERATURE
            loss = loss + functional.cross_entropy(scores, family[told])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        rates.step()
    return Words(
        network.buckets.weight.detach().numpy(),
        network.head.weight.detach().numpy(),
        network.head.bias.detach().numpy(),
    )


def _thinned(gram: Tensor, random: np.random.Generator) -> Tensor:
    """An n-gram bag without some of its grams, so that no single one decides."""
    kept = random.random(len(gram)) >= DROPPED
    return gram[torch.from_numpy(kept)] if kept.any() else gram
