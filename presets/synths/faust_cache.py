"""Compiled Faust programs kept on disk: the compiler takes a second, reading one back a tenth.

The folder is the one that `plugin.CACHE_VARIABLE` names; without it nothing is kept. It is
the user's own, like Python's .pyc files: whoever can write there can run code as that user anyway.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
from pathlib import Path
from typing import Any

from starling.presets.synths.plugin import CACHE_VARIABLE

__all__ = ["compile_program"]


def compile_program(processor: Any, program: str, source: str) -> None:
    """Compile a program that imports `source`, or take it from the cache; the sound is the same.

    What was just compiled is read back too: LLVM optimises it once more then, which moves the last
    bits of the samples, and the same note must give the same bytes with a cache and without.
    """
    file = _file(program, source)
    if file is not None and _restored(processor, file):
        return
    processor.set_dsp_string(program)
    processor.compile()
    bitcode = processor.__getstate__()["bitcode"]
    processor.compile_from_bitcode(bitcode)
    if file is not None:
        _keep(file, bitcode)


def _file(program: str, source: str) -> Path | None:
    """Where the program lies or would lie; its name says all that it depends on."""
    folder = os.environ.get(CACHE_VARIABLE)
    if not folder:
        return None
    import dawdreamer

    made_by = (dawdreamer.__version__, platform.system(), platform.machine())
    digest = hashlib.sha256("\0".join((program, source, *made_by)).encode()).hexdigest()
    return Path(folder) / f"{digest}.faust"


def _restored(processor: Any, file: Path) -> bool:
    try:
        check, bitcode = file.read_text(encoding="ascii").split("\n", 1)
        if check != _check(bitcode):
            return False  # LLVM takes some damage for a program
        processor.compile_from_bitcode(bitcode)
    except (OSError, ValueError, RuntimeError):  # none yet, or damaged: it is compiled again
        return False
    return True


def _check(bitcode: str) -> str:
    """The first line of a file, which shows damage; no protection from an attacker."""
    return hashlib.sha256(bitcode.encode("ascii")).hexdigest()


def _keep(file: Path, bitcode: str) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}")
    with contextlib.suppress(OSError):  # a full disk costs a second next time, not the sound
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(f"{_check(bitcode)}\n{bitcode}", encoding="ascii")
        os.replace(part, file)
    with contextlib.suppress(OSError):
        part.unlink(missing_ok=True)
