"""The user's own preset folders: which they are, and whether something in them is new.

The list lies beside the library, so that every scan of it covers them. Looking is cheap: names,
times and sizes, and no file is opened.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from starling.models.errors import InputError, ParseError
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.sources import is_gone, known_sources
from starling.presets.library.tables import real_path, stored_path
from starling.presets.scan.exported_files import not_ours
from starling.presets.scan.preset_files import stat_of
from starling.presets.scan.walk import find_files

__all__ = [
    "LIST",
    "USER_BANKS",
    "Watcher",
    "add_folder",
    "away_folders",
    "remember_devices",
    "remove_folder",
    "watched_folders",
]

LIST = "folders.json"
FORMAT = 1
MOST = 100  # folders
DEVICES = "devices"  # of the library: on which device each folder was last seen, as JSON
USER_BANKS = "banks"  # folder of the library: what the user puts there is scanned too

State = frozenset[tuple[str, int, int]]  # files that the library does not have so: mtime_ns, size


def watched_folders(library: Path) -> list[Path]:
    """The folders that the user added, there or not. Raises ParseError for a damaged list."""
    path = library / LIST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError) as exc:
        raise ParseError(f"{path} cannot be read ({exc}); delete it and add folders anew") from exc
    listed = content.get("folders") if isinstance(content, dict) else None
    if not isinstance(listed, list) or content.get("format") != FORMAT:
        raise ParseError(f"{path} is no list of folders of this Starling; delete it")
    return [Path(str(folder)) for folder in listed]


def add_folder(library: Path, folder: Path) -> Path:
    """Watch a folder from now on; its absolute path. Raises InputError when it is none."""
    path = folder.expanduser().resolve()
    listed = watched_folders(library)
    if not path.is_dir():
        raise InputError(f"{folder} is no folder")
    if len(listed) >= MOST:
        raise InputError(f"at most {MOST} folders can be watched; remove one first")
    if path not in listed:
        _store(library, [*listed, path])
    return path


def remove_folder(library: Path, folder: Path) -> Path:
    """Watch a folder no more; `sources.forget_folder` removes its presets. Raises InputError."""
    listed = watched_folders(library)
    path = folder.expanduser().resolve()
    if path not in listed:
        known = ", ".join(map(str, listed)) or "none"
        raise InputError(f"{folder} is not watched; those watched: {known}")
    _store(library, [each for each in listed if each != path])
    return path


def _store(library: Path, folders: Sequence[Path]) -> None:
    library.mkdir(parents=True, exist_ok=True)
    part = library / f"{LIST}.{os.getpid()}.part"
    content = {"format": FORMAT, "folders": [str(folder) for folder in folders]}
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    part.replace(library / LIST)


def away_folders(library: LibraryDatabase) -> list[Path]:
    """The watched folders that are not there now: a disk or share that is not connected.

    So is one that is empty and lies on another device than it did: what a disk was mounted on.
    """
    devices = json.loads(library.meta(DEVICES, "{}"))
    watched = watched_folders(library.folder)
    return [each for each in watched if _is_away(each, devices.get(str(each)))]


def remember_devices(library: LibraryDatabase) -> None:
    """Note on which device each watched folder lies that has something in it."""
    watched = watched_folders(library.folder)
    devices = json.loads(library.meta(DEVICES, "{}"))
    now = {str(each): each.stat().st_dev for each in watched if _has_content(each)}
    kept = {str(each): devices[str(each)] for each in watched if str(each) in devices}
    if {**kept, **now} != devices:
        with library.transaction() as db:
            values = (DEVICES, json.dumps({**kept, **now}))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)


def _is_away(folder: Path, device: int | None) -> bool:
    try:
        if not folder.is_dir():
            return True
        return not _has_content(folder) and device not in (None, folder.stat().st_dev)
    except OSError:
        return True


def _has_content(folder: Path) -> bool:
    """Whether a folder is there and something is in it."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


class Watcher:
    """Watches for the moment to scan: something changed, and has stopped changing.

    A file that is still being copied differs from one look to the next, so two equal looks are
    needed; and what a scan could not read is not tried again until it changes.
    """

    def __init__(self, library: LibraryDatabase) -> None:
        self._library = library
        self._before: State = frozenset()
        self._tried: State = frozenset()

    def due(self) -> bool:
        """Look once; whether to scan now. Call it every few seconds, from one thread.

        Raises ParseError for a damaged list of folders.
        """
        state = self._look()
        settled = state == self._before
        self._before = state
        self._tried &= state
        if not settled or state <= self._tried:
            return False
        self._tried = state
        return True

    def _look(self) -> State:
        """What differs from the library: new and changed files, and those that went."""
        library = self._library
        own, watched = library.folder / USER_BANKS, watched_folders(library.folder)
        known = {source.path: source for source in known_sources(library).values()}
        found = set()
        for path in not_ours(library.folder, find_files([own, *watched]).files):
            now = _stat(path)
            source = known.get(stored_path(path))
            if now and (source is None or (source.mtime_ns, source.size) != now):
                found.add((str(path), *now))
        away = away_folders(library)
        there = [each.resolve() for each in (own, *watched) if each not in away]
        gone = {
            (path, 0, 0)
            for path in known
            if any(real_path(path).is_relative_to(each) for each in there)
            and is_gone(real_path(path))
        }
        return frozenset(found | gone)


def _stat(path: Path) -> tuple[int, int] | None:
    """As `stat_of`, and None too where the system refuses: a scan reports that."""
    try:
        return stat_of(path)
    except OSError:
        return None
