"""The preset files in folders, with what could not be looked at and what kinds are not read."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from starling.presets.formats.table import format_of

__all__ = ["UNREAD_KINDS", "Found", "find_files"]

# Preset and bank files of other programs, and what presets travel in: passed over, but named.
UNREAD_KINDS = frozenset(
    (
        *(".adg", ".adv", ".aupreset", ".bwpreset", ".cmf", ".fst", ".h2p", ".helm", ".hypnosis"),
        *(".nki", ".nkm", ".nksf", ".nmsv", ".patch", ".pjunoxl", ".serumpreset", ".sbp", ".spf"),
        *(".surgepreset", ".sf2", ".sfz", ".uvip", ".vap", ".vital", ".vitalbank", ".vstbank"),
        *(".xmz", ".xpf", ".mid", ".midi", ".7z", ".gz", ".rar", ".tar", ".zip"),
    )
)


@dataclass(frozen=True, slots=True)
class Found:
    """Preset files, sorted; folders and files that the system refused, and why; kinds not read."""

    files: list[Path] = field(default_factory=list)
    refused: list[tuple[Path, str]] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)

    def kinds_remark(self) -> str:
        """One sentence on all files of kinds that are not read; "" for none."""
        if not self.unread:
            return ""
        count = sum(self.unread.values())
        kinds = ", ".join(kind for kind, _ in self.unread.most_common())
        files = "file of a kind" if count == 1 else "files of kinds"
        return f"{count} {files} that Starling does not read: {kinds}"


def find_files(folders: Iterable[Path]) -> Found:
    """All files in folders, at any depth and behind links, that a format claims.

    A file may stand for a folder; what is not there has none. What the system refuses is noted,
    and the search goes on.
    """
    found = Found()
    files: set[Path] = set()
    seen: set[tuple[int, int]] = set()  # folders by device and number: links may lead in circles
    for folder in folders:
        if not _is_folder(folder, found):
            files.update(_claimed([folder], found))
            continue
        for inside in _tree(folder, seen, found):
            files.update(path.resolve() for path in _claimed(inside, found))
    return Found(sorted(files), found.refused, found.unread)


def _is_folder(path: Path, found: Found) -> bool:
    try:
        return path.is_dir()
    except OSError as exc:
        found.refused.append((path, _why(exc)))
        return False


def _tree(top: Path, seen: set[tuple[int, int]], found: Found) -> Iterator[list[Path]]:
    """What is in a folder and those below it, one folder at a time, but for the folders."""
    left = [top]
    while left:
        folder = left.pop()
        try:
            stat = folder.stat()
            if (stat.st_dev, stat.st_ino) in seen:
                continue
            seen.add((stat.st_dev, stat.st_ino))
            with os.scandir(folder) as entries:
                listed = [(Path(entry.path), entry.is_dir()) for entry in entries]
        except OSError as exc:
            found.refused.append((folder, _why(exc)))
            continue
        left += [path for path, is_dir in listed if is_dir]
        yield [path for path, is_dir in listed if not is_dir]


def _claimed(paths: Iterable[Path], found: Found) -> Iterator[Path]:
    """The files among paths that a format claims; others are counted by kind."""
    for path in paths:
        if not format_of(path):
            if path.suffix.lower() in UNREAD_KINDS:
                found.unread[path.suffix.lower()] += 1
            continue
        try:
            if path.is_file():
                yield path
        except OSError as exc:
            found.refused.append((path.parent, f"{_why(exc)}: its files cannot be looked at"))
            return


def _why(exc: OSError) -> str:
    return exc.strerror or str(exc)
