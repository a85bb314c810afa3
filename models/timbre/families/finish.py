"""After the network of families: what words mean among its vectors, its scales, its artifact."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from starling.models.timbre.families import calibration, publish, train_words
from starling.models.timbre.families.batches import Material, is_held_out
from starling.models.timbre.families.named_sounds import NamedSound, NamedSounds
from starling.models.timbre.families.network import Families
from starling.models.timbre.families.table import FAMILIES
from starling.models.timbre.families.train import Settings, embedded
from starling.models.timbre.families.words import Words
from starling.models.timbre.network import Timbre
from starling.models.timbre.train import embedded as timbre_embedded
from starling.models.training.result import Result

CHUNK = 2048  # notes embedded at a time
RECORDING = 0.9  # how much the family counts for a sound from elsewhere; see embedding.md's w
Array = NDArray[np.float32]


def finished(
    folder: Path,
    name: str,
    material: Material,
    sets: Sequence[NamedSounds],
    result: Result[Families],
    settings: Settings,
    command: str,
    timbre: Timbre,
    digest: str,
) -> Path:
    """Train words, find the scales on what was held out, and publish; the card's path."""
    network = result.model
    words = learned_words(network, sets, settings.seed)
    chosen = material.held_out if len(material.held_out) else material.training
    mels = material.log_mel[chosen].astype(np.float32)
    family = embedded(network, torch.from_numpy(mels)).numpy()
    instance = timbre_embedded(timbre, mels).numpy()
    numbers = material.rows[chosen]
    said = [
        (vector, number)
        for number, row in enumerate(FAMILIES)
        for word in row.words
        if (vector := words(word.removesuffix("$"))) is not None
    ]
    texts = np.stack([v for v, _ in said]), np.array([n for _, n in said], np.int64)
    scales = calibration.scales(instance, family, numbers, material.domains, RECORDING, texts)
    return publish.publish(
        folder, name, material, sets, result, settings, command, digest, words, scales, RECORDING
    )


def learned_words(network: Families, sets: Sequence[NamedSounds], seed: int) -> Words:
    """What words mean, by the sets' names without those of banks held out."""
    kept = [_without_held_out(each) for each in sets]
    vectors = [_sounds(network, each) for each in kept]
    return train_words.train_words(train_words.texts_of(kept, vectors), seed)


def _without_held_out(each: NamedSounds) -> NamedSounds:
    """A set without the presets of banks that are kept for validation."""
    if each.source != "presets":
        return each
    rows = [row for row, sound in enumerate(each.sounds) if not is_held_out(sound.bank)]
    sounds: list[NamedSound] = [each.sounds[row] for row in rows]
    return NamedSounds(
        each.domain, each.source, each.licence, each.notes, tuple(sounds), each.log_mel[rows],
        each.hash,
    )  # fmt: skip


def _sounds(network: Families, each: NamedSounds) -> Array:
    """The vector (sounds, size) of each sound: the mean over its notes, at length 1."""
    count, notes = each.log_mel.shape[:2]
    flat = each.log_mel.reshape(count * notes, *each.log_mel.shape[2:])
    parts = [flat[at : at + CHUNK] for at in range(0, len(flat), CHUNK)]
    vectors = np.concatenate(
        [embedded(network, torch.from_numpy(part.astype(np.float32))).numpy() for part in parts]
    )
    audible = np.asarray(each.log_mel.any(axis=(2, 3)), np.float32)  # (sounds, notes)
    sums = (vectors.reshape(count, notes, -1) * audible[:, :, None]).sum(axis=1)
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(length, 1e-9), np.float32)
