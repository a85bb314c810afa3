"""What a composer is trained on: scores of npz files, some of the songs held out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from starling.models.composer import songs
from starling.models.composer.songs import Songs
from starling.models.errors import InputError, MissingError, ParseError

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
            "minutes": round(frames / songs.RATE / 60, 1),
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
    if not path.is_file():
        raise MissingError(f"there is no file {path}", code="no_file")
    try:
        with np.load(path, allow_pickle=False) as file:
            expressive = file["frames"].ndim == 3
            frames, offsets = file["frames"], file["offsets"]
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ParseError(f"{path.name} is no npz file with frames and offsets") from error
    if not expressive:
        return _sounding(songs.load(path))
    if frames.dtype != np.uint8 or frames.shape[1:] != (4, 3):
        raise ParseError(
            f"{path.name}: frames must be uint8 (total, 4) or (total, 4, 3), got {frames.shape}"
        )
    if offsets.ndim != 1 or offsets[0] != 0 or offsets[-1] != len(frames):
        raise ParseError(f"{path.name}: offsets must run from 0 to the {len(frames)} frames")
    return _sounding(songs.of([frames[a:b, :, 0] for a, b in pairwise(offsets)]))


def _sounding(every: Songs) -> Songs:
    """The songs that have frames."""
    lengths = np.diff(every.offsets)
    return every if lengths.all() else every.part(np.flatnonzero(lengths))
