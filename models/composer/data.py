"""What a composer is trained on: scores of npz files, some of the songs held out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.composer import form, songs, statistics
from starling.models.composer.songs import Songs
from starling.models.datasets import store
from starling.models.errors import InputError, ParseError
from starling.models.nes.scores.score import RATE

SHARE = 0.05  # of the songs that is held out where no other file is given
FEWEST = 20  # files of a data set of which some are kept for a test
HEARD = 64  # songs whose repetition is measured
WHOLE = "scores.npz"  # of an imported data set


@dataclass(frozen=True, slots=True)
class Material:
    """Songs to learn from, and songs to choose by."""

    training: Songs
    validation: Songs
    sources: tuple[dict[str, Any], ...] = ()  # licence and attribution, as the data set states them

    @property
    def manifest(self) -> str:
        """What a resumed run must agree with."""
        return f"{self.training.manifest}.{self.validation.manifest}"

    def repetition(self) -> float | None:
        """How much the songs repeat in 30 s, by `form.repetition`; None where all are shorter."""
        lengths = np.diff(self.training.offsets)
        if not len(lengths) or lengths.max() < statistics.PROMPT + statistics.LENGTH:
            return None
        pieces = statistics.beginnings(self.training, HEARD)
        return float(np.mean([form.repetition(each[statistics.PROMPT :]) for each in pieces]))

    def activity(self) -> list[float] | None:
        """How much each voice sounds after the first 10 s; None where all songs are shorter."""
        lengths = np.diff(self.training.offsets)
        if not len(lengths) or lengths.max() < statistics.PROMPT + statistics.LENGTH:
            return None
        pieces = statistics.beginnings(self.training, HEARD)
        shares = form.activity([each[statistics.PROMPT :] for each in pieces])
        return [round(share, 3) for share in shares]

    def describe(self) -> dict[str, object]:
        """For the card."""
        frames, share = len(self.training.frames), self.repetition()
        return {
            "manifest": self.manifest,
            "songs": len(self.training),
            "minutes": round(frames / RATE / 60, 1),
            "held_out_songs": len(self.validation),
            **({} if share is None else {"repetition": round(share, 3)}),
            **({} if share is None else {"activity": self.activity()}),
            **({"sources": list(self.sources)} if self.sources else {}),
        }


def load(data: Path, held_out: Path | None = None, seed: int = 0) -> Material:
    """Songs of a file or folder; without `held_out` one in twenty is held out.

    A folder holds an imported data set's scores.npz, of which `test` is left out, or one separated
    split for training and one for validation, as NES-MDB has them. `held_out` is such a file or
    folder too: of an imported data set all but `test`, of a folder of splits the one for
    validation. Raises MissingError, ParseError and InputError.
    """
    if is_imported(data):
        known, groups = _untested(data)
        training, validation = (
            (known, _held_out(held_out))
            if held_out is not None
            else songs.hold_out(known, SHARE, seed, groups)
        )
        return Material(training, validation, tuple(store.read(data)["licence"]))
    if held_out is not None:
        return Material(read(_training(data)), _held_out(held_out))
    if data.is_dir() and not (data / WHOLE).is_file():
        return Material(read(_training(data)), read(_split(data, "valid")))
    return Material(*songs.hold_out(read(_training(data)), SHARE, seed))


def is_imported(data: Path) -> bool:
    """Whether a folder is a data set that `starling dataset import --as nes` made."""
    return (data / WHOLE).is_file() and (data / store.ABOUT).is_file()


def test(data: Path) -> Songs:
    """Songs that nothing is trained on or chosen by: a file's, or the test split of a folder.

    Of an imported data set that is one in twenty of its files, always the same ones; of a folder of
    splits the separated one with this name. Raises MissingError, ParseError and InputError.
    """
    if not is_imported(data):
        return read(_split(data, "test") if data.is_dir() else data)
    known, _, tested = _imported(data)
    if not tested.any():
        raise InputError(
            f"{data.name} is of fewer than {FEWEST} files: none is kept for a test",
            code="too_few",
        )
    return known.part(np.flatnonzero(tested))


def _untested(folder: Path) -> tuple[Songs, list[str]]:
    """The songs of an imported data set that are not for a test, and the file that each is from."""
    known, groups, tested = _imported(folder)
    rest = np.flatnonzero(~tested)
    return known.part(rest), [groups[row] for row in rest]


def _held_out(place: Path) -> Songs:
    """The songs to choose by that a file or folder of its own holds."""
    if is_imported(place):
        return _untested(place)[0]
    if not place.is_dir():
        return read(place)
    whole = place / WHOLE
    return read(whole if whole.is_file() else _split(place, "valid"))


def _imported(folder: Path) -> tuple[Songs, list[str], NDArray[np.bool_]]:
    """The songs of an imported data set, the file that each is from, and which are for a test."""
    known = songs.load(folder / WHOLE)
    entries = {each["index"]: str(each["group"]) for each in store.read(folder)["sounds"]}
    if sorted(entries) != list(range(len(known))):
        raise ParseError(f"{folder.name}: {store.ABOUT} does not name the songs of {WHOLE}")
    groups = [entries[row] for row in range(len(known))]
    if len(set(groups)) < FEWEST:
        return known, groups, np.zeros(len(known), bool)
    return known, groups, songs.held_out(groups, SHARE, "test")


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
