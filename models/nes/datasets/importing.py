"""Import a folder of scores as a data set: read each file, then one npz, then one rename.

NAME/dataset.json   what it holds, piece by piece, and what was refused
NAME/scores.npz     the pieces, as NES-MDB's expressive scores
NAME/report.md      for people
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from starling.models import lockfile
from starling.models.datasets import discover, store
from starling.models.datasets.discover import FoundFile, Walk, Wanted
from starling.models.datasets.import_records import ImportRequest
from starling.models.dsp.signal import shown_path
from starling.models.errors import InputError
from starling.models.nes.datasets import licences, report
from starling.models.nes.datasets.licences import Origin
from starling.models.nes.datasets.reading import READERS, Patterns, Read, read
from starling.models.nes.scores import grooves, song
from starling.models.nes.scores.nesmdb import read_npz, write_npz
from starling.models.nes.scores.score import RATE, Score
from starling.models.nes.scores.song import Song

Progress = Callable[[float, str], None]
SCORES = "scores.npz"
WANTED = Wanted("MIDI, VGM or NES-MDB files", frozenset(READERS))
MAX_FRAMES = 50_000_000  # 580 hours, which take 600 MB of memory
READ_SHARE = 0.95  # of the work, for the progress bar


@dataclass(frozen=True, slots=True)
class Piece:
    """A score of the data set, the file that it is from, and that of its drums, if added."""

    score: Score
    source: FoundFile
    left_out: tuple[str, ...]
    drums: str = ""


def run(
    request: ImportRequest,
    home: Path,
    progress: Progress = lambda fraction, text: None,
    drums: str = "",
) -> tuple[Path, dict[str, Any]]:
    """Import a folder into `home`; returns the data set's folder and its dataset.json.

    `drums` is a class of drum patterns: half of the songs without drums get one of them. Nothing
    is kept of an import that is stopped. Raises MissingError (no folder), InputError (nothing
    usable in it, too much, the name is taken, no drums) and StarlingError (full disk).
    """
    found = discover.walk(request.folder, request.class_by, WANTED)
    name = store.check_name(request.name or discover.name_for(request.folder))
    with lockfile.held(home / f".{name}.lock") as ours:
        if not ours:
            raise InputError(f"{name} is being imported by another process", code="busy")
        store.require_free(home, name)
        origins = licences.stated(request.folder)
        patterns = _patterns(found, drums)
        songs = replace(found, files=tuple(e for e in found.files if not drums or e.label != drums))
        done = _read_all(songs, patterns, progress)
        about, kept = _about(request, name, found, done, origins)
        return _write(home / f"{name}{store.PART}", home, kept, about), about


def _patterns(found: Walk, label: str) -> dict[str, Song]:
    """The drum patterns of a class, by their files. Raises InputError where there are none."""
    if not label:
        return {}
    patterns = {}
    for each in found.files:
        if each.label == label:
            with contextlib.suppress(InputError):
                patterns[each.shown] = song.read(each.path)
    fitting = {name: each for name, each in patterns.items() if grooves.is_pattern(each)}
    if not fitting:
        classes = ", ".join(sorted({each.label for each in found.files}))
        raise InputError(
            f"drums must be a class with files of drums alone, two bars or more, got {label!r}; "
            f"classes: {classes}"
        )
    return fitting


def _read_all(found: Walk, patterns: Patterns, progress: Progress) -> list[tuple[FoundFile, Read]]:
    """Every file with what came of it. Raises InputError for more than fits into memory."""
    done, frames = [], 0
    for number, each in enumerate(found.files):
        progress(READ_SHARE * number / len(found.files), each.shown)
        result = read(each.path, patterns)
        frames += sum(map(len, result.scores))
        if frames > MAX_FRAMES:
            hours = MAX_FRAMES / RATE / 3600
            raise InputError(f"the scores last over {hours:.0f} hours: give fewer files")
        done.append((each, result))
    return done


def _about(
    request: ImportRequest,
    name: str,
    found: Walk,
    done: Sequence[tuple[FoundFile, Read]],
    origins: dict[str, Origin],
) -> tuple[dict[str, Any], list[Piece]]:
    """The dataset.json, but for format and kind, and the pieces in it. Raises InputError."""
    kept, copies = _distinct(done)
    refused = [{"file": e.shown, "reason": r.reason, "class": e.label} for e, r in done if r.reason]
    if not kept:
        raise InputError(_nothing(request.folder, refused), code="no_scores")
    files = {shown for each in kept for shown in (each.source.shown, each.drums) if shown}
    whose = {shown: _whose(shown, origins, request) for shown in sorted(files)}
    sounds = [_entry(at, piece) for at, piece in enumerate(kept)]
    return {
        "name": name,
        "as": "nes",
        "rate": int(RATE),
        "source": shown_path(request.folder.resolve()),
        "class_by": request.class_by,
        "licence": licences.summary(whose.values()),
        "classes": _classes(sounds),
        "sounds": sounds,
        "refused": [*({**asdict(each), "class": ""} for each in found.refused), *refused],
        "ignored": found.ignored,
        "duplicates": copies,
        "warnings": [],
    }, kept


def _distinct(
    done: Sequence[tuple[FoundFile, Read]],
) -> tuple[list[Piece], list[dict[str, Any]]]:
    """The pieces without copies of earlier ones, and the copies."""
    first: dict[str, Piece] = {}
    copies = []
    for source, result in done:
        for score in result.scores:
            piece = Piece(score, source, result.left_out, result.drums)
            same = first.setdefault(hashlib.sha256(score.frames.tobytes()).hexdigest(), piece)
            if same is not piece:
                of = {"file": score.name, "of": same.score.name, "similarity": 1.0}
                copies.append(of)
    return list(first.values()), copies


def _nothing(folder: Path, refused: Sequence[dict[str, str]]) -> str:
    reasons = "; ".join(f"{each['file']}: {each['reason']}" for each in refused[:3])
    more = f"; and {len(refused) - 3} more" if len(refused) > 3 else ""
    count = len(refused)
    return f"none of the {count} files in {shown_path(folder)} can be used: {reasons}{more}"


def _whose(shown: str, origins: dict[str, Origin], request: ImportRequest) -> Origin:
    """What the person says counts; else what the folder's table says of the file."""
    known = origins.get(shown, Origin())
    return Origin(request.licence or known.licence, request.attribution or known.attribution)


def _entry(at: int, piece: Piece) -> dict[str, Any]:
    """A piece in dataset.json; the pieces of a file are one group, to be in one split."""
    return {
        "file": SCORES,
        "index": at,
        "name": piece.score.name,
        "class": piece.source.label,
        "group": f"{piece.source.label}/{Path(piece.source.file).stem}",
        "source": piece.source.shown,
        "seconds": round(piece.score.seconds, 3),
        "left_out": list(piece.left_out),
        **({"drums": piece.drums} if piece.drums else {}),
    }


def _classes(sounds: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Number and seconds of the pieces of each class, in the order of names."""
    counts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for each in sounds:
        counts[each["class"]] += 1
        seconds[each["class"]] += each["seconds"]
    return {
        label: {"sounds": counts[label], "seconds": round(seconds[label], 2)}
        for label in sorted(counts)
    }


def _write(part: Path, home: Path, kept: Sequence[Piece], about: dict[str, Any]) -> Path:
    """Write npz, report and dataset.json, and give the folder its name; nothing else is left."""
    shutil.rmtree(part, ignore_errors=True)
    try:
        write_npz(part / SCORES, [piece.score for piece in kept])
        report.write(part, about)
        return store.publish(home, part, about)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def is_score_set(about: dict[str, Any]) -> bool:
    """Whether a data set holds scores, not sounds."""
    return about.get("as") == "nes"


def load(folder: Path) -> tuple[Score, ...]:
    """The scores of a data set. Raises MissingError, ParseError, and InputError for one of sounds.

    Groups, licences and classes are in its dataset.json, by `index`.
    """
    about = store.read(folder)
    if not is_score_set(about):
        raise InputError(f"{about['name']} is not a data set of scores; import it with --as nes")
    return read_npz(folder / SCORES)
