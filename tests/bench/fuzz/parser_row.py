"""What the rows of the fuzzed parsers are, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from starling.models.errors import InputError, MissingError

Read = Callable[[bytes, Path], object]  # the bytes, and a folder of one's own
Errors = tuple[type[Exception], ...]
CASES = Path(__file__).resolve().parents[2] / "cases"
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
NUMBERS = np.arange(64, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Parser:
    """What reads bytes; `share` is how often it gets its turn, by what an input costs."""

    name: str
    corpus: Callable[[], Sequence[bytes]]
    read: Read
    errors: Errors = (InputError, MissingError)
    share: int = 10


def file(name: str, read: Callable[[Path], object]) -> Read:
    """A reader of files, for bytes."""

    def reading(data: bytes, folder: Path) -> object:
        path = folder / name
        path.write_bytes(data)
        return read(path)

    return reading


def text(read: Callable[[str], object]) -> Read:
    """A reader of text, for bytes: as a terminal hands them over."""
    return lambda data, folder: read(data.decode("utf-8", "surrogateescape"))
