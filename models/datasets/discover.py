"""The sound files below a folder, each with its class. Looks at names only, opens none."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from starling.models.dsp.files.kinds import SUFFIXES
from starling.models.dsp.signal import shown_path
from starling.models.errors import InputError, MissingError

ClassBy = Literal["folder", "parent", "none"]

STRANGE = re.compile(r"[^\w .+#()&-]")  # what some file system or shell would not take in a name
NAME_LENGTH = 80  # leaves room for a folder's name and a number within 255 bytes of UTF-8
MAX_FILES = 200_000  # more is a whole disk by mistake


@dataclass(frozen=True, slots=True)
class Wanted:
    """The files that are looked for: what they are called, how their names end."""

    what: str
    suffixes: frozenset[str]


SOUNDS = Wanted("sound files", SUFFIXES)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file: where, its class, its path below the folder as text, and its name to be."""

    path: Path
    label: str
    shown: str
    file: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A file or folder that is not taken, by its path below the folder, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Walk:
    """What a folder holds; `ignored` counts files that are not looked for by their suffix."""

    files: tuple[FoundFile, ...]
    refused: tuple[Refused, ...]
    ignored: dict[str, int]


def clean(name: str) -> str:
    r"""A name that every file system takes; bytes that are not UTF-8 become \\xE9, then _xE9.

    >>> clean("kick: 808/hard?")
    'kick_ 808_hard_'
    """
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return STRANGE.sub("_", text)[:NAME_LENGTH].strip(" .") or "sounds"


def name_for(folder: Path) -> str:
    """The name that a folder's data set has when none is given.

    >>> name_for(Path("Kicks & Snares (2)"))
    'Kicks _ Snares _2_'
    """
    return re.sub(r"^\W+|[^\w .+-]", "_", clean(folder.resolve().name))[:64].strip(" .")


def walk(folder: Path, class_by: ClassBy = "folder", wanted: Wanted = SOUNDS) -> Walk:
    """Find every wanted file below a folder, in the order of names. Links are followed once.

    `class_by` folder: the first level below `folder` names the class; parent: the file's own
    folder; none: one class. A file with no folder of its own has the class of `folder`'s name.
    Raises MissingError (no folder) and InputError (no such file at all, or more than 200,000).
    """
    if not folder.is_dir():
        raise MissingError(
            f"no folder at {shown_path(folder)}; give a folder of {wanted.what}", code="no_file"
        )
    root = folder.resolve()
    refused: list[Refused] = []
    ignored: Counter[str] = Counter()
    paths: list[Path] = []
    for path in _files(root, refused):
        suffix = path.suffix.lower()
        if path.name.startswith("."):  # "._kick.wav" of macOS is no sound, though named like one
            ignored["hidden"] += 1
        elif suffix in wanted.suffixes:
            paths.append(path)
        else:
            ignored[suffix or "no suffix"] += 1
        if len(paths) > MAX_FILES:
            raise InputError(f"{shown_path(folder)} holds more than {MAX_FILES:,} {wanted.what}")
    if not paths:
        raise InputError(_nothing(folder, refused, ignored, wanted), code="no_sounds")
    return Walk(tuple(_named(paths, root, class_by)), tuple(refused), dict(ignored))


def _shown(path: Path, root: Path) -> str:
    return shown_path(path.relative_to(root)).replace(os.sep, "/")


def _nothing(folder: Path, refused: list[Refused], ignored: Counter[str], wanted: Wanted) -> str:
    others = ", ".join(f"{count} {suffix}" for suffix, count in ignored.most_common(4))
    sentence = f"{shown_path(folder)} holds no {wanted.what}"
    if refused:
        sentence += f"; {refused[0].file}: {refused[0].reason}"
    return f"{sentence} ({others})" if others else sentence


def _files(root: Path, refused: list[Refused]) -> Iterator[Path]:
    """Every file below `root`, depth first; each real folder once, whatever links lead there."""

    def shut(error: OSError) -> None:
        place = Path(os.fsdecode(error.filename))
        refused.append(Refused(_shown(place, root) + "/", f"cannot be opened: {error.strerror}"))

    seen = {_identity(root)}
    for place, inner, names in os.walk(root, followlinks=True, onerror=shut):
        inner.sort()
        for name in list(inner):
            identity = _identity(Path(place, name))
            if identity in seen:
                shown = _shown(Path(place, name), root) + "/"
                refused.append(Refused(shown, "a link to a folder that is read already"))
            if identity in seen or name.startswith(".") or name == "__MACOSX":
                inner.remove(name)
            seen.add(identity)
        yield from (Path(place, name) for name in sorted(names))


def _identity(folder: Path) -> tuple[int, int]:
    state = folder.stat()
    return state.st_dev, state.st_ino


def _named(paths: list[Path], root: Path, class_by: ClassBy) -> Iterator[FoundFile]:
    """Classes, and names that are unique in a class even where case does not count."""
    taken: Counter[str] = Counter()
    for path in paths:
        parts = path.relative_to(root).parts
        where = {"folder": parts[0] if len(parts) > 1 else "", "parent": path.parent.name}
        label = clean(where.get(class_by, "") or root.name)
        between = parts[1:-1] if class_by == "folder" else parts[:-1] if class_by == "none" else ()
        stem = clean("_".join((*between, path.stem)))
        while taken[f"{label}/{stem}".casefold()]:
            taken[f"{label}/{stem}".casefold()] += 1
            stem = f"{stem}-{taken[f'{label}/{stem}'.casefold()]}"
        taken[f"{label}/{stem}".casefold()] += 1
        yield FoundFile(path, label, _shown(path, root), f"{label}/{stem}.flac")
