"""What a preset file holds, as values, and what a kind of file is. Reads none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starling.models.errors import ParseError

__all__ = [
    "MAX_BYTES",
    "MAX_PRESETS",
    "MAX_VALUES",
    "STARLING",
    "Bank",
    "BankPreset",
    "Format",
    "bank_name",
    "check_count",
    "is_number",
]

STARLING = "starling"  # the built-in synth
MAX_BYTES = 64 * 2**20  # the largest known bank is 1 MB
MAX_PRESETS = 20_000  # of a file: some seconds of work; the largest known collection has 10,000
MAX_VALUES = 20_000  # of a preset: plugins have up to 10,000 parameters


@dataclass(frozen=True, slots=True)
class BankPreset:
    """One preset of a file.

    `floats` are values by index, for a plugin whose names are not known; `opaque` are the bytes
    of a file that only the plugin can read, `state` those that it must be given to sound so, since
    its `values` are not all of it. `schema` is the hash of the parameters that the file
    says its values are for.
    """

    name: str
    values: Mapping[str, float]
    tags: tuple[str, ...] = ()
    author: str = ""
    problem: str = ""
    floats: tuple[float, ...] = ()
    opaque: bytes = b""
    schema: str = ""
    state: bytes = b""


@dataclass(frozen=True, slots=True)
class Bank:
    """All presets of a file. `synth` is "" when the file says only a plugin's id: `plugin`.

    `remarks` are sentences on what is odd about the file, though its presets can be read.
    """

    name: str
    synth: str
    presets: tuple[BankPreset, ...]
    remarks: tuple[str, ...] = ()
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file, known by how its name ends.

    `read(bytes, path)` raises ParseError; `write(synth, presets)`, where we can. `key` is what a
    user calls it; more than `most` bytes are not read.
    """

    key: str
    name: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes, Path], Bank]
    write: Callable[[str, Sequence[BankPreset]], bytes] | None = None
    most: int = MAX_BYTES


def bank_name(path: Path) -> str:
    """The file's name without what only says its format: BriansBank01.amSynth.bank."""
    return path.name.removesuffix(path.suffix).removesuffix(".amSynth")


def check_count(presets: int) -> None:
    """Raise ParseError for more presets than are read of a file, before any of them is."""
    if presets > MAX_PRESETS:
        raise ParseError(f"it has {presets:,} presets; at most {MAX_PRESETS:,} are read")


def is_number(value: object) -> bool:
    """Whether a value from JSON is a number that a float can hold; NaN is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= sys.float_info.max  # of a larger integer there is no float
