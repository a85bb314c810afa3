"""A folder of class folders as a training set: sounds, labels, descriptors, split, hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets import general_midi, store
from starling.models.dsp import descriptors
from starling.models.dsp import signal as audio
from starling.models.dsp.files import kinds, sound_file
from starling.models.dsp.room_noise import without_background
from starling.models.dsp.signal import Array
from starling.models.errors import InputError, MissingError, ParseError

PEAK = 0.9  # level of every training sound: the model learns timbre, velocity stays with the player
TAIL_DB = -50.0  # below it the acoustic recordings are room noise
FADE_SECONDS = 0.03  # over what is left there, or where the model's longest length cuts
VARIANT = re.compile(r"(?:^|[-_ ])(?:vl|rr|vel|take)\d+(?=$|[-_ ])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TrainingSound:
    """One training sound: mono, trimmed, peak 0.9, with its class index and split group."""

    name: str
    label: int
    group: str
    signal: Array


@dataclass(frozen=True, slots=True)
class SoundSet:
    """Everything `train` and `evaluate` need; `ranks` are descriptors as 0..1 within the class."""

    classes: tuple[str, ...]
    sounds: tuple[TrainingSound, ...]
    measures: NDArray[np.float32]  # (sounds, descriptors)
    ranks: NDArray[np.float32]  # (sounds, descriptors)
    held_out: NDArray[np.bool_]  # (sounds,)
    manifest: str  # sha256 over names and bytes of the files
    skipped: tuple[str, ...]  # a sentence for each file that could not be used
    origin: tuple[dict[str, Any], ...] = ()  # licence and attribution, where the folder says them

    @property
    def labels(self) -> NDArray[np.int64]:
        """Class index of every sound."""
        return np.array([sound.label for sound in self.sounds], np.int64)


def group_of(stem: str) -> str:
    """Name of the recording without velocity layer and round robin, so that both share a split.

    >>> group_of("gogodze_ks-vl1-rr4")
    'gogodze_ks'
    """
    return VARIANT.sub("", stem)


def files_of(folder: Path) -> list[tuple[str, Path]]:
    """(class, file) for every sound file one level below `folder`, in a stable order.

    Where there is none, the files in `folder` itself are one class, by the folder's name.
    """
    if not folder.is_dir():
        raise MissingError(f"no folder at {folder}; give a folder of class folders", code="no_file")
    classes = [entry for entry in sorted(folder.iterdir()) if entry.is_dir()]
    found = [(entry.name, path) for entry in classes for path in _sounds_in(entry)]
    found = found or [(folder.resolve().name, path) for path in _sounds_in(folder)]
    if not found:
        raise InputError(f"{folder} holds no class folders with sound files", code="no_sounds")
    return found


def _sounds_in(folder: Path) -> list[Path]:
    """The files of a folder that are sounds by their names."""
    return [path for path in sorted(folder.iterdir()) if path.suffix.lower() in kinds.SUFFIXES]


def manifest_hash(files: list[tuple[str, Path]]) -> str:
    """Hash of what was trained on: class, file name and content of every file."""
    whole = hashlib.sha256()
    for label, path in files:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{label}/{path.name} {content}\n".encode())
    return whole.hexdigest()


def prepare(signal: Array, sample_rate: int, seconds: float) -> Array:
    """Start at the onset, end faded at -50 dB or at `seconds`, no DC, no hiss around, peak 0.9."""
    clean = without_background(audio.block_dc(signal, sample_rate), sample_rate)
    trimmed = audio.trim_tail(clean[audio.onset(clean) :], TAIL_DB)[: int(seconds * sample_rate)]
    fade = min(int(FADE_SECONDS * sample_rate), len(trimmed) // 4)
    return audio.normalise_peak(audio.fade_out(trimmed, fade), PEAK)


def hold_out(sounds: list[TrainingSound], share: float, seed: int) -> NDArray[np.bool_]:
    """Mark about `share` of each class, whole groups at a time, chosen by a hash of seed and name.

    A group that would overshoot is passed over; a class keeps at least one sound on either side
    when it has two groups or more.
    """
    marked = np.zeros(len(sounds), np.bool_)
    for label in {sound.label for sound in sounds}:
        rows = [row for row, sound in enumerate(sounds) if sound.label == label]
        groups = sorted(
            {sounds[row].group for row in rows},
            key=lambda group: hashlib.sha256(f"{seed}/{group}".encode()).digest(),
        )
        wanted = max(1.0, share * len(rows)) if len(groups) > 1 else 0.0
        for group in groups:
            members = [row for row in rows if sounds[row].group == group]
            if marked[rows].sum() + len(members) <= wanted:
                marked[members] = True
    return marked


def load_folder(
    folder: Path,
    sample_rate: int,
    seconds: float,
    *,
    share: float = 0.15,
    seed: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
) -> SoundSet:
    """Load a folder of class folders; a bad file is skipped and named in `skipped`.

    An imported data set says itself which sounds share a split. Raises MissingError (no folder),
    InputError (nothing usable in it, or in a class) and ParseError (its dataset.json is damaged).
    """
    files = files_of(folder)
    if store.is_sound_set(folder) and store.is_album(about := store.read(folder)):
        raise InputError(
            f"{about['name']} is an album of long recordings, for `starling train samplernn`; "
            "one-shot models learn from what is imported without --as album",
            code="album",
        )
    listed = store.groups(folder)
    classes = general_midi.order(tuple({label for label, _ in files}))
    sounds: list[TrainingSound] = []
    skipped: list[str] = []
    for index, (label, path) in enumerate(files):
        try:
            signal = sound_file.load_sound(path, sample_rate, max_seconds=4 * seconds)
        except ParseError as error:
            skipped.append(str(error))
            continue
        ready = prepare(signal, sample_rate, seconds)
        name = f"{label}/{path.stem}"
        group = listed.get(f"{label}/{path.name}", group_of(path.stem))
        sounds.append(TrainingSound(name, classes.index(label), f"{label}/{group}", ready))
        progress((index + 1) / len(files))
    if not sounds:
        raise InputError(
            f"none of the {len(files)} files in {folder} could be read", code="no_sounds"
        )
    unread = set(classes) - {classes[sound.label] for sound in sounds}
    if unread:
        raise InputError(
            f"no file in {', '.join(sorted(unread))} could be read; mend or remove the folder: "
            + "; ".join(skipped[:3]),
            code="no_sounds",
        )
    measures = np.stack([descriptors.describe(sound.signal, sample_rate) for sound in sounds])
    labels = np.array([sound.label for sound in sounds], np.int64)
    return SoundSet(
        classes=classes,
        sounds=tuple(sounds),
        measures=measures,
        ranks=descriptors.rank_within(measures, labels),
        held_out=hold_out(sounds, share, seed),
        manifest=manifest_hash(files),
        skipped=tuple(skipped),
        origin=store.origin(folder),
    )
