"""What is installed, what is missing, and the command that mends it: a table of checks."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import starling
from starling.engine.config import Folders
from starling.models.errors import MissingError, StarlingError

SETUP = "python3 build.py setup"
PLUGIN = "python3 build.py plugin && python3 build.py install"
PLUGIN_FOLDERS = ("~/.vst3", "~/Library/Audio/Plug-Ins/VST3")
RESTORE = "git checkout -- models/weights"
FOLDER = "folder of "
LEAST_FREE = 1024**3  # bytes: the sound store and the library of a large collection


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `mend` is the command that helps when `ok` is false."""

    name: str
    ok: bool
    text: str
    mend: str = ""


def examine(home: Folders) -> list[Finding]:
    """Run all checks; none of them changes anything."""
    return [check(home) for check in CHECKS]


def _python(home: Folders) -> Finding:
    return Finding("python", sys.version_info >= (3, 11), platform.python_version(), SETUP)


def _package(name: str) -> Callable[[Folders], Finding]:
    def check(home: Folders) -> Finding:
        try:
            return Finding(name, True, metadata.version(name))
        except metadata.PackageNotFoundError:
            return Finding(name, False, "not installed", SETUP)

    return check


def _models(home: Folders) -> Finding:
    """Weights are there and are those that the cards name."""
    from starling.models.artifacts.catalogue import catalogue, problems

    try:
        cards = catalogue(home.models)
        damaged = [card.name for card in cards.values() if not _is_whole(card.path)]
    except StarlingError as exc:
        return Finding("models", False, str(exc), RESTORE)
    if damaged or not cards:
        text = f"the weights are missing or damaged: {', '.join(damaged) or 'all'}"
        return Finding("models", False, text, RESTORE)
    broken = "; ".join(problems(home.models))
    mend = f"remove or retrain what is in {home.models}"
    return Finding("models", not broken, broken or ", ".join(cards), mend)


def _is_whole(card: Path) -> bool:
    from starling.models.artifacts import card_file

    content = card_file.read_card(card)
    weights = card.parent / content["weights"]
    return bool(weights.is_file() and card_file.sha256(weights) == content["sha256"])


def _amsynth(home: Folders) -> Finding:
    from starling.presets.synths.protocol import open_synth

    try:
        open_synth("amsynth")
    except StarlingError as exc:
        return Finding("amsynth", False, str(exc), "sudo apt-get install amsynth")
    return Finding("amsynth", True, "installed")


def _dexed(home: Folders) -> Finding:
    """An optional package: nothing is wrong without it."""
    from starling.presets.synths.protocol import open_synth

    try:
        open_synth("dexed")
    except StarlingError as exc:
        return Finding("dexed", True, f"optional: {exc}")
    return Finding("dexed", True, "installed")


def _library(home: Folders) -> Finding:
    """The presets are counted in place: opening the library would make or mend it."""
    from starling.presets.library.database import DATABASE, VECTORS
    from starling.presets.library.faults import explained, is_damage

    database = home.library / DATABASE
    mend = "starling presets scan"
    if not database.is_file():
        return Finding("library", False, "no presets yet", mend)
    try:
        count, bad = _preset_counts(database)
        _check_vectors(home.library / VECTORS)
    except sqlite3.Error as exc:
        told = explained(exc, home.library)
        return Finding("library", False, str(told or exc), mend if is_damage(exc) else "")
    except StarlingError as exc:
        return Finding("library", False, str(exc), mend)
    return Finding("library", count > 0, f"{count} presets, {bad} in quarantine", mend)


def _preset_counts(database: Path) -> tuple[int, int]:
    """Presets that can be played, and those in quarantine, without leaving a file behind."""
    from starling.presets.library.database import USABLE
    from starling.presets.library.tables import read_only

    count = "SELECT COUNT(*) FROM presets WHERE"
    with closing(sqlite3.connect(read_only(database), uri=True)) as db:
        usable, bad = (
            int(db.execute(f"{count} {condition}").fetchone()[0])
            for condition in (USABLE, "quarantine <> ''")
        )
    return usable, bad


def _check_vectors(path: Path) -> None:
    from starling.presets.index.vector_file import VectorFile

    VectorFile(path, "", 0).made_by()


def _plugin(home: Folders) -> Finding:
    """The plugin is where hosts look, and it knows how to start the engine."""
    places = [Path(each).expanduser() / "Starling.vst3" for each in PLUGIN_FOLDERS]
    found = next((each for each in places if each.exists()), None)
    if found is None:
        return Finding("plugin", False, "not in the user's plugin folder", PLUGIN)
    if not (home.config / "launch.json").is_file():
        return Finding("plugin", False, f"{found}, but it cannot start the engine", PLUGIN)
    return Finding("plugin", True, str(found))


def _engine(home: Folders) -> Finding:
    """Whether the engine runs; plugins start it, so that it does not is no fault."""
    from starling.engine.wire.client import connect

    try:
        with connect(home.run, "starling doctor") as client:
            status = client.request("status")["text"]
    except MissingError:
        return Finding("engine", True, "not running; plugins start it by themselves")
    except StarlingError as exc:
        return Finding(
            "engine",
            False,
            str(exc),
            "end that engine or delete its file; plugins start the engine anew",
        )
    return Finding("engine", True, f"running: {status}")


def _midi(home: Folders) -> Finding:
    from starling.engine.server.midi_input import port_names

    names = port_names()
    return Finding("midi inputs", True, ", ".join(names) or "none on this machine")


def _folder(name: str, place: Callable[[Folders], Path]) -> Callable[[Folders], Finding]:
    """Where something lies or would lie; that it is not there yet is no fault."""
    return lambda home: Finding(FOLDER + name, True, str(place(home)))


def _banks(home: Folders) -> Path:
    from starling.presets.scan.watched_folders import USER_BANKS

    return home.library / USER_BANKS


FOLDERS: dict[str, Callable[[Folders], Path]] = {
    "preset banks": _banks,
    "exports": lambda home: home.exports,
    "models": lambda home: home.models,
    "data": lambda home: home.data,
    "config": lambda home: home.config,
    "the engine's run file": lambda home: home.run,
    "logs": lambda home: home.logs,
}


def _disk(home: Folders) -> Finding:
    place = next(each for each in (home.data, *home.data.parents) if each.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / 1024**3:.1f} GiB free for {home.data}"
    return Finding("disk", free > LEAST_FREE, text, "free some space, or set STARLING_HOME")


CHECKS: tuple[Callable[[Folders], Finding], ...] = (
    lambda home: Finding("starling", True, starling.__version__),
    _python,
    *map(_package, ("torch", "dawdreamer", "pedalboard", "python-osc", "mido", "safetensors")),
    _models,
    _amsynth,
    _dexed,
    _library,
    _plugin,
    _engine,
    _midi,
    _disk,
    *(_folder(name, place) for name, place in FOLDERS.items()),
)
