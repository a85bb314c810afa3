"""Files that Starling itself wrote into synths' folders, so that a scan does not read them back.

A list beside the library, by path with the hash of what was written: a file that somebody has
changed since is theirs, and is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from starling.presets.synths.plugin_files import file_hash

__all__ = ["LIST", "not_ours", "remember"]

LIST = "exported.json"
MOST = 10_000  # entries; the oldest are forgotten, and at worst scanned


def remember(library: Path, path: Path) -> None:
    """Note a file, or a folder, that was just written."""
    noted = _noted(library)
    noted[str(path.resolve())] = file_hash(path)
    kept = dict(list(noted.items())[-MOST:])
    part = library / f"{LIST}.{os.getpid()}.part"
    part.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    part.replace(library / LIST)


def not_ours(library: Path, files: Iterable[Path]) -> list[Path]:
    """The files that are not, and do not lie in a folder, as Starling wrote it."""
    noted = _noted(library)
    return [path for path in files if not noted or not _is_ours(path, noted)]


def _is_ours(path: Path, noted: Mapping[str, str]) -> bool:
    for each in (path, path.parent):
        written = noted.get(str(each.resolve()))
        if written is not None:
            return file_hash(each) == written
    return False


def _noted(library: Path) -> dict[str, str]:
    try:
        content = json.loads((library / LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}  # nothing exported yet, or damaged: then exports are scanned like any file
    return {str(k): str(v) for k, v in content.items()} if isinstance(content, dict) else {}
