"""What a composer is trained on: scores of npz files, some of the songs held out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from starling.models.composer import songs
from starling.models.composer.songs import Songs
from starling.models.errors import InputError
from starling.models.nes.scores.score import RATE

SHARE = 0.05  # of the songs that is held out where no other file is given
WHOLE = "scores.npz"  # of an imported data set


@dataclass(frozen=True, slots=True)
class Material:
    """Songs to learn from, and songs to choose by."""

    training: Songs
    validation: Songs

    @property
    def manifest(self) -> str:
        """What a resumed run must agree with."""
        return f"{self.training.manifest}.{self.validation.manifest}"

    def describe(self) -> dict[str, object]:
        """For the card; licence and attribution are the data set's to say."""
        frames = len(self.training.frames)
        return {
            "manifest": self.manifest,
            "songs": len(self.training),
            "minutes": round(frames / RATE / 60, 1),
            "held_out_songs": len(self.validation),
        }


def load(data: Path, held_out: Path | None = None, seed: int = 0) -> Material:
    """Songs of a file or folder; without `held_out` one in twenty is held out.

    A folder holds an imported data set's scores.npz, or one separated split for training and one
    for validation, as NES-MDB has them. Raises MissingError, ParseError and InputError.
    """
    if held_out is not None:
        return Material(read(_training(data)), read(held_out))
    if data.is_dir() and not (data / WHOLE).is_file():
        return Material(read(_training(data)), read(_split(data, "valid")))
    return Material(*songs.hold_out(read(_training(data)), SHARE, seed))


def _training(data: Path) -> Path:
    """The file of a folder that is learned from; a file itself."""
    if not data.is_dir():
        return data
    whole = data / WHOLE
    return whole if whole.is_file() else _split(data, "train")


def _split(folder: Path, name: str) -> Path:
    """The one separated split of a folder with this name."""
    found = sorted(folder.glob(f"*{name}.npz"))
    separated = [path for path in found if "exprsco" not in path.name]
    if len(separated) != 1:
        raise InputError(
            f"{folder} must hold {WHOLE}, or one *{name}.npz of separated scores; "
            f"it holds {len(separated)}",
            code="bad_data",
        )
    return separated[0]


def read(path: Path) -> Songs:
    """The songs of an npz file of separated or expressive scores, without those of no frames.

    Raises MissingError (no such file) and ParseError (not such a file, notes out of range).
    """
    every = songs.load(path)
    lengths = np.diff(every.offsets)
    return every if lengths.all() else every.part(np.flatnonzero(lengths))
