"""What `starling doctor --report` writes: a text that a user can read through, and then send.

Versions, the machine, the doctor's findings, counts of presets and sounds, the engine's status and
the end of the logs. No preset's content, no secret; the home folder is `~`, its owner USER.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from importlib import metadata
from pathlib import Path

from starling.engine.cli.doctor_checks import Finding
from starling.engine.config import Folders
from starling.engine.log import CLI_FILE, FILE
from starling.engine.wire.failure_codes import code_and_sentence
from starling.models.plain import plain

Home = tuple[Path, str]  # a user's folder, and the user's name
DISTRIBUTION = "starling-daw"
LOG_LINES = 60  # of each log, from its end
LOG_BYTES = 200_000  # looked at
# What a line of the log may say: the rest names presets, files or requests.
LOG_FIELDS = frozenset(
    (
        *("time", "level", "event", "code", "verb", "sentence", "why", "kind", "chore", "model"),
        *("seconds", "port", "pid", "bad_packets", "dropped", "unproven", "added", "failed"),
        *("files", "unlogged", "traceback"),
    )
)
SECRET = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32,}(?![0-9A-Za-z])")  # tokens; ids of sounds too
HIDDEN = "<hexadecimal>"
PACKAGE = re.compile(r"[A-Za-z0-9._-]+")
Section = Callable[[Folders], Iterator[str]]


def report(folders: Folders, findings: Sequence[Finding], home: Home | None = None) -> str:
    """The whole text. A part that cannot be had says why, and the others are there."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    lines = [f"A report of Starling, {stamp} UTC"]
    for title, section in (("Findings", lambda _: _findings(findings)), *SECTIONS):
        lines += ["", f"-- {title}", *_collected(section, folders)]
    return private("\n".join(lines) + "\n", home or _home())


def private(text: str, home: Home) -> str:
    """A text without secrets, and without who the user is."""
    folder, name = home
    text = SECRET.sub(HIDDEN, plain(text))
    if len(folder.parts) > 1:  # not the root of the disk
        text = re.sub(rf"{re.escape(str(folder))}(?![\w.-])", "~", text)
    return re.sub(rf"(?<=[/\\]){re.escape(name)}(?=[/\\\s]|$)", "USER", text) if name else text


def _home() -> Home:
    folder = Path.home()
    return folder, folder.name if folder.name not in ("", "root") else ""


def _collected(section: Section, folders: Folders) -> list[str]:
    found = []
    try:
        for line in section(folders):  # as far as it gets
            found.append(line)
    except Exception as exc:
        found.append(f"not to be had: {code_and_sentence(exc)[1]}")
    return found


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for each in findings:
        yield f"{'ok     ' if each.ok else 'MISSING'} {each.name}: {each.text}"


def _machine(folders: Folders) -> Iterator[str]:
    from starling.models.kernels import library

    yield f"system: {platform.platform()}"
    yield f"python: {platform.python_version()} ({platform.python_implementation()})"
    allowed = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    yield f"cores: {len(allowed(0)) if allowed else os.cpu_count()}"
    names = {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} & set(getattr(os, "sysconf_names", ()))
    if len(names) == 2:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        yield f"memory: {memory / 1024**3:.1f} GiB"
    yield f"processor: {_processor()}"
    yield f"instruction sets that Starling uses: {', '.join(library.instruction_sets())}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _packages(folders: Folders) -> Iterator[str]:
    """What Starling asks for, with its extras, as far as it is installed."""
    names = {PACKAGE.match(each) for each in metadata.requires(DISTRIBUTION) or ()}
    for name in sorted({each[0] for each in names if each}, key=str.lower):
        with suppress(metadata.PackageNotFoundError):
            yield f"{name} {metadata.version(name)}"


def _synths(folders: Folders) -> Iterator[str]:
    from starling.presets.scan.preset_files import absence
    from starling.presets.synths.preset_folders import PLACES

    for name in PLACES:
        yield f"{name}: {absence(name) or 'found'}"


def _library(folders: Folders) -> Iterator[str]:
    from starling.presets.library.database import DATABASE, USABLE
    from starling.presets.library.tables import read_only

    database = folders.library / DATABASE
    if not database.is_file():
        yield "no presets yet"
        return
    yield f"files: {', '.join(_sizes(folders.library))}"
    query = f"SELECT synth, SUM({USABLE}), SUM(quarantine <> '') FROM presets GROUP BY synth"
    with closing(sqlite3.connect(read_only(database), uri=True)) as db:
        for synth, usable, bad in db.execute(query):
            yield f"{Path(synth).name}: {usable} presets, {bad} in quarantine"
        [(marks,)] = db.execute("SELECT COUNT(*) FROM favourites")
        yield f"favourites: {marks}"


def _sizes(folder: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        if path.is_file():
            yield f"{path.name} {path.stat().st_size:,} bytes"


def _sounds(folders: Folders) -> Iterator[str]:
    sizes = [path.stat().st_size for path in folders.store.glob("*.wav")]
    yield f"{len(sizes)} sounds, {sum(sizes) / 1024**2:.1f} MiB"


def _logs(folders: Folders) -> Iterator[str]:
    for name in (FILE, CLI_FILE):
        path = folders.logs / name
        yield f"{name}:"
        if path.is_file():
            yield from map(_log_line, _last_lines(path))


def _last_lines(path: Path) -> list[str]:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LOG_BYTES))
        return file.read().decode("utf-8", "replace").splitlines()[-LOG_LINES:]


def _log_line(line: str) -> str:
    """A line of the log with only what it may say."""
    try:
        fields = json.loads(line)
        kept = {name: value for name, value in fields.items() if name in LOG_FIELDS}
    except (ValueError, AttributeError, RecursionError):
        return "(a line that is no JSON)"
    return json.dumps(kept, ensure_ascii=False)


SECTIONS: tuple[tuple[str, Section], ...] = (
    ("Machine", _machine),
    ("Packages", _packages),
    ("Synths", _synths),
    ("Preset library", _library),
    ("Sound store", _sounds),
    ("Logs", _logs),
)
