"""Batches for the timbre network: the same presets at two of their notes, slightly changed.

Positives are renders of one preset at different keys, velocities and lengths, never parts of one
render: a crop loses the attack, and a note's own copy teaches nothing of what another key does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.mel import FLOOR, SILENT_RMS
from starling.models.dsp.mel import LEVEL as LEVELLED
from starling.models.errors import InputError
from starling.models.timbre.families import named_sounds

Array = NDArray[np.float32]
Whole = NDArray[np.int64]

ANCHOR = 0.5  # share of pairs in which one side is the library's own note
LEVEL = 0.3  # deviation of the augmentations in log10 of power: 3 dB,
BAND = 0.15  # and 1.5 dB of each band, constant in time: a microphone, an equaliser
SHIFT = 2  # columns of 20 ms at most, either way: an onset is found within a frame
NOISE_SHARE = 0.3  # of sounds get a noise floor,
NOISE = (-4.0, 0.0)  # log10 of its power per band: 80 to 40 dB under a note's loudest band
HELD_OUT = 16  # one preset in so many, with all that was made of it, is kept for validation
FAMILY = 8  # an anchor and its nearest neighbours in a batch of hard negatives
SAME_COSINE = 0.9995  # of centred log-mels: two presets that sound the same are no negatives


MANY = ("percussion", "effects")  # families whose folders of recordings are no one instrument's
MEMORY = 4 * 2**30  # bytes of a set that are read at once; of a larger one each sound when needed
LICENCES = {  # of what the renders are made of
    "amsynth": "the synth and the banks of Debian's package amsynth, GPL-2.0-or-later",
    "starling": "Starling's own synth and presets, GPL-3.0-or-later",
    "dexed": "the synth: GPL-3.0; values drawn at random have no author",
}


@dataclass(frozen=True, slots=True)
class Renders:
    """One rendered set. The first note is the one that libraries are indexed by."""

    name: str
    hash: str  # of its content, so that a run is resumed with the same
    log_mel: Any  # (n, notes, bands, steps) float16: an array, or read as it is indexed
    level: Array  # (n, notes): RMS before levelling
    source: NDArray[np.int32]  # (n,): the real preset that each one derives from, or -1


@dataclass(frozen=True, slots=True)
class Pairs:
    """A batch: the same presets at two notes, and which of them sound alike."""

    one: Array  # (B, bands, steps)
    two: Array
    others: Array  # (B, 2, bands, steps): any two other notes, to be played beside one of them
    same: NDArray[np.bool_]  # (B, B)


class Material:
    """All presets of several sets, split into those trained on and those held out."""

    def __init__(self, sets: Sequence[Renders]) -> None:
        self._sets = list(sets)
        self.manifest = hashlib.sha256(" ".join(each.hash for each in sets).encode()).hexdigest()
        self._audible = [np.asarray(each.level > SILENT_RMS) for each in sets]
        rows = [
            (number, row)
            for number, audible in enumerate(self._audible)
            for row in np.flatnonzero(audible[:, 0] & (audible.sum(axis=1) >= 2))
        ]
        index = np.array(rows, np.int64).reshape(-1, 2)
        held = np.array([self._is_held_out(*row) for row in index.tolist()], bool)
        self.training, self.held_out = index[~held], index[held]  # (n, 2): set, row
        if len(self.training) < 2:
            raise InputError(
                f"{len(self.training)} presets to train on are not enough: render more",
                code="bad_data",
            )

    def _is_held_out(self, number: int, row: int) -> bool:
        """By the real preset: what derives from it must not be trained on either."""
        source = int(self._sets[number].source[row])
        return (source if source >= 0 else row) % HELD_OUT == HELD_OUT - 1

    def mels(self, index: Whole, notes: Whole) -> Array:
        """The log-mels (B, bands, steps) of presets (B, 2) at the notes with these numbers."""
        pairs = zip(index.tolist(), notes.tolist(), strict=True)
        return np.stack(
            [self._sets[number].log_mel[row, note] for (number, row), note in pairs]
        ).astype(np.float32)

    def first_notes(self, index: Whole) -> Array:
        """The log-mels by which a library would know these presets."""
        return self.mels(index, np.zeros(len(index), np.int64))

    def other_notes(self, index: Whole, random: np.random.Generator) -> Whole:
        """For each preset the number of an audible note that is not the first."""
        chosen = [
            random.choice(np.flatnonzero(self._audible[number][row])[1:])
            for number, row in index.tolist()
        ]
        return np.array(chosen, np.int64)

    def alike(self, index: Whole) -> NDArray[np.bool_]:
        """Which of these presets sound nearly the same at their first note, (B, B)."""
        return _alike(self.first_notes(index))

    def draw(self, count: int, random: np.random.Generator, near: Whole | None) -> Pairs:
        """A batch of `count` pairs; with `near` (n, K), families of neighbours are drawn."""
        count = min(count, len(self.training))
        index = self.training[_chosen(len(self.training), count, random, near)]
        two = self.other_notes(index, random)
        other = self.other_notes(index, random)
        one = np.where((random.random(len(index)) < ANCHOR) | (other == two), 0, other)
        beside = [self.mels(index, self.other_notes(index, random)) for _ in range(2)]
        same = self.alike(index)
        return Pairs(self.mels(index, one), self.mels(index, two), np.stack(beside, axis=1), same)


def _chosen(presets: int, count: int, random: np.random.Generator, near: Whole | None) -> Whole:
    """Which presets make a batch, each at most once."""
    if near is None:
        return np.asarray(random.choice(presets, count, replace=False), np.int64)
    anchors = random.choice(presets, count // FAMILY, replace=False)
    columns = random.permuted(np.tile(np.arange(near.shape[1]), (len(anchors), 1)), axis=1)
    families = np.take_along_axis(near[anchors], columns[:, : FAMILY - 1], axis=1)
    return np.unique(np.concatenate([anchors, families.ravel()]))


def _alike(mels: Array) -> NDArray[np.bool_]:
    """Which sounds (B, bands, steps) are nearly the same, (B, B)."""
    flat = mels.reshape(len(mels), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True) + 1e-9
    return np.asarray(flat @ flat.T > SAME_COSINE)


def augmented(mels: Array, random: np.random.Generator) -> Array:
    """Changed as a recording changes a sound: level, colour, onset, noise floor. (B, bands, T)."""
    count, bands, _ = mels.shape
    changed = mels + random.normal(0, LEVEL, (count, 1, 1)).astype(np.float32)
    changed += random.normal(0, BAND, (count, bands, 1)).astype(np.float32)
    noisy = random.random(count) < NOISE_SHARE
    low, high = NOISE
    floor = np.where(noisy, random.uniform(low, high, count), np.log10(FLOOR)).astype(np.float32)
    changed = np.maximum(changed, floor[:, None, None])
    shifts = np.asarray(random.integers(-SHIFT, SHIFT + 1, size=count))
    for row in range(count):
        changed[row] = _shifted(changed[row], int(shifts[row]))
    return changed


def _shifted(mel: Array, columns: int) -> Array:
    """Later or earlier by some columns; the edge is repeated."""
    if columns > 0:
        return np.concatenate([np.repeat(mel[:, :1], columns, axis=1), mel[:, :-columns]], axis=1)
    if columns < 0:
        return np.concatenate([mel[:, -columns:], np.repeat(mel[:, -1:], -columns, axis=1)], axis=1)
    return mel


def open_sets(folders: Sequence[Path]) -> list[Renders]:
    """Rendered data sets and named sounds (`starling dataset render` and `named`) as this network
    learns from them.

    Raises MissingError and ParseError as `RenderedSet.open` and `named_sounds.read`, InputError
    where a set has one note.
    """
    from starling.models.datasets.rendered_presets import RenderedSet

    sets = []
    for folder in folders:
        if (folder / named_sounds.HEAD).is_file():
            sets.append(_of_names(folder))
            continue
        found = RenderedSet.open(folder)
        if len(found.notes) < 2:
            raise InputError(
                f"{folder} has {len(found.notes)} note a preset; two are needed to learn from: "
                "`starling dataset render --notes ...`",
                code="bad_data",
            )
        level = np.asarray(found.level, np.float32)
        digest = hashlib.sha256(level.tobytes() + found.parameters.tobytes()).hexdigest()
        size = 2 * int(np.prod(found.log_mel.shape))
        mels = found.log_mel[:] if size <= MEMORY else found.log_mel
        sets.append(Renders(folder.name, digest, mels, level, found.source))
    return sets


def _of_names(folder: Path) -> Renders:
    """Named sounds. Of their names it counts only that recordings of drums and of effects, a folder
    of many each, are not the notes of one instrument: those are silent here.
    """
    found = named_sounds.read(folder)
    level = np.where(found.log_mel.any(axis=(2, 3)), LEVELLED, 0).astype(np.float32)
    if found.source == "recordings":
        level[[sound.family in MANY for sound in found.sounds]] = 0
    source = np.full(len(level), -1, np.int32)
    return Renders(folder.name, found.hash, found.log_mel, level, source)


def describe_set(folder: Path) -> dict[str, Any]:
    """What a card says of a data set: synth, notes, how it was sampled, licence."""
    if (folder / named_sounds.HEAD).is_file():
        found = named_sounds.read(folder)
        notes = [list(note) for note in found.notes]
        sampling = {"count": len(found.sounds), "notes": notes, "sampling": found.source}
        return {"name": folder.name, "synth": found.domain, **sampling, "licence": found.licence}
    about = json.loads((folder / "dataset.json").read_bytes())
    kept = {name: about.get(name) for name in ("synth", "count", "notes", "sampling", "seed")}
    licence = LICENCES.get(str(about.get("synth")), "not stated")
    return {"name": folder.name, **kept, "licence": licence}
