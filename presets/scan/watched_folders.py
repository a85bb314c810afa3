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
from starling.presets.library.writer import known_sources
from starling.presets.scan.exported_files import not_ours
from starling.presets.scan.preset_files import preset_files, stat_of

__all__ = ["LIST", "USER_BANKS", "Watcher", "add_folder", "remove_folder", "watched_folders"]

LIST = "folders.json"
FORMAT = 1
MOST = 100  # folders
USER_BANKS = "banks"  # folder of the library: what the user puts there is scanned too

State = frozenset[tuple[str, int, int]]  # files that the library does not have so: mtime_ns, size


def watched_folders(library: Path) -> list[Path]:
    """The folders that the user added, there or not. Raises ParseError for a damaged list."""
    path = library / LIST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as exc:
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
    """Watch a folder no more; its presets stay in the library. Raises InputError."""
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
        folder = self._library.folder
        places = [folder / USER_BANKS, *watched_folders(folder)]
        known = {source.path: source for source in known_sources(self._library).values()}
        found = set()
        for path in not_ours(folder, preset_files(places)):
            now = stat_of(path)
            source = known.get(str(path))
            if now and (source is None or (source.mtime_ns, source.size) != now):
                found.add((str(path), *now))
        there = [str(place.resolve()) + os.sep for place in places if place.is_dir()]
        gone = {
            (path, 0, 0) for path in known if path.startswith(tuple(there)) and not _exists(path)
        }
        return frozenset(found | gone)


def _exists(path: str) -> bool:
    return Path(path).exists()
