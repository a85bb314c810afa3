"""Which sounds of a data set are the same: sample by sample, or nearly; and what shares a split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets.training_set import group_of
from starling.models.dsp import fingerprint
from starling.models.dsp.signal import Array

NEAR = 0.95  # similarity; copies by MP3, OGG and 8 bits have more, other hits of a drum seldom
ALIKE = 0.985  # cosine of prints; copies have more, but for a few with noise at -40 dB
CANDIDATES = 8  # earlier sounds whose waveforms are compared
BLOCK = 512  # rows of a matrix product; with 20,000 sounds 40 MB
KEPT = 256  # spectra in memory, 256 kB each


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a sound: its class, name without suffix, hash of samples, and print."""

    label: str
    stem: str
    sha256: str
    print: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Pair:
    """Row `later` is the sound of row `first`; similarity 1.0 is equality of every sample."""

    later: int
    first: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Pairs of equal and of nearly equal sounds, and for each row the group that shares a split."""

    exact: tuple[Pair, ...]
    near: tuple[Pair, ...]
    groups: tuple[str, ...]


def find(
    sounds: Sequence[Known],
    load: Callable[[int], Array],
    sample_rate: int,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Duplicates:
    """Find equal sounds by their hashes, nearly equal ones by prints and then by waveforms.

    `load` gives the waveform of a row. Each sound is compared with the eight earlier ones whose
    prints come nearest, so memory is bounded and copies of one sound form pairs with the first.
    """
    exact = _equal(sounds)
    copies = {pair.later for pair in exact}
    rows = [row for row in range(len(sounds)) if row not in copies]
    near = _nearly(sounds, rows, load, sample_rate, progress)
    return Duplicates(tuple(exact), tuple(near), _groups(sounds, [*exact, *near]))


def _equal(sounds: Sequence[Known]) -> list[Pair]:
    """A pair for every sound whose samples came before, in its own class if they did there."""
    first: dict[str, int] = {}
    within: dict[tuple[str, str], int] = {}
    pairs = []
    for row, sound in enumerate(sounds):
        earlier = within.get((sound.label, sound.sha256), first.get(sound.sha256))
        if earlier is not None:
            pairs.append(Pair(row, earlier, 1.0))
        first.setdefault(sound.sha256, row)
        within.setdefault((sound.label, sound.sha256), row)
    return pairs


def _nearly(
    sounds: Sequence[Known],
    rows: list[int],
    load: Callable[[int], Array],
    sample_rate: int,
    progress: Callable[[float], None],
) -> list[Pair]:
    """Pairs of different samples and one recording."""
    if len(rows) < 2:
        return []
    spectrum = lru_cache(KEPT)(lambda row: fingerprint.spectrum(load(row), sample_rate))
    prints = np.stack([sounds[row].print for row in rows]).astype(np.float32)
    prints /= np.maximum(np.linalg.norm(prints, axis=1, keepdims=True), 1e-9)
    pairs = []
    for begin in range(0, len(rows), BLOCK):
        cosines = prints[begin : begin + BLOCK] @ prints[: begin + BLOCK].T
        for offset, line in enumerate(cosines):
            at = begin + offset
            for other in _best(line[:at]):
                value = fingerprint.similarity(spectrum(rows[at]), spectrum(rows[other]))
                if value >= NEAR:
                    pairs.append(Pair(rows[at], rows[other], round(value, 4)))
        progress(min(1.0, (begin + BLOCK) / len(rows)))
    return pairs


def _best(cosines: NDArray[np.float32]) -> list[int]:
    """The few columns that are alike, best first."""
    alike = np.nonzero(cosines >= ALIKE)[0]
    return [int(row) for row in alike[np.argsort(-cosines[alike], kind="stable")][:CANDIDATES]]


def _groups(sounds: Sequence[Known], pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Takes of one recording by their names, and everything that pairs connect within a class."""
    parent = list(range(len(sounds)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    named: dict[tuple[str, str], int] = {}
    for row, sound in enumerate(sounds):
        parent[row] = named.setdefault((sound.label, group_of(sound.stem)), row)
    for pair in pairs:
        if sounds[pair.later].label == sounds[pair.first].label:
            one, other = root(pair.first), root(pair.later)
            parent[max(one, other)] = min(one, other)
    return tuple(group_of(sounds[root(row)].stem) for row in range(len(sounds)))
