"""The compiled libraries: where they lie, whether they fit, what their functions take.

>>> "portable" in instruction_sets() if available() else True
True
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from ctypes import (
    POINTER,
    c_char_p,
    c_double,
    c_float,
    c_int16,
    c_int32,
    c_int64,
    c_uint8,
    c_uint64,
    c_void_p,
)
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starling.models.errors import InputError, MissingError

FOLDER = Path(__file__).parent / "built"
SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
HOW = "`python3 build.py setup` compiles it where a C++ compiler is installed"
NETWORK = BATCH = CHIP = c_void_p
FLOATS, LEVELS, SLOTS = POINTER(c_float), POINTER(c_uint8), POINTER(c_int32)
SHORTS = POINTER(c_int16)
TABLES = (c_int32, SLOTS, SHORTS, LEVELS, SLOTS)  # of prediction: its order first
TIMES = POINTER(c_int64)
Signature = tuple[type | None, tuple[type, ...]]
COMMON: dict[str, Signature] = {"abi": (c_int32, ()), "error": (c_char_p, ())}
SAMPLERNN_FUNCTIONS: dict[str, Signature] = {
    **COMMON,
    "instruction_sets": (c_char_p, ()),
    "network_new": (
        c_int32,
        (SLOTS, *(c_int32,) * 7, FLOATS, c_char_p, POINTER(NETWORK)),
    ),
    "prediction": (c_int32, (NETWORK, *TABLES)),
    "expected": (c_int32, (*TABLES, LEVELS, c_int64, LEVELS)),
    "tensor": (c_int32, (NETWORK, c_int32, c_int32, c_int32, FLOATS, c_int64, FLOATS)),
    "complete": (c_int32, (NETWORK,)),
    "bytes": (c_int64, (NETWORK,)),
    "network_free": (None, (NETWORK,)),
    "batch_new": (c_int32, (NETWORK, c_int32, POINTER(BATCH))),
    "batch_free": (None, (BATCH,)),
    "start": (c_int32, (BATCH, c_int32, c_uint64, FLOATS, FLOATS, c_int32)),
    "inputs": (c_int32, (BATCH, c_int32, FLOATS)),
    "draw": (c_int32, (BATCH, c_int32, c_double, c_double, c_double)),
    "force": (c_int32, (BATCH, SLOTS, c_int32, LEVELS, c_int64, FLOATS)),
    "generate": (c_int32, (BATCH, SLOTS, c_int32, c_int64, LEVELS)),
    "position": (c_int64, (BATCH, c_int32)),
    "state": (c_int32, (BATCH, c_int32, FLOATS)),
    "watch": (c_int32, (BATCH,)),
    "watched": (c_int32, (BATCH, c_int32, c_int32, c_int32, FLOATS, c_int64)),
    "read_seconds": (c_double, (c_int64, c_int32)),
}
APU_FUNCTIONS: dict[str, Signature] = {
    **COMMON,
    "new": (c_int32, (*(c_int32,) * 4, POINTER(CHIP))),
    "free": (None, (CHIP,)),
    "memory": (c_int32, (CHIP, LEVELS, c_int64)),
    "delay": (c_int32, ()),
    "render": (c_int32, (CHIP, TIMES, LEVELS, LEVELS, c_int64, TIMES, FLOATS, c_int64)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Interface:
    """One header's functions, `PREFIX_name`; a library of another version is not called."""

    prefix: str
    abi: int  # of the header
    functions: Mapping[str, Signature]


SAMPLERNN = Interface("samplernn", 4, SAMPLERNN_FUNCTIONS)
APU = Interface("apu", 1, APU_FUNCTIONS)


class Library:
    """One interface of the compiled library. Functions release the interpreter while they run."""

    def __init__(self, path: Path, interface: Interface = SAMPLERNN) -> None:
        """Load it. Raises MissingError: absent, of another system, or of another version."""
        try:
            found = ctypes.CDLL(str(path))
            abi = int(found[f"{interface.prefix}_abi"]())
            if abi != interface.abi:
                raise MissingError(f"{path.name} is of version {abi}, not {interface.abi}; {HOW}")
            names = {name: f"{interface.prefix}_{name}" for name in interface.functions}
            self._functions = {name: found[whole] for name, whole in names.items()}
        except (OSError, AttributeError) as error:
            raise MissingError(f"{path.name} cannot be used here ({error}); {HOW}") from error
        for name, (result, arguments) in interface.functions.items():
            function = self._functions[name]
            function.restype, function.argtypes = result, arguments

    def call(self, name: str, *arguments: object) -> None:
        """Run a function that may refuse. Raises InputError with its sentence."""
        if self._functions[name](*arguments):
            raise InputError(self._functions["error"]().decode())

    def number(self, name: str, *arguments: object) -> float:
        """What a function that gives a number gives."""
        return float(self._functions[name](*arguments))

    def free(self, name: str, handle: c_void_p) -> None:
        """Give back a handle's memory."""
        self._functions[name](handle)

    def instruction_sets(self) -> tuple[str, ...]:
        """Those compiled in that this processor has, fastest first."""
        return tuple(self._functions["instruction_sets"]().decode().split())


def path() -> Path:
    """Where the library lies when it has been compiled."""
    return FOLDER / f"libstarling{SUFFIX}"


@cache
def library(interface: Interface = SAMPLERNN) -> Library:
    """The library, loaded once. Raises MissingError where there is none that fits."""
    if not path().is_file():
        raise MissingError(f"{path().name} has not been compiled; {HOW}")
    return Library(path(), interface)


def available(interface: Interface = SAMPLERNN) -> bool:
    """Whether there is a library that fits."""
    try:
        library(interface)
    except MissingError:
        return False
    return True


def instruction_sets() -> tuple[str, ...]:
    """Names that a network can be made for here, fastest first. Raises MissingError."""
    return library().instruction_sets()
