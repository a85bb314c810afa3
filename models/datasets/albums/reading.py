"""The recordings of an album as they are on disk, with a sentence for each that disappoints."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from starling.models.datasets import provenance
from starling.models.datasets.albums import level
from starling.models.datasets.prepare import PRESENT, SILENT_DB, decibels
from starling.models.dsp import recording
from starling.models.dsp import signal as audio
from starling.models.dsp.files import sound_file
from starling.models.dsp.files.sound_file import FileFacts
from starling.models.dsp.signal import Array
from starling.models.errors import InputError, MissingError, ParseError
from starling.models.figures import unlike

MAX_FRAMES = 2**30  # of all recordings: 4 GB, 18 hours at 16 kHz
CLIPPED = 1e-4  # share of samples at full scale from which on it is audible
SHOWN = 3  # files that a sentence names


@dataclass(frozen=True, slots=True)
class Source:
    """A file of an album: its class, its path as text, where.

    One that an import wrote has the factor to its recorded level, and no DC.
    """

    label: str
    shown: str
    path: Path
    level: float | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """A recording in memory (frames,), level as recorded; the hash is of its file."""

    source: Source
    signal: Array
    sha256: str


@dataclass(frozen=True, slots=True)
class Read:
    """What could be read, a sentence for each file that could not, and warnings about the rest."""

    takes: tuple[Take, ...]
    skipped: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """What a warning is about: a file's facts and the share of its samples that are clipped."""

    shown: str
    facts: FileFacts
    clipped: float


def read(
    sources: Sequence[Source],
    sample_rate: int,
    progress: Callable[[float], None] = lambda fraction: None,
) -> Read:
    """Read every file that can be used; copies of a file are left out.

    Raises InputError (code `too_long`) where all together take more than 4 GB.
    """
    seconds = _seconds(sources, sample_rate)
    whole, done = sum(seconds), 0.0
    takes: dict[str, Take] = {}
    examined: list[Examined] = []
    skipped: list[str] = []
    for source, lasts in zip(sources, seconds, strict=True):
        try:
            sha256 = _hash(source.path)
            if sha256 in takes:
                raise ParseError(f"{source.shown} is a copy of {takes[sha256].source.shown}")
            found = _one(source, sample_rate, _part(progress, done / whole, lasts / whole))
        except (ParseError, MissingError) as error:
            skipped.append(str(error))
        else:
            takes[sha256] = Take(source, found.signal, sha256)
            examined.append(Examined(source.shown, found.facts, found.clipped))
        done += lasts
        progress(done / whole)
    return Read(tuple(takes.values()), tuple(skipped), tuple(warnings(examined, sample_rate)))


def _part(
    progress: Callable[[float], None], before: float, share: float
) -> Callable[[float], None]:
    """Progress of a part of the work, as that of all of it."""
    return lambda fraction: progress(before + share * fraction)


def _one(
    source: Source, sample_rate: int, progress: Callable[[float], None]
) -> recording.Recording:
    if source.level is None:
        return usable(source.path, sample_rate, progress)
    found = recording.read(source.path, sample_rate, progress, block_dc=False)
    found.signal[:] *= np.float32(source.level)  # in place: it may be hours
    return found


def usable(
    path: Path, sample_rate: int, progress: Callable[[float], None] = lambda fraction: None
) -> recording.Recording:
    """Read a recording. Raises MissingError and ParseError, also where it is silent throughout."""
    found = recording.read(path, sample_rate, progress)
    peak_db = decibels(level.peak(found.signal))
    if peak_db < SILENT_DB:
        name, peak = audio.shown_name(path), unlike(peak_db, SILENT_DB)
        raise ParseError(f"{name} is silent: its peak is {peak} dB, below {SILENT_DB:.0f}")
    return found


def _seconds(sources: Sequence[Source], sample_rate: int) -> list[float]:
    """How long each file lasts by its header, for progress, and for a limit on memory."""
    found = []
    for source in sources:
        try:
            lasts = sound_file.probe(source.path).seconds
        except (ParseError, MissingError):
            lasts = 0.0
        found.append(lasts)
    most = MAX_FRAMES / sample_rate / 3600
    if sum(found) / 3600 > most:
        raise InputError(
            f"the recordings last {unlike(sum(found) / 3600, most, 1)} hours; at {sample_rate} Hz "
            f"up to {most:.1f} fit into memory: give fewer, or a lower rate",
            code="too_long",
        )
    return [max(lasts, 1e-3) for lasts in found]


def _hash(path: Path) -> str:
    """Hash of a file's content. Raises MissingError and ParseError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        shown = audio.shown_path(path)
        raise MissingError(f"no sound file at {shown}", code="no_file") from error
    except OSError as error:
        name = audio.shown_name(path)
        raise ParseError(f"{name} cannot be read: {error.strerror}") from error


def warnings(examined: Sequence[Examined], sample_rate: int) -> list[str]:
    """A sentence for what low rates, clipping and missing ends do to a model."""
    found = []
    for rate in sorted({each.facts.sample_rate for each in examined}):
        low = [each.shown for each in examined if each.facts.sample_rate == rate < sample_rate]
        if low:
            found.append(
                f"{named(low)} of {rate} Hz: nothing above {rate // 2} Hz is in it, so the model "
                f"will sound as dull at {sample_rate} Hz and be slower than one of {rate}"
            )
    for each in examined:
        if each.clipped >= CLIPPED:
            found.append(f"{each.shown} is clipped: {each.clipped:.2%} of its samples")
        if each.facts.present < PRESENT:
            found.append(
                f"{each.shown} is cut short: {each.facts.present:.0%} of what its header says is "
                "there and used"
            )
    return found


def named(files: Sequence[str]) -> str:
    """The first few of some files, and how many more.

    >>> named(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
    return ", ".join(files[:SHOWN]) + more


def origin(sources: Sequence[Source]) -> tuple[dict[str, Any], ...]:
    """Licence and attribution of files that are known by their names."""
    return tuple(dict(each) for each in provenance.attribution(each.path.stem for each in sources))
