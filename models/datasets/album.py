"""Long recordings as a training set for texture models: one level, chunks, some held out.

A folder of sound files, each folder below it a class (an artist, an album), or an imported album.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets import discover, store
from starling.models.datasets.albums import level, pieces, reading
from starling.models.datasets.albums.pieces import HELD_OUT, OVERLAP, SECONDS, Cut, Part
from starling.models.datasets.albums.reading import Source, Take
from starling.models.datasets.import_records import RATES
from starling.models.errors import InputError, ParseError

FEW_MINUTES = 2.0  # below it a model repeats what it has learned from


@dataclass(frozen=True, slots=True)
class Album:
    """Everything that training of a texture model needs.

    Recordings are mono, free of DC and within [-1, 1] after one gain for all; those of a class that
    are shorter than a chunk are joined. No frame of a validation chunk is in a training chunk.
    """

    name: str
    sample_rate: int
    labels: tuple[str, ...]  # the classes
    recordings: tuple[NDArray[np.float32], ...]  # (frames,) each
    conditions: NDArray[np.int64]  # (recordings,): index into labels
    chunk: int  # frames
    training: NDArray[np.int64]  # (n, 2): recording and first frame of each chunk
    validation: NDArray[np.int64]  # (m, 2): as training, without overlap
    gain: float
    manifest: str  # sha256 of files and settings
    origin: tuple[dict[str, Any], ...]  # licence and attribution, where known
    skipped: tuple[str, ...]  # a sentence for what is left out
    warnings: tuple[str, ...] = ()  # a sentence for what may disappoint

    @property
    def minutes(self) -> float:
        """How long all recordings last."""
        return sum(len(each) for each in self.recordings) / self.sample_rate / 60


def load(
    folder: Path,
    sample_rate: int,
    *,
    seconds: float = SECONDS,
    overlap: float = OVERLAP,
    held_out: float = HELD_OUT,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Album:
    """Load a folder of recordings at `sample_rate` hertz, or an imported album at its own (or 0).

    One-shots that were imported are joined, at any rate, or at theirs (0).

    A file that cannot be used is named in `skipped`. Raises MissingError (no folder), InputError
    (a rate or a length out of range, nothing usable, too little of it) and ParseError (its
    dataset.json is damaged).
    """
    cut = Cut(seconds, overlap, held_out)
    about = store.read(folder) if store.is_sound_set(folder) else {}
    if store.is_album(about):
        return _load_imported(folder, about, _imported_rate(about, sample_rate), cut, progress)
    sample_rate = sample_rate or int(about.get("rate", 0))
    if not RATES[0] <= sample_rate <= RATES[1]:
        raise InputError(f"rate must be {RATES[0]}..{RATES[1]}, got {sample_rate}")
    found = discover.walk(folder)
    sources = [Source(each.label, each.shown, each.path) for each in found.files]
    refused = [f"{each.file}: {each.reason}" for each in found.refused]
    origin = store.origin(folder) or reading.origin(sources)
    name = discover.name_for(folder)
    return from_files(name, sources, sample_rate, cut, origin, progress, refused)


def imported(folder: Path, about: dict[str, Any]) -> list[Source]:
    """The recordings of an imported album, each with the factor to its level as recorded.

    Raises ParseError.
    """
    try:
        return [
            Source(
                str(each["class"]), str(each["file"]), folder / each["file"], float(each["level"])
            )
            for each in about["sounds"]
        ]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        path = folder / store.ABOUT
        raise ParseError(f"{path} is damaged: a recording lacks class, file or level") from error


def _load_imported(
    folder: Path,
    about: dict[str, Any],
    sample_rate: int,
    cut: Cut,
    progress: Callable[[float], None],
) -> Album:
    """An imported album, with what its import had to say of the source files."""
    sources, name = imported(folder, about), str(about["name"])
    album = from_files(name, sources, sample_rate, cut, store.origin(folder), progress)
    said = [str(each) for each in about.get("warnings", [])]
    return replace(album, warnings=tuple(dict.fromkeys([*said, *album.warnings])))


def _imported_rate(about: dict[str, Any], sample_rate: int) -> int:
    """The rate of an imported album. Raises InputError where another is requested."""
    rate = int(about["rate"])
    if sample_rate not in (0, rate):
        raise InputError(
            f"rate: album {about['name']} has {rate} Hz, got {sample_rate}; leave the rate out, or "
            f"import the recordings again with --rate {sample_rate}",
            code="bad_rate",
        )
    return rate


def from_files(
    name: str,
    sources: Sequence[Source],
    sample_rate: int,
    how: Cut,
    origin: tuple[dict[str, Any], ...] = (),
    progress: Callable[[float], None] = lambda fraction: None,
    refused: Sequence[str] = (),
) -> Album:
    """Read the files, level them, cut them. Raises InputError (nothing usable, or too little)."""
    read = reading.read(sources, sample_rate, progress)
    skipped = (*refused, *read.skipped)
    if not read.takes:
        raise InputError(_nothing(name, skipped), code="no_sounds")
    gain, parts, level_warnings = _levelled(read.takes, sample_rate)
    made = pieces.cut(parts, sample_rate, how)
    labels = tuple(sorted({each.part.label for each in made.pieces}))
    return Album(
        name=name,
        sample_rate=sample_rate,
        labels=labels,
        recordings=tuple(each.part.signal for each in made.pieces),
        conditions=np.array([labels.index(each.part.label) for each in made.pieces], np.int64),
        chunk=made.chunk,
        training=pieces.table([each.training for each in made.pieces]),
        validation=pieces.table([each.validation for each in made.pieces]),
        gain=gain,
        manifest=_manifest(read.takes, sample_rate, how),
        origin=origin,
        skipped=(*skipped, *made.skipped),
        warnings=(*read.warnings, *level_warnings, *made.warnings, *_short(parts, sample_rate)),
    )


def _levelled(takes: Sequence[Take], sample_rate: int) -> tuple[float, list[Part], list[str]]:
    """The gain, the recordings after it, and what to say of them."""
    gain = level.gain_of([take.signal for take in takes], sample_rate)
    limited = sum(level.apply(take.signal, gain) for take in takes)
    peaks = [(take.source.shown, level.peak(take.signal)) for take in takes]
    parts = [Part(take.source.shown, take.source.label, take.signal) for take in takes]
    return gain, parts, level.warnings(gain, peaks, limited)


def _short(parts: Sequence[Part], sample_rate: int) -> list[str]:
    """A warning where all together is little to learn from."""
    minutes = sum(len(part.signal) for part in parts) / sample_rate / 60
    few = f"{minutes:.1f} minutes of sound are few: below {FEW_MINUTES:g} a model repeats them"
    return [few] if minutes < FEW_MINUTES else []


def _nothing(name: str, skipped: Sequence[str]) -> str:
    more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
    reasons = "; ".join(skipped[:3])
    return f"none of the {len(skipped)} recordings of {name} can be used: {reasons}{more}"


def _manifest(takes: Sequence[Take], sample_rate: int, how: Cut) -> str:
    """Hash of what is trained on: class, name and content of every file, and the settings."""
    whole = hashlib.sha256()
    settings = [sample_rate, how.seconds, how.overlap, how.held_out, pieces.SILENCE_DB]
    whole.update(f"{json.dumps(settings)}\n".encode())
    for take in takes:
        whole.update(f"{take.source.label}/{take.source.shown} {take.sha256}\n".encode())
    return whole.hexdigest()
