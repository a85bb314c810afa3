"""The reference set: the recordings that models are measured by, split as in training; anchors.

Anchors are known sets beside which a figure is read: halves of the recordings, and noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets.training_set import SoundSet, load_folder
from starling.models.dsp import signal as audio
from starling.models.dsp.mel import SAMPLE_RATE
from starling.models.dsp.signal import Array
from starling.models.evaluation.features import SECONDS, Features, extract, standardise
from starling.models.evaluation.spectrogram_sheet import COLUMNS
from starling.models.timbre.numpy_forward import Forward


@dataclass(frozen=True, slots=True)
class Recordings:
    """The recordings; features, split and a random half of each class of those not silent."""

    sounds: SoundSet
    features: Features
    train: NDArray[np.bool_]
    half: NDArray[np.bool_]

    @property
    def headline(self) -> str:
        """What `frechet` and `kernel` are measured against: held_out where that is many, or all."""
        many = int((~self.train).sum()) >= 2 * self.features.vectors.shape[1]
        return "held_out" if many else "all"

    def shown(self) -> dict[int, list[Array]]:
        """Some recordings of each class, from its first to its last, for the sheet."""
        found = {}
        for label in range(len(self.sounds.classes)):
            members = np.flatnonzero(self.sounds.labels == label)
            chosen = members[np.linspace(0, len(members) - 1, COLUMNS).astype(int)]
            found[label] = [self.sounds.sounds[at].signal for at in chosen]
        return found


def open_sounds(
    folder: Path, seed: int, progress: Callable[[float], None] = lambda fraction: None
) -> SoundSet:
    """The recordings at 44.1 kHz, split as a training with this seed does.

    Raises MissingError and InputError as `data.load_folder`.
    """
    return load_folder(folder, SAMPLE_RATE, SECONDS, seed=seed, progress=progress)


def measure(
    sounds: SoundSet, forward: Forward, lowest: int, progress: Callable[[float], None]
) -> Recordings:
    """Extract features of the recordings, low-passed too for the model of the lowest rate.

    `lowest` is that rate in Hz. Raises InputError where less than two are not silent.
    """
    signals = [standardise(sound.signal, SAMPLE_RATE) for sound in sounds.sounds]
    kept = np.array([signal is not None for signal in signals])
    features = extract(
        signals, sounds.labels, forward, lowest_rate=lowest, progress=progress, name="the data"
    )
    return Recordings(sounds, features, ~sounds.held_out[kept], halves(features.labels))


def halves(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """A random half of each class: what chance alone makes of a figure."""
    marked = np.zeros(len(labels), np.bool_)
    random = np.random.default_rng(0)
    for label in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == label))
        marked[rows[: (len(rows) + int(random.integers(2))) // 2]] = True
    return marked


def noise(sounds: SoundSet) -> list[Array | None]:
    """White noise in the envelope of each recording: what a model without any spectrum makes."""
    random = np.random.default_rng(0)
    return [
        standardise(
            audio.envelope(sound.signal) * random.standard_normal(len(sound.signal), np.float32),
            SAMPLE_RATE,
        )
        for sound in sounds.sounds
    ]
