"""A folder of sounds as the windows that the published models train on: one set, no classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.baselines.magnitude_stft import SpectrogramSettings, crop
from starling.models.datasets import provenance, training_set
from starling.models.datasets.training_set import manifest_hash
from starling.models.dsp import signal
from starling.models.dsp.files import sound_file
from starling.models.errors import InputError, ParseError

MAX_FILES = 20_000  # 0.8 GB of windows
NOTHING = np.zeros(0, np.float32)
UNSEEN = 64  # of the sounds left out that are read, to measure by
HELD_OUT = 0.15  # kept from training by the rule of `data.hold_out`, as for our own generator


@dataclass(frozen=True, slots=True)
class Windows:
    """The training sounds of a folder, cut to the front end's window; `names` are `class/stem`."""

    signals: NDArray[np.float32]  # (sounds, window)
    names: tuple[str, ...]
    held_out: int  # sounds of the folder that were left out, for evaluation
    manifest: str  # sha256 over names and bytes of the files
    skipped: tuple[str, ...]  # a sentence for each file that could not be used
    unseen: NDArray[np.float32]  # (sounds, window): of those left out, the first UNSEEN

    def describe(self) -> dict[str, Any]:
        """What was trained on, for the card: counts, hash, licence and attribution by source.

        Classes and sources count the sounds that were trained on.
        """
        return {
            "manifest": self.manifest,
            "sounds": len(self.names) + self.held_out,
            "held_out": self.held_out,
            "skipped": len(self.skipped),
            "classes": dict(sorted(Counter(name.split("/")[0] for name in self.names).items())),
            "sources": provenance.attribution(name.split("/", 1)[1] for name in self.names),
        }


def files_of(folder: Path, only: str = "") -> list[tuple[str, Path]]:
    """(class, file) as `data.files_of`; `only` keeps one class.

    Raises MissingError and InputError.
    """
    found = training_set.files_of(folder)
    classes = sorted({label for label, _ in found})
    if only and only not in classes:
        raise InputError(f"{folder} has no class {only!r}; it has {', '.join(classes)}")
    kept = [(label, path) for label, path in found if only in ("", label)]
    if len(kept) > MAX_FILES:
        raise InputError(f"{folder} holds {len(kept)} sound files, at most {MAX_FILES} are read")
    return kept


def hold_out(
    files: list[tuple[str, Path]], share: float = HELD_OUT, seed: int = 0
) -> NDArray[np.bool_]:
    """Which files stay out of training: the split of `data.load_folder` where all can be read."""
    classes = sorted({label for label, _ in files})
    named = [
        training_set.TrainingSound(
            path.stem, classes.index(label), f"{label}/{training_set.group_of(path.stem)}", NOTHING
        )
        for label, path in files
    ]
    return training_set.hold_out(named, share, seed)


def load(
    folder: Path,
    front: SpectrogramSettings,
    only: str = "",
    *,
    seed: int = 0,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Windows:
    """The training windows of a folder. A file that cannot be used is named in `skipped`.

    Raises MissingError (no folder) and InputError (nothing usable in it).
    """
    files = files_of(folder, only)
    held = hold_out(files, seed=seed)
    kept = [file for file, out in zip(files, held, strict=True) if not out]
    left = [file for file, out in zip(files, held, strict=True) if out][:UNSEEN]
    count = len(kept) + len(left)
    signals, names, skipped = _read(kept, front, lambda done: progress(done / count))
    if not signals:
        raise InputError(
            f"none of the {len(kept)} sounds in {folder} can be used; the first: {skipped[0]}",
            code="no_sounds",
        )
    unseen, _, _ = _read(left, front, lambda done: progress((len(kept) + done) / count))
    return Windows(
        np.stack(signals),
        tuple(names),
        int(held.sum()),
        manifest_hash(files),
        tuple(skipped),
        np.stack(unseen) if unseen else np.zeros((0, front.window), np.float32),
    )


def _read(
    files: list[tuple[str, Path]], front: SpectrogramSettings, progress: Callable[[int], None]
) -> tuple[list[NDArray[np.float32]], list[str], list[str]]:
    """Windows and names of files, and a sentence for each that cannot be used."""
    signals: list[NDArray[np.float32]] = []
    names: list[str] = []
    skipped: list[str] = []
    for index, (label, path) in enumerate(files):
        try:
            signals.append(window_of(path, front))
            names.append(f"{label}/{path.stem}")
        except ParseError as error:
            skipped.append(str(error))
        progress(index + 1)
    return signals, names, skipped


def window_of(path: Path, front: SpectrogramSettings) -> NDArray[np.float32]:
    """The window of a file's first channel. Raises ParseError, also where it holds nothing.

    The published loader let NaN and silence through and dropped the pictures they made.
    """
    frames, rate = sound_file.read_sound(path, max_seconds=1 + front.read / front.sample_rate)
    channel = signal.resample(np.ascontiguousarray(frames[:, 0]), rate, front.sample_rate)
    window = crop(channel, front)
    if np.abs(window).max() < signal.SILENCE:
        spoken = f"{front.dropped / front.sample_rate:g}..{front.read / front.sample_rate:g}"
        raise ParseError(f"{path.name} is silent at the seconds {spoken} that this model hears")
    return window
