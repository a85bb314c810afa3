"""The wheel, built from a clean copy and installed into an empty environment, is complete."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

import starling

ROOT = Path(__file__).resolve().parent.parent
DATA = ("models/weights/drums.safetensors", "models/weights/drums.json", "py.typed")
SYNTH = ("presets/synths/starling.dsp", "presets/factory.json")
# Imports every module of the installed package but those that run when they are imported.
IMPORT_ALL = """
import importlib, pkgutil, sys, starling
names = [each.name for each in pkgutil.walk_packages(starling.__path__, "starling.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(starling.__file__, len(names))
"""


def run(*words: object, **variables: str) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clean_copy(place: Path) -> Path:
    """The files that git would commit: no build folder or egg-info of before hides a mistake."""
    git = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, place / name
        if os.path.lexists(source):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    return place


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that holds the wheel, and sees the dependencies of this one."""
    for needed in ("pip", "setuptools"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed here, which builds the wheel")
    place = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-P", "-m", "pip")
    quiet = ("--no-deps", "--no-index", "--quiet")
    source = clean_copy(place / "source")
    run(*pip, "wheel", source, *quiet, "--no-build-isolation", "-w", place)
    [wheel] = place.glob("*.whl")
    venv.create(place / "env", with_pip=False, symlinks=os.name != "nt")
    bin_folder = place / "env" / ("Scripts" if os.name == "nt" else "bin")
    site = run(
        bin_folder / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"
    )
    run(*pip, "--python", bin_folder / "python", "install", *quiet, wheel)
    # a folder named in a .pth file is searched, but its own .pth files, which would lead to this
    # checkout, are not read
    dependencies = sysconfig.get_path("purelib")
    (Path(site.strip()) / "dependencies.pth").write_text(f"{dependencies}\n", encoding="utf-8")
    return bin_folder


def test_every_module_can_be_imported(installed: Path, tmp_path: Path) -> None:
    words = run(installed / "python", "-P", "-c", IMPORT_ALL, STARLING_HOME=str(tmp_path)).split()
    package, count = Path(words[-2]).parent, int(words[-1])
    assert package.is_relative_to(installed.parent)
    sources = [
        path
        for folder in ("engine", "presets", "models")
        for path in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    ]
    assert count == len(sources) + len([*(ROOT / "src" / "starling").glob("*.py")]) - 1


def test_the_data_files_are_there(installed: Path) -> None:
    code = "import starling; print(starling.__path__[0])"
    package = Path(run(installed / "python", "-P", "-c", code).strip())
    for name in (*DATA, *SYNTH):
        assert (package / name).stat().st_size == (
            (ROOT / name).stat().st_size if "/" in name else 0
        )


def test_the_command_runs(installed: Path, tmp_path: Path) -> None:
    printed = run(installed / "starling", "--version", STARLING_HOME=str(tmp_path))
    assert starling.__version__ in printed
    out = tmp_path / "snare.wav"
    run(
        installed / "starling",
        "generate",
        "drums",
        "--seed",
        7,
        "-o",
        out,
        STARLING_HOME=str(tmp_path),
    )
    assert out.stat().st_size > 1000
