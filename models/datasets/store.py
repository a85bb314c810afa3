"""The data sets of sounds in the user's folder: write, read, list, find, choose, remove.

    NAME/dataset.json       what it holds, file by file; written last, inside NAME.part
    NAME/CLASS/*.flac       the sounds
    NAME/report.md          for people, with overview.png
    NAME.part/              an import that is under way or was stopped

A data set is there when its folder has its final name, by one rename.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starling.models.errors import InputError, MissingError, ParseError, StarlingError

FORMAT = 1
KIND = "sounds"  # a rendered set of presets has a dataset.json too, without a kind
ABOUT, PART = "dataset.json", ".part"
CHOICE_FORMAT = 1
MAX_ABOUT_BYTES = 256 * 2**20  # 200,000 sounds take 80 MB
FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NAME = re.compile(r"\w[\w .+-]{0,63}")
FIELDS = {"name": str, "rate": int, "classes": dict, "sounds": list, "refused": list}


def check_name(name: str) -> str:
    """Return a data set's name. Raises InputError where it would not do for a folder."""
    if not NAME.fullmatch(name) or name.endswith((PART, " ", ".")):
        raise InputError(
            f"name must be 1..64 letters, digits, spaces and _ . + -, got {name!r}",
            code="bad_name",
        )
    return name


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by rename. A full disk leaves nothing and raises StarlingError."""
    part = path.with_name(path.name + PART)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        if error.errno in FULL_DISK:
            part.unlink(missing_ok=True)
            raise full_disk(path.parent) from error
        raise


def full_disk(place: Path) -> StarlingError:
    """The error of a disk that is full."""
    return StarlingError(
        f"the disk is full: {place}; what is done is kept, so free some space and give the same "
        "command again",
        code="store_full",
    )


def publish(home: Path, part: Path, about: Mapping[str, Any]) -> Path:
    """Give a finished `part` folder its final name; `about` becomes its dataset.json."""
    whole = {"format": FORMAT, "kind": KIND, **about}
    text = json.dumps(whole, indent=1, ensure_ascii=False)
    write_whole(part / ABOUT, (text + "\n").encode())
    folder = home / str(about["name"])
    require_free(home, folder.name)
    os.rename(part, folder)
    return folder


def require_free(home: Path, name: str) -> None:
    """Raise InputError when a data set of this name exists."""
    if (home / name).exists():
        raise InputError(
            f"a data set {name} exists; give --name another, or `starling dataset remove` it",
            code="exists",
        )


def is_sound_set(folder: Path) -> bool:
    """Whether a folder holds a data set of sounds, whole or damaged; not one of presets."""
    try:
        with (folder / ABOUT).open("rb") as file:
            return b'"kind": "sounds"' in file.read(200)
    except OSError:
        return False


def read(folder: Path) -> dict[str, Any]:
    """What a data set of sounds holds. Raises MissingError and ParseError."""
    path = folder / ABOUT
    if not path.is_file():
        raise MissingError(f"no data set of sounds in {folder}", code="no_dataset")
    if path.stat().st_size > MAX_ABOUT_BYTES:
        raise ParseError(f"{path} is larger than {MAX_ABOUT_BYTES >> 20} MB")
    try:
        about = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ParseError(f"{path} is damaged: it is not JSON; import the folder again") from error
    if not isinstance(about, dict) or about.get("kind") != KIND:
        raise ParseError(f"{path} is not of a data set of sounds")
    if about.get("format") != FORMAT:
        raise ParseError(f"{path} has the format {about.get('format')!r}; this is {FORMAT}")
    for field, kind in FIELDS.items():
        if not isinstance(about.get(field), kind):
            raise ParseError(f"{path} is damaged: its field {field!r} is not a {kind.__name__}")
    return about


def is_album(about: Mapping[str, Any]) -> bool:
    """Whether a data set holds long recordings, which texture models learn from, not one-shots."""
    return about.get("as") == "album"


def groups(folder: Path) -> dict[str, str]:
    """The split group of each file (`class/name.flac`), empty for a folder without dataset.json.

    Raises ParseError.
    """
    if not is_sound_set(folder):
        return {}
    listed = [sound for sound in read(folder)["sounds"] if isinstance(sound, dict)]
    return {str(sound.get("file")): str(sound["group"]) for sound in listed if "group" in sound}


def origin(folder: Path) -> tuple[dict[str, Any], ...]:
    """Licence and attribution of the files, by source; none for a folder without dataset.json.

    Raises ParseError.
    """
    stated = read(folder).get("licence", []) if is_sound_set(folder) else []
    return (
        tuple(each for each in stated if isinstance(each, dict)) if isinstance(stated, list) else ()
    )


def names(home: Path) -> list[str]:
    """The finished data sets of sounds, by name."""
    if not home.is_dir():
        return []
    return sorted(path.name for path in home.iterdir() if _finished(path))


def unfinished(home: Path) -> list[str]:
    """Names whose import was stopped; the same command goes on."""
    if not home.is_dir():
        return []
    parts = (path for path in home.iterdir() if path.is_dir() and path.name.endswith(PART))
    return sorted(path.name.removesuffix(PART) for path in parts)


def _finished(path: Path) -> bool:
    return path.is_dir() and not path.name.endswith(PART) and is_sound_set(path)


def is_path(word: str) -> bool:
    """Whether an argument that may be a name or a path is a path: only that has a separator.

    >>> is_path("kicks"), is_path("./kicks")
    (False, True)
    """
    separators = {"/", os.sep}
    return word in (".", "..", "~") or any(each in word for each in separators)


def find(word: str, home: Path) -> Path:
    """The folder that an argument names: a path, or the name of a data set.

    Raises MissingError that lists the names there are.
    """
    path = Path(word).expanduser()
    if is_path(word) and path.is_dir():
        return path
    if NAME.fullmatch(word) and _finished(home / word):
        return home / word
    known = ", ".join(names(home)) or "none yet; `starling dataset import FOLDER` makes one"
    missing = f"no folder at {word}" if is_path(word) else f"no data set {word}"
    if not is_path(word) and path.exists():
        missing += f" (what lies here is given as ./{word})"
    raise MissingError(f"{missing}; data sets: {known}", code="no_dataset")


def remove(name: str, home: Path) -> None:
    """Delete a data set, and what a stopped import left. Raises MissingError, InputError."""
    check_name(name)
    there = [path for path in (home / name, home / f"{name}{PART}") if path.is_dir()]
    if not there:
        known = ", ".join(names(home)) or "none"
        raise MissingError(f"no data set {name}; there are: {known}", code="no_dataset")
    for path in there:
        if path.suffix != PART and not is_sound_set(path):
            raise InputError(f"{path} is not a data set of sounds, so it is not removed")
        doomed = path.with_name(f"{name}-removed{PART}")
        shutil.rmtree(doomed, ignore_errors=True)
        os.rename(path, doomed)  # gone from every list before the first file is
        shutil.rmtree(doomed)


def choices(path: Path) -> dict[str, Any]:
    """What a person chose: `default`, a name, and `rendered`, folders of preset sets.

    A file that is damaged or of another format counts as no choice.
    """
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {"default": "", "rendered": []}
    if not isinstance(kept, dict) or kept.get("format") != CHOICE_FORMAT:
        return {"default": "", "rendered": []}
    rendered = kept.get("rendered")
    return {
        "default": str(kept.get("default", "")),
        "rendered": [str(each) for each in rendered] if isinstance(rendered, list) else [],
    }


def choose(path: Path, **changed: Any) -> None:
    """Keep a choice: `default` or `rendered`. Raises StarlingError where it does not read so."""
    kept = {**choices(path), **changed}
    write_whole(path, (json.dumps({"format": CHOICE_FORMAT, **kept}, indent=1) + "\n").encode())
    if choices(path) != kept:
        raise StarlingError(f"the choice could not be kept in {path}", code="store_full")
