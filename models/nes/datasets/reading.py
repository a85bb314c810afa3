"""One file of any kind as scores to learn from, or the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from starling.models.dsp.signal import shown_name
from starling.models.errors import InputError, MissingError
from starling.models.nes.chip.transcribe import transcribe
from starling.models.nes.scores import arrange, grooves, nesmdb
from starling.models.nes.scores.pieces import pieces, unusable
from starling.models.nes.scores.score import RATE, Score
from starling.models.nes.scores.song import Song
from starling.models.nes.vgm import vgm


@dataclass(frozen=True, slots=True)
class Read:
    """The scores of a file, or the `reason` why there are none; `left_out` of it, in sentences.

    `drums` is the name of the pattern that was added.
    """

    scores: tuple[Score, ...] = ()
    reason: str = ""
    left_out: tuple[str, ...] = ()
    drums: str = ""


Patterns = Mapping[str, Song]
Reader = Callable[[Path, Patterns], Read]
DRUMMED = 0.5  # the share of songs without drums that get some, as about half of NES-MDB has none


def _midi(path: Path, patterns: Patterns) -> Read:
    used = ""

    def drummed(song: Song) -> Song:
        nonlocal used
        used = grooves.choose(song, patterns, DRUMMED)
        return grooves.with_drums(song, patterns[used]) if used else song

    found = arrange.read(path, drummed)
    return Read((found.score,), "", tuple(found.report.sentences), used)


def _npz(path: Path, _: Patterns) -> Read:
    return Read(nesmdb.read_npz(path))


def _pickle(path: Path, _: Patterns) -> Read:
    return Read((nesmdb.read_pickle(path),))


def _vgm(path: Path, _: Patterns) -> Read:
    """The song as its chip plays it once; the loop is not repeated."""
    found = vgm.read(path)
    score = transcribe(found.writes, name=found.tags.title or Path(shown_name(path)).stem)
    return Read((score,), left_out=found.left_out)


NO_PATTERNS: Patterns = MappingProxyType({})
READERS: dict[str, Reader] = {
    ".mid": _midi,
    ".midi": _midi,
    ".vgm": _vgm,
    ".vgz": _vgm,
    ".npz": _npz,
    ".pkl": _pickle,
}


def read(path: Path, patterns: Patterns = NO_PATTERNS) -> Read:
    """The pieces of a file that a model can learn from. What cannot be read has a reason.

    Half of the MIDI files without drums get those of a pattern that fits, if there are any.
    """
    try:
        whole = READERS[path.suffix.lower()](path, patterns)
        found = [piece for score in whole.scores for piece in pieces(_require_rate(score))]
    except (InputError, MissingError) as error:
        return Read(reason=str(error))
    reasons = [unusable(each) for each in found]
    kept = tuple(each for each, reason in zip(found, reasons, strict=True) if not reason)
    if kept:
        return replace(whole, scores=kept)
    return Read(reason=next(iter(reasons), "it is silent"))


def _require_rate(score: Score) -> Score:
    """The same. Raises InputError for frames of another rate than NES-MDB's."""
    if score.rate != RATE:
        raise InputError(f"{score.name}: rate must be {RATE:g} Hz, got {score.rate:g}")
    return score
