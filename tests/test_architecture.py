"""The rules of the house that a machine can check: who imports whom, and what a package holds."""

import ast
import os
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "engine": {"engine", "presets", "models"},
    "presets": {"presets", "models"},
    "models": {"models"},
}
SOURCES = [path for folder in MAY_IMPORT for path in sorted((ROOT / folder).glob("*.py"))]
MAX_LINES = 350


def imported(path: Path) -> list[str]:
    """Every module name that a file imports, at any depth of the code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno} imports relatively"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_imports_follow_the_arrows(path: Path) -> None:
    for name in imported(path):
        head, _, rest = name.partition(".")
        assert head not in MAY_IMPORT, f"import starling.{head}, not {head}"
        if head == "starling" and rest.split(".")[0] in MAY_IMPORT:
            assert rest.split(".")[0] in MAY_IMPORT[path.parent.name], name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_folders_stay_flat(folder: str) -> None:
    inner = {path.name for path in (ROOT / folder).iterdir() if path.is_dir()}
    assert inner <= {"weights", "__pycache__"}


def test_only_the_error_tree_defines_exceptions() -> None:
    for path in SOURCES:
        if path.name == "errors.py" and path.parent.name == "models":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = {getattr(base, "id", "") for base in node.bases}
                assert not any(base.endswith(("Error", "Exception")) for base in bases), (
                    f"{path}:{node.lineno} defines the exception {node.name}"
                )


def test_no_pickle_is_read_or_written() -> None:
    for path in SOURCES:
        names = imported(path)
        assert not any(name.split(".")[0] in {"pickle", "shelve", "dill"} for name in names), path
        text = path.read_text(encoding="utf-8")
        assert "torch.save(" not in text, path
        # other people's weights: read by the unpickler that makes tensors only
        loads = [call for call in text.split("torch.load(")[1:] if path.name == "foreign.py"]
        assert text.count("torch.load(") == len(loads), path
        assert all("weights_only=True" in call.partition("\n")[0] for call in loads), path
        assert "allow_pickle=True" not in text, path


def test_the_wheel_lists_every_package_and_data_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    setuptools = project["tool"]["setuptools"]
    assert set(setuptools["packages"]) == {"starling", *(f"starling.{f}" for f in MAY_IMPORT)}
    for folder in MAY_IMPORT:
        patterns = setuptools["package-data"].get(f"starling.{folder}", [])
        held = {path for pattern in patterns for path in (ROOT / folder).glob(pattern)}
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                assert path in held, f"{path} would be missing from the wheel"


def test_the_import_name_is_three_relative_links() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-s", "src/starling"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    links = [line.split()[-1] for line in listed.stdout.splitlines() if line.startswith("120000")]
    assert sorted(links) == [f"src/starling/{folder}" for folder in sorted(MAY_IMPORT)]
    assert all(not os.readlink(ROOT / link).startswith("/") for link in links)
