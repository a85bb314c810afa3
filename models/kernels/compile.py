"""Compile the libraries: `python3 models/kernels/compile.py [FOLDER]`. Standard library only.

`build.py setup` and the wheel's build run it. Every file of an instruction set is compiled with its
own flags; where the compiler does not know them, that set is left out of the library.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SOURCES = (FOLDER / "samplernn", FOLDER / "prediction", FOLDER / "processors", FOLDER / "apu")
BUILT = FOLDER / "built"  # where the library is looked for
SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
COMPILERS = ("c++", "g++", "clang++")
# No contraction: every instruction set computes the same bits.
FLAGS = (
    *("-std=c++17", "-O3", "-fPIC", "-fvisibility=hidden"),
    *("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
)
INSTRUCTION_SETS = {
    "avx2": ("-mavx2", "-mfma"),
    "avx_vnni": ("-mavx2", "-mfma", "-mavxvnni"),
    "avx512_vnni": ("-mavx2", "-mfma", "-mavx512f", "-mavx512vnni"),
}
STATIC = ("-static-libstdc++", "-static-libgcc")  # a newer system's library runs on an older one


def compiler() -> list[str]:
    """The C++ compiler's command: CXX, or the first that there is; empty without any."""
    if chosen := os.environ.get("CXX"):
        return shlex.split(chosen)
    return next(([found] for name in COMPILERS if (found := shutil.which(name))), [])


def run(command: list[str]) -> str:
    """Run the compiler; what it complains of when it fails, else nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return str(error)
    return (done.stderr or "it says nothing") if done.returncode else ""


def compile_file(command: list[str], source: Path, target: Path) -> str:
    """Compile one file, without its instruction set if need be. Returns the complaint."""
    plain = [*command, *FLAGS, "-I", str(FOLDER), "-c", str(source), "-o", str(target)]
    extra = INSTRUCTION_SETS.get(source.stem, ())
    return run([*plain, *extra]) and run(plain) if extra else run(plain)


def files(suffix: str) -> list[Path]:
    """The sources, or their headers."""
    return [path for folder in SOURCES for path in sorted(folder.glob(f"*{suffix}"))]


def compile_library(folder: Path = BUILT) -> str:
    """Compile into a folder, which gets the library whole or not at all.

    Returns why there is none, else nothing.
    """
    command = compiler()
    if not command:
        return "there is no C++ compiler"
    with tempfile.TemporaryDirectory() as scratch:
        objects = []
        for source in files(".cpp"):
            objects.append(Path(scratch) / f"{source.parent.name}_{source.stem}.o")
            if complaint := compile_file(command, source, objects[-1]):
                return f"{source.name} cannot be compiled: {complaint}"
        made = Path(scratch) / f"libstarling{SUFFIX}"
        link = [*command, "-shared", *map(str, objects), "-o", str(made)]
        if run([*link, *STATIC]) and (complaint := run(link)):
            return f"{made.name} cannot be linked: {complaint}"
        folder.mkdir(parents=True, exist_ok=True)
        arrived = folder / f".{made.name}"
        shutil.copyfile(made, arrived)
        arrived.replace(folder / made.name)
    return ""


def compile_or_say() -> None:
    """Compile to where the library is looked for; without it a sentence says what follows."""
    if complaint := compile_library():
        print(f"  SampleRNN will be a hundred times slower, the NES's chip ten times: {complaint}")


def sources() -> str:
    """Everything that the library is made from, to know whether it has changed."""
    parts = [Path(__file__), *files(".cpp"), *files(".h")]
    return "".join(path.read_text(encoding="utf-8") for path in parts)


if __name__ == "__main__":
    sys.exit(compile_library(*map(Path, sys.argv[1:2])) or None)
