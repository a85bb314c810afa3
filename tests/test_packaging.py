"""What pip installs: extras that exist, pins in one file, nothing that only training needs."""

import re
import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("engine", "presets", "models", "tests", "docs")
TEXTS = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "build.py")),
    *(
        path
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".md"} and path != Path(__file__)
    ),
]
INSTALL = re.compile(r"pip install -e '\.\[([a-z,]+)\]'")
EXTRA = re.compile(r"extra `([a-z]+)`")


def project() -> dict[str, object]:
    read: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return read


def extras() -> dict[str, list[str]]:
    found = project()["optional-dependencies"]
    assert isinstance(found, dict)
    return found


def requirements() -> list[Requirement]:
    """What is needed, extras included."""
    needed = project()["dependencies"]
    assert isinstance(needed, list)
    lines = [*needed, *(line for group in extras().values() for line in group)]
    return [Requirement(line) for line in lines]


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {name.lower(): version for name, version in (line.split("==") for line in lines)}


def test_docs_and_messages_name_no_project_that_nobody_has_registered() -> None:
    name = str(project()["name"])
    for path in TEXTS:
        assert f"{name}[" not in path.read_text(encoding="utf-8"), path


def test_every_extra_that_docs_and_messages_name_exists() -> None:
    named: dict[str, Path] = {}
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        together = [name for names in INSTALL.findall(text) for name in names.split(",")]
        named |= dict.fromkeys([*together, *EXTRA.findall(text)], path)
    assert {"clap", "cluster", "dexed", "eval", "lance"} <= named.keys()
    unknown = {name: path for name, path in named.items() if name not in extras()}
    assert not unknown


def test_versions_are_pinned_in_the_constraints_alone() -> None:
    for needed in requirements():
        assert needed.specifier, f"{needed.name} has no lower bound"
        exact = [each for each in needed.specifier if each.operator == "=="]
        assert not exact, f"{needed}: the exact version stands in constraints.txt"


def test_the_pinned_versions_lie_in_the_ranges() -> None:
    known = pins()
    for needed in requirements():
        assert known[needed.name.lower()] in needed.specifier, needed


def test_setup_installs_the_torch_of_the_constraints() -> None:
    spec = spec_from_file_location("starling_build", ROOT / "build.py")
    assert spec is not None and spec.loader is not None
    build = module_from_spec(spec)
    spec.loader.exec_module(build)
    assert build.pinned("torch") == f"torch=={pins()['torch']}"
    with pytest.raises(build.StepError, match=r"constraints.txt has no version of nonesuch"):
        build.pinned("nonesuch")


# What a person has who installed no extra: the packages of `train` cannot be imported.
WITHOUT_TRAINING = """
import importlib, pkgutil, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"lightning_fabric", "tensorboard"}:
            raise ModuleNotFoundError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
"""
IMPORT_ALL = """
import starling
for found in pkgutil.walk_packages(starling.__path__, "starling."):
    if not found.name.endswith(".__main__"):
        importlib.import_module(found.name)
        print(found.name)
"""
GENERATE = """
from starling.engine.cli.main import main
main(["generate", "drums", "--seed", "7", "-o", sys.argv[1]])
"""


def run_without_training(code: str, *arguments: object) -> str:
    command = [sys.executable, "-P", "-c", WITHOUT_TRAINING + code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_is_imported_without_what_only_training_needs() -> None:
    assert "starling.models.training.fit" in run_without_training(IMPORT_ALL).splitlines()


def test_a_model_plays_without_what_only_training_needs(tmp_path: Path) -> None:
    run_without_training(GENERATE, tmp_path / "drum.wav")
    assert (tmp_path / "drum.wav").is_file()
