"""The compiled libraries: where they lie, whether they fit, what their functions take.

>>> "portable" in instruction_sets() if available() else True
True
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import (
    POINTER,
    c_char_p,
    c_double,
    c_float,
    c_int32,
    c_int64,
    c_uint8,
    c_uint64,
    c_void_p,
)
from functools import cache
from pathlib import Path

from starling.models.errors import InputError, MissingError

FOLDER = Path(__file__).parent / "built"
SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
ABI = 2  # of interface.h; a library with another number is not called
HOW = "`python3 build.py setup` compiles it where a C++ compiler is installed"
NETWORK = BATCH = c_void_p
FLOATS, LEVELS, SLOTS = POINTER(c_float), POINTER(c_uint8), POINTER(c_int32)
SIGNATURES: dict[str, tuple[type | None, tuple[type, ...]]] = {
    "abi": (c_int32, ()),
    "error": (c_char_p, ()),
    "instruction_sets": (c_char_p, ()),
    "network_new": (
        c_int32,
        (SLOTS, *(c_int32,) * 7, FLOATS, c_char_p, POINTER(NETWORK)),
    ),
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


class Library:
    """SampleRNN's generator, compiled. Its functions release the interpreter while they run."""

    def __init__(self, path: Path) -> None:
        """Load it. Raises MissingError: absent, of another system, or of another version."""
        try:
            found = ctypes.CDLL(str(path))
            abi = int(found.samplernn_abi())
        except (OSError, AttributeError) as error:
            raise MissingError(f"{path.name} cannot be used here ({error}); {HOW}") from error
        if abi != ABI:
            raise MissingError(f"{path.name} is of version {abi}, not {ABI}; {HOW}")
        for name, (result, arguments) in SIGNATURES.items():
            function = getattr(found, f"samplernn_{name}")
            function.restype, function.argtypes = result, arguments
        self._found = found

    def call(self, name: str, *arguments: object) -> None:
        """Run a function that may refuse. Raises InputError with its sentence."""
        if getattr(self._found, f"samplernn_{name}")(*arguments):
            raise InputError(self._found.samplernn_error().decode())

    def number(self, name: str, *arguments: object) -> float:
        """What a function that gives a number gives."""
        return float(getattr(self._found, f"samplernn_{name}")(*arguments))

    def free(self, name: str, handle: c_void_p) -> None:
        """Give back a handle's memory."""
        getattr(self._found, f"samplernn_{name}")(handle)

    def instruction_sets(self) -> tuple[str, ...]:
        """Those compiled in that this processor has, fastest first."""
        return tuple(self._found.samplernn_instruction_sets().decode().split())


def path() -> Path:
    """Where the library lies when it has been compiled."""
    return FOLDER / f"libsamplernn{SUFFIX}"


@cache
def library() -> Library:
    """The library, loaded once. Raises MissingError where there is none that fits."""
    if not path().is_file():
        raise MissingError(f"{path().name} has not been compiled; {HOW}")
    return Library(path())


def available() -> bool:
    """Whether there is a library that fits."""
    try:
        library()
    except MissingError:
        return False
    return True


def instruction_sets() -> tuple[str, ...]:
    """Names that a network can be made for here, fastest first. Raises MissingError."""
    return library().instruction_sets()
