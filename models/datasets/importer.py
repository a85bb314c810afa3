"""Import a folder of sounds as a data set: file by file into NAME.part, then one rename.

A journal in NAME.part has a line for each file that is done, so an import that was stopped by
Ctrl-C, a crash or a full disk goes on where it was.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from starling.models import lockfile
from starling.models.datasets import discover, prepare, store
from starling.models.datasets.albums import importing
from starling.models.datasets.discover import FoundFile, Walk
from starling.models.datasets.import_records import ImportedFile, ImportRequest
from starling.models.datasets.store import FULL_DISK, PART, full_disk
from starling.models.datasets.summary import summary
from starling.models.dsp.signal import shown_path
from starling.models.errors import CancelledError, InputError, MissingError, ParseError

Progress = Callable[[float, str], None]
JOURNAL = "journal.jsonl"
JOURNAL_FORMAT = 1
AHEAD = 4  # files in hand for each worker, so that memory is bounded
TICK_SECONDS = 0.25  # between two looks at a file that takes long
PREPARED = 0.85  # share of the work, for the progress bar


def run(
    request: ImportRequest,
    home: Path,
    jobs: int = 1,
    progress: Progress = lambda fraction, text: None,
) -> tuple[Path, dict[str, Any]]:
    """Import a folder into `home`; returns the data set's folder and its dataset.json.

    Raises MissingError (no folder), InputError (nothing usable in it, the name is taken) and
    StarlingError (full disk). Whatever stops it, the same call goes on with what is missing.
    """
    found = discover.walk(request.folder, request.class_by)
    name = store.check_name(request.name or discover.name_for(request.folder))
    with lockfile.held(home / f".{name}.lock") as ours:
        if not ours:
            raise InputError(f"{name} is being imported by another process", code="busy")
        return _imported(request, name, found, home, jobs, progress)


def _imported(
    request: ImportRequest, name: str, found: Walk, home: Path, jobs: int, progress: Progress
) -> tuple[Path, dict[str, Any]]:
    """Import what was found as `name`, alone."""
    from starling.models.datasets import import_report

    store.require_free(home, name)
    part = home / f"{name}{PART}"
    done = _prepare_all(request, found.files, part, jobs, progress)
    if not any(each.fields for each in done):
        shutil.rmtree(part)
        raise InputError(_nothing(request.folder, done), code="no_sounds")
    about = _summary(request, name, found, done, part, progress)
    kept = {sound["file"] for sound in about["sounds"]}
    for path in part.glob("*/*"):
        if f"{path.parent.name}/{path.name}" not in kept:
            path.unlink()
    for path in part.iterdir():
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    import_report.write(part, about)
    folder = store.publish(home, part, about)
    (folder / JOURNAL).unlink()
    return folder, about


def _summary(
    request: ImportRequest,
    name: str,
    found: Walk,
    done: Sequence[ImportedFile],
    part: Path,
    progress: Progress,
) -> dict[str, Any]:
    """The dataset.json. Nothing is left of an album that is too short: more files make another."""
    if request.kind == "oneshots":
        return summary(
            request, name, found, done, part, lambda share: progress(_late(share), "compare")
        )
    try:
        return importing.summary(
            request, name, found, done, part, lambda share: progress(_late(share), "cut")
        )
    except InputError:
        shutil.rmtree(part)
        raise


def _late(share: float) -> float:
    return PREPARED + (1 - PREPARED) * share


def _nothing(folder: Path, done: Sequence[ImportedFile]) -> str:
    reasons = "; ".join(each.reason for each in done[:3])
    more = f"; and {len(done) - 3} more" if len(done) > 3 else ""
    shown = shown_path(folder)
    return f"none of the {len(done)} sound files in {shown} can be used: {reasons}{more}"


def _prepare_all(
    request: ImportRequest, files: Sequence[FoundFile], part: Path, jobs: int, progress: Progress
) -> list[ImportedFile]:
    """Every file prepared or refused, in order; what the journal has is not done again."""
    journal = part / JOURNAL
    head = {
        "format": JOURNAL_FORMAT,
        "folder": shown_path(request.folder.resolve()),
        "rate": request.rate,
        "seconds": request.seconds,
        **({} if request.kind == "oneshots" else {"kind": request.kind}),
        **({"tune": request.tune} if request.tune else {}),
    }
    before = _read_journal(journal, head)
    if before is None:
        shutil.rmtree(part, ignore_errors=True)
        store.write_whole(journal, _line(head))
        before = {}
    done: list[ImportedFile] = []
    furthest = 0.0

    def report(share: float, text: str) -> None:
        nonlocal furthest
        furthest = max(furthest, PREPARED * (len(done) + share) / len(files))
        progress(furthest, text)

    with journal.open("ab", buffering=0) as file:
        file.write(b"\n")  # ends a line that a crash cut short
        for found, made in _make(request, files, part, before, jobs, report):
            if isinstance(made, ImportedFile):
                done.append(made)
            else:
                flac, each = made
                if flac:
                    store.write_whole(part / found.file, flac)
                _append(file, _line(asdict(each)))
                done.append(each)
            report(0.0, found.shown)
    return done


def _line(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=True) + "\n").encode()


def _append(file: IO[bytes], line: bytes) -> None:
    try:
        written = file.write(line)
    except OSError as error:
        if error.errno not in FULL_DISK:
            raise
        written = 0
    if written < len(line):
        raise full_disk(Path(file.name).parent)


def _read_journal(path: Path, head: dict[str, Any]) -> dict[str, ImportedFile] | None:
    """What is done, by file; None where there is no journal of the same request.

    A last line that was cut short by a crash is passed over.
    """
    try:
        lines = path.read_bytes().splitlines()
        if json.loads(lines[0]) != head:
            return None
    except (OSError, ValueError, IndexError, RecursionError):
        return None
    done = {}
    for line in lines[1:]:
        try:
            each = ImportedFile(**json.loads(line))
        except (ValueError, TypeError, RecursionError):
            continue
        done[each.source] = each
    return done


def _make(
    request: ImportRequest,
    files: Sequence[FoundFile],
    part: Path,
    before: dict[str, ImportedFile],
    jobs: int,
    under_way: Progress,
) -> Iterator[tuple[FoundFile, ImportedFile | tuple[bytes, ImportedFile]]]:
    """For each file what the journal says of it, or what workers make of it, in order.

    `under_way` learns how much is done of the file that is waited for, 0..1, and of the later ones.
    """
    watched = _Watched()
    waiting: deque[tuple[FoundFile, ImportedFile | Future[tuple[bytes, ImportedFile]]]] = deque()
    with ThreadPoolExecutor(jobs) as pool:  # reading, resampling and FFTs run without the GIL
        try:
            for found in files:
                stamp = _stamp(found.path)
                kept = before.get(found.shown)
                again = kept is None or not _is_whole(kept, found, stamp, part)
                waiting.append(
                    (
                        found,
                        pool.submit(_one, request, found, stamp, part, watched)
                        if again or not kept
                        else kept,
                    )
                )
                if len(waiting) > AHEAD * jobs:
                    yield _result(waiting.popleft(), watched, under_way)
            while waiting:
                yield _result(waiting.popleft(), watched, under_way)
        finally:
            watched.stopped.set()  # an hour that is being read is not waited for
            pool.shutdown(cancel_futures=True)


@dataclass(slots=True)
class _Watched:
    """What the threads of an import and the one that waits for them share."""

    shares: dict[str, float] = field(default_factory=dict)  # of each long file under way, 0..1
    stopped: threading.Event = field(default_factory=threading.Event)

    def of(self, file: str) -> Callable[[float], None]:
        """Progress of a file. Raises CancelledError in its thread when the import is stopped."""

        def report(share: float) -> None:
            self.shares[file] = share
            if self.stopped.is_set():
                raise CancelledError("the import was stopped")

        return report


def _result(
    pair: tuple[FoundFile, ImportedFile | Future[tuple[bytes, ImportedFile]]],
    watched: _Watched,
    under_way: Progress,
) -> tuple[FoundFile, ImportedFile | tuple[bytes, ImportedFile]]:
    found, made = pair
    if isinstance(made, ImportedFile):
        return found, made
    while wait([made], TICK_SECONDS).not_done:
        under_way(sum(list(watched.shares.values())), found.shown)
    watched.shares.pop(found.shown, None)
    return found, made.result()


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of a source file, by which a resumed import knows it; zeros if unreadable."""
    try:
        state = path.stat()
    except OSError:
        return 0, 0
    return state.st_size, state.st_mtime_ns


def _is_whole(kept: ImportedFile, found: FoundFile, stamp: tuple[int, int], part: Path) -> bool:
    """Whether what the journal says still holds: same source, same place, sound written in full."""
    if (kept.size, kept.mtime_ns, kept.file) != (*stamp, found.file):
        return False
    if not kept.fields:
        return True
    try:
        return bool(os.stat(part / kept.file).st_size == kept.fields["bytes"])
    except (OSError, KeyError):
        return False


def _one(
    request: ImportRequest,
    found: FoundFile,
    stamp: tuple[int, int],
    part: Path,
    watched: _Watched,
) -> tuple[bytes, ImportedFile]:
    """One file made ready, or refused with the reason; an album's is written here."""
    about = (found.shown, found.label, found.file, *stamp)
    try:
        if request.kind == "album":
            target, report = part / found.file, watched.of(found.shown)
            fields = importing.prepare(found.path, target, request.rate, report, request.tune)
            return b"", ImportedFile(*about, "", fields)
        ready = prepare.prepare(found.path, request.rate, request.seconds)
    except (ParseError, MissingError) as error:
        return b"", ImportedFile(*about, str(error), {})
    return ready.flac, ImportedFile(*about, "", prepare.fields(ready))
