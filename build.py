#!/usr/bin/env python3
"""Starling's one task runner: `python3 build.py VERB`. Standard library only; every verb sets up
what it needs first, shows each step with its time, and picks up where an earlier run stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = sys.platform == "win32"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
HOME = ROOT / ".starling"  # demo and benches keep their files here, not in the user's folders
MODULE = (PYTHON, "-P", "-m")  # not the scripts: their first lines break when the folder moves
MIN_PYTHON = (3, 11)
PIP = (PYTHON, "-m", "pip", "--disable-pip-version-check")
CONSTRAINTS = "constraints.txt"  # the versions that everything is tested with

DEBIAN_PACKAGES = {
    "python3-venv": "the virtual environment",
    "g++": "the plugin's compiler",
    "cmake": "the plugin's build",
    "ninja-build": "the plugin's build",
    "ccache": "compiles again only what changed",
    "pkg-config": "the plugin's build",
    "juce-modules-source": "JUCE 7",
    "libasound2-dev": "JUCE",
    "libfreetype-dev": "JUCE",
    "libx11-dev": "JUCE",
    "libxext-dev": "JUCE",
    "libxrandr-dev": "JUCE",
    "libxcursor-dev": "JUCE",
    "libxinerama-dev": "JUCE",
    "amsynth": "a synth with 3,482 presets to search",
    "zynaddsubfx-vst": "a synth whose presets are its state, in tests",
    "zynaddsubfx-data": "its 1,318 instruments, in tests",
    "xvfb": "tests of the editor without a screen",
    "xauth": "tests of the editor without a screen",
    "imagemagick": "screenshots in tests",
    "lilv-utils": "tests of the LV2 plugin",
}
KERNELS = ROOT / "models" / "kernels"
BUILDS = ROOT / "plugin" / "Builds" / "cmake"
BUILT = BUILDS / "Starling_artefacts" / "Release"


class StepError(Exception):
    """A step failed; the sentence says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    verbs = "\n".join(f"  {name:10} {text}" for name, (_, text) in VERBS.items())
    parser = argparse.ArgumentParser(
        prog="build.py",
        description=f"{__doc__}\n\nverbs:\n{verbs}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("verb", choices=VERBS, metavar="VERB")
    chosen, rest = parser.parse_known_args(arguments)
    try:
        VERBS[chosen.verb][0](rest)
    except (StepError, OSError) as exc:
        print(f"\nbuild.py {chosen.verb}: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; run the same command again to go on", file=sys.stderr)
        return 130
    return 0


# -- steps -----------------------------------------------------------------------------------------


def step(title: str, work: Callable[[], None], stamp: str = "", made_from: str = "") -> None:
    """Do `work` and print its time; with a stamp, skip it while `made_from` stays the same."""
    mark = VENV / "stamps" / stamp
    digest = hashlib.sha256(made_from.encode()).hexdigest()
    if stamp and mark.is_file() and mark.read_text() == digest:
        print(f"✓ {title} (already done)", flush=True)
        return
    print(f"→ {title}", flush=True)
    began = time.monotonic()
    work()
    if stamp:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(digest)
    print(f"✓ {title} ({time.monotonic() - began:.1f} s)", flush=True)


def call(*command: str | Path, env: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run a command; raises StepError when it fails."""
    words = [str(word) for word in command]
    private = {"MPLCONFIGDIR": str(HOME / "matplotlib"), **(env or {})}  # matplotlib caches fonts
    done = subprocess.run(words, cwd=cwd, env={**os.environ, **private}, check=False)
    if done.returncode:
        raise StepError(f"`{' '.join(words[:6])}` ended with {done.returncode}; see above")


def setup(rest: Sequence[str] = ()) -> None:
    """Install everything into .venv, and Debian's packages when run as root."""
    if sys.version_info < MIN_PYTHON:
        raise StepError(f"Python {sys.version.split()[0]} is too old; run this with 3.11 or newer")
    step("system packages", system_packages)
    step("virtual environment", make_venv)
    pins = (ROOT / CONSTRAINTS).read_text() + (ROOT / "pyproject.toml").read_text()
    pip = (*PIP, "install", "--quiet", "--no-cache-dir")  # a cache would lie outside the checkout
    torch = pinned("torch")  # first, so that no range pulls GPU packages of several GB
    step("PyTorch", lambda: call(*pip, torch), "torch", torch + sys.version)
    packages = (*pip, "-c", CONSTRAINTS, "-e", ".[dev,train]")
    step("Python packages", lambda: call(*packages), "packages", pins + str(ROOT))
    kernels()


def kernels() -> None:
    """Compile what generates textures fast; without a compiler it is done by PyTorch."""
    tools = runpy.run_path(str(KERNELS / "compile.py"))
    if not list(KERNELS.glob("built/*")):  # deleted, or there was no compiler
        (VENV / "stamps" / "kernels").unlink(missing_ok=True)
    step("compiled kernels", tools["compile_or_say"], "kernels", tools["sources"]())


def pinned(package: str) -> str:
    """The line of constraints.txt for a package, `torch==2.13.0`."""
    lines = (ROOT / CONSTRAINTS).read_text().splitlines()
    found = [line for line in lines if line.partition("==")[0].lower() == package]
    if not found:
        raise StepError(f"{CONSTRAINTS} has no version of {package}")
    return found[0]


def system_packages() -> None:
    if not shutil.which("dpkg-query"):
        print("  not Debian: install CMake, a C++ compiler and JUCE 7 to 9, and set JUCE_DIR")
        return
    missing = [name for name in DEBIAN_PACKAGES if not installed(name)]
    if not missing:
        return
    if os.geteuid() != 0:
        raise StepError(
            "these packages are missing; install them, then run this again:\n\n"
            f"    sudo apt-get install --no-install-recommends {' '.join(missing)}\n"
        )
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    call("apt-get", "-qq", "update", env=quiet)
    call("apt-get", "-qq", "install", "-y", "--no-install-recommends", *missing, env=quiet)


def installed(package: str) -> bool:
    if package == "python3-venv" and has_ensurepip():
        return True  # a Python that is not Debian's brings its own
    query = ("dpkg-query", "-W", "-f", "${Status}", package)
    found = subprocess.run(query, capture_output=True, text=True, check=False)
    return found.stdout.endswith("ok installed")


def has_ensurepip() -> bool:
    code = "import ensurepip, venv"
    return not subprocess.run([sys.executable, "-c", code], capture_output=True).returncode


def make_venv() -> None:
    if not works(PYTHON):
        shutil.rmtree(VENV, ignore_errors=True)
        call(sys.executable, "-m", "venv", VENV)


def works(python: Path) -> bool:
    if not python.is_file():
        return False
    return not subprocess.run([python, "-c", "import pip"], capture_output=True).returncode


def plugin(rest: Sequence[str] = ()) -> None:
    """Build the plugin: VST3, LV2 and Standalone."""
    setup()
    if sys.platform != "linux":
        raise StepError("this builds on Linux; elsewhere run cmake on plugin/ with -DJUCE_DIR=...")
    if not (BUILDS / "CMakeCache.txt").is_file():
        (VENV / "stamps" / "cmake").unlink(missing_ok=True)
    step("plugin: configure", configure_plugin, "cmake", " ".join(configuration()))
    formats = ("--target", "Starling_All")
    step("plugin: compile (several minutes the first time)", lambda: cmake_build(*formats))


def configuration() -> list[str]:
    """CMake's arguments; what JUCE_DIR changes is configured anew."""
    generator = "Ninja" if shutil.which("ninja") else "Unix Makefiles"
    juce = os.environ.get("JUCE_DIR")
    return [
        *("-S", str(ROOT / "plugin"), "-B", str(BUILDS), "-G", generator),
        "-DCMAKE_BUILD_TYPE=Release",
        *([f"-DJUCE_DIR={Path(juce).resolve()}"] if juce else []),
        "--log-level=ERROR",
    ]


def configure_plugin() -> None:
    if not shutil.which("cmake"):
        raise StepError("CMake is not installed; `python3 build.py setup` says how")
    (BUILDS / "CMakeCache.txt").unlink(missing_ok=True)  # of another generator, JUCE or folder
    call("cmake", *configuration())


def cmake_build(*arguments: str) -> None:
    call("cmake", "--build", BUILDS, "--parallel", str(os.cpu_count() or 2), *arguments)


def harness() -> None:
    """Build what tests and benches drive the plugin's insides with."""
    plugin()
    step("plugin: test harness", lambda: cmake_build("--target", "harness"))


# -- verbs -----------------------------------------------------------------------------------------


def demo(rest: Sequence[str] = ()) -> None:
    """Hear and see the whole of Starling: sounds from notes, presets from a sound."""
    plugin()
    call(PYTHON, "-m", "starling.engine.demo", *rest, env={"STARLING_HOME": str(HOME)})


def test(rest: Sequence[str] = ()) -> None:
    """Run the tests; arguments go to pytest."""
    harness()
    call(*MODULE, "pytest", *rest)


def check(rest: Sequence[str] = ()) -> None:
    """Format, lint, types, and that generated files are fresh."""
    setup()
    step("ruff format", lambda: call(*MODULE, "ruff", "format", "--check", "--quiet", "."))
    step("ruff check", lambda: call(*MODULE, "ruff", "check", "--quiet", "."))
    step("mypy", lambda: call(*MODULE, "mypy"))
    step("mypy build.py", lambda: call(*MODULE, "mypy", "build.py", "docs/rooms.py"))
    fresh = (PYTHON, "-m", "starling.engine.wire.generators.generate_text", ROOT, "--check")
    step("generated files", lambda: call(*fresh))
    effects = (PYTHON, "-m", "starling.engine.render.effects_text", ROOT, "--check")
    step("page of the effects", lambda: call(*effects))
    step("picture of the rooms", lambda: call(PYTHON, ROOT / "docs" / "rooms.py", "--check"))
    sources = [
        path
        for folder in ("plugin/Source", "tests/host", "models/kernels")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".h", ".cpp"} and path.name != "Protocol.h"
    ]
    clang_format = (BIN / "clang-format", "--dry-run", "--Werror")
    step("clang-format", lambda: call(*clang_format, *sources))


def bench(rest: Sequence[str]) -> None:
    """Run a benchmark by name; its last line is one JSON object."""
    folder = ROOT / "tests" / "bench"
    found = {path.stem.removeprefix("bench_"): path for path in folder.rglob("bench_*.py")}
    if not rest or rest[0] not in found:
        raise StepError(f"name a benchmark: {', '.join(sorted(found))}")
    harness()
    call(PYTHON, found[rest[0]], *rest[1:], env={"PYTHONPATH": str(folder)})


def docs(rest: Sequence[str] = ()) -> None:
    """Write the files that derive from the tables and from the imports."""
    setup()
    call(PYTHON, ROOT / "docs" / "rooms.py")
    call(PYTHON, "-m", "starling.engine.wire.generators.generate_text", ROOT)
    call(PYTHON, "-m", "starling.engine.render.effects_text", ROOT)


def install(rest: Sequence[str] = ()) -> None:
    """Copy the plugin into your plugin folders and tell it how to start the engine."""
    plugin()
    for built, target in plugin_targets().items():
        remove(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(built, target)
        print(f"installed {target}")
    launch = launch_file()
    launch.parent.mkdir(parents=True, exist_ok=True)
    launch.write_text(json.dumps({"command": [str(BIN / "starling"), "engine"]}) + "\n")
    print(f"installed {launch}\nnow rescan plugins in your DAW and load Starling")


def uninstall(rest: Sequence[str] = ()) -> None:
    """Remove what install put into your folders."""
    for path in (*plugin_targets().values(), launch_file()):
        if remove(path):
            print(f"removed {path}")


def remove(path: Path) -> bool:
    """Remove a file, a link or a folder; says whether there was one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.exists() or path.is_symlink():
        path.unlink()
    else:
        return False
    return True


def plugin_targets() -> dict[Path, Path]:
    """Each built bundle and its place in the user's plugin folders."""
    home = Path.home()
    return {
        BUILT / "VST3" / "Starling.vst3": home / ".vst3" / "Starling.vst3",
        BUILT / "LV2" / "Starling.lv2": home / ".lv2" / "Starling.lv2",
    }


def launch_file() -> Path:
    """Where the plugin looks for the engine's command; engine/config.py has the same rule."""
    if home := os.environ.get("STARLING_HOME"):
        return Path(home).expanduser().resolve() / "config" / "launch.json"
    home_folder = Path.home()
    folders = {
        "darwin": home_folder / "Library" / "Application Support",
        "win32": Path(os.environ.get("LOCALAPPDATA", home_folder / "AppData" / "Local")),
    }
    linux = Path(os.environ.get("XDG_CONFIG_HOME") or home_folder / ".config")
    return folders.get(sys.platform, linux) / "starling" / "launch.json"


VERBS: dict[str, tuple[Callable[[Sequence[str]], None], str]] = {
    "setup": (setup, "install what Starling needs into .venv"),
    "demo": (demo, "hear and see the whole of it (sets up and builds first)"),
    "plugin": (plugin, "build the plugin: VST3, LV2, Standalone"),
    "install": (install, "copy the plugin into your plugin folders"),
    "test": (test, "run the tests; arguments go to pytest"),
    "check": (check, "format, lint, types, generated files"),
    "bench": (bench, "run a benchmark by name"),
    "docs": (docs, "write the generated files"),
    "uninstall": (uninstall, "remove what install copied"),
}

if __name__ == "__main__":
    sys.exit(main())
