"""The rules of the house that a machine can check: who imports whom, and what a room holds."""

import ast
import os
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "engine": {"engine", "presets", "models"},
    "presets": {"presets", "models"},
    "models": {"models"},
}
# The rooms of each folder, lowest first: a room imports from its own line only itself, and from the
# lines above it. A name with .py is a file that lies beside the rooms.
ORDER = {
    "models": (
        ("plain.py",),
        (
            *("closing.py", "errors.py", "figures.py", "json_text.py", "obstacles.py"),
            "replacing.py",
        ),
        ("lockfile.py",),
        ("artifacts", "dsp", "kernels"),
        ("midi", "pretrained", "training"),
        ("datasets",),
        ("nes", "oneshot", "proxy", "samplernn", "timbre"),
        ("additive", "baselines", "composer", "estimator"),
        ("evaluation",),
    ),
    "presets": (
        ("features", "formats"),
        ("index", "synths"),
        ("library",),
        ("sandbox", "search"),
        ("scan",),
        ("datasets", "match"),
        ("evaluation",),
    ),
    "engine": (
        ("config.py", "log.py"),
        ("threads.py",),
        ("wire",),
        ("sounds",),
        ("music", "songs", "textures"),
        ("render", "server"),
        ("api",),
        ("cli",),
        ("demo",),
    ),
}
SOURCES = [
    path
    for folder in MAY_IMPORT
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "__pycache__" not in path.parts
]
CODE = {".py", ".h", ".cpp", ".c"}
HOUSES = (*MAY_IMPORT, "plugin/Source", "tests")
MAX_LINES = 350
READS_TORCH_FILES = "models/pretrained/weights.py"
SHARED_LINES = 8  # which two trainers may not have alike
MAX_FILES = 15  # audiocraft's largest folder; mido's has 10


def named(path: Path) -> str:
    """A source file by its path from the root."""
    return str(path.relative_to(ROOT))


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


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_imports_follow_the_arrows(path: Path) -> None:
    for name in imported(path):
        head, _, rest = name.partition(".")
        assert head not in MAY_IMPORT, f"import starling.{head}, not {head}"
        if head == "starling" and rest.split(".")[0] in MAY_IMPORT:
            assert rest.split(".")[0] in MAY_IMPORT[path.relative_to(ROOT).parts[0]], name


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def code_folders(house: str) -> list[Path]:
    """A folder and all below it that hold code."""
    holding = {path.parent for path in (ROOT / house).rglob("*") if path.suffix in CODE}
    return sorted(each for each in holding if "__pycache__" not in each.parts)


@pytest.mark.parametrize("house", HOUSES)
def test_no_folder_is_crowded(house: str) -> None:
    for folder in code_folders(house):
        files = [path.name for path in folder.iterdir() if path.suffix in CODE]
        count = len(set(files) - {"__init__.py", "conftest.py"})
        assert count <= MAX_FILES, f"{named(folder)} holds {count} files"


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_every_room_has_a_sign_of_one_sentence(folder: str) -> None:
    for room in code_folders(folder):
        sign = room / "__init__.py"
        assert sign.is_file(), f"{named(room)} is no package"
        [sentence] = ast.parse(sign.read_text(encoding="utf-8")).body
        assert isinstance(sentence, ast.Expr) and isinstance(sentence.value, ast.Constant)
        text = sentence.value.value
        assert isinstance(text, str) and text.endswith(".") and "\n" not in text


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_tests_mirror_the_rooms(folder: str) -> None:
    for room in code_folders(f"tests/{folder}"):
        source = ROOT / room.relative_to(ROOT / "tests")
        assert source.is_dir(), f"{named(room)} tests no room"


def modules_of(name: str) -> str:
    """The file that an imported name leads to, from the root; empty where it is not ours."""
    parts = name.split(".")
    if parts[0] != "starling":
        return ""
    for length in (len(parts), len(parts) - 1):
        base = "/".join(parts[1:length])
        if (ROOT / f"{base}.py").is_file():
            return f"{base}.py"
        if base and (ROOT / base / "__init__.py").is_file():
            return f"{base}/__init__.py"
    return ""


@cache
def import_graph() -> dict[str, set[str]]:
    """Every file of ours and the files of ours that it imports."""
    return {
        named(path): {found for name in imported(path) if (found := modules_of(name))}
        for path in SOURCES
    }


def room_of(file: str) -> tuple[str, str]:
    """models/dsp/mel.py -> ("models", "dsp"); models/errors.py -> ("models", "errors.py")."""
    folder, room = file.split("/")[:2]
    return folder, room


def test_rooms_are_in_an_order_without_cycles() -> None:
    line = {
        (folder, room): at
        for folder, lines in ORDER.items()
        for at, rooms in enumerate(lines)
        for room in rooms
    }
    found = {room_of(file) for file in import_graph() if not file.endswith("/__init__.py")}
    assert found == line.keys(), "ORDER names exactly the rooms that there are"
    for file, names in import_graph().items():
        for other in names - {file}:
            mine, theirs = room_of(file), room_of(other)
            if mine != theirs and mine[0] == theirs[0] and theirs[1] != "__init__.py":
                assert line[theirs] < line[mine], f"{file} imports {other}"


@pytest.mark.parametrize("folder", ORDER)
def test_contributing_draws_the_order(folder: str) -> None:
    drawn = " < ".join(" ".join(rooms) for rooms in ORDER[folder])
    line = f"{folder + ':':8} {drawn}"
    assert line in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()


def test_the_picture_of_the_rooms_is_fresh() -> None:
    command = [sys.executable, str(ROOT / "docs" / "rooms.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {file: set(names) - {file} for file, names in import_graph().items()}
    while leaves := [file for file, names in graph.items() if not names & graph.keys()]:
        for file in leaves:
            del graph[file]
    assert not graph, f"a circle among {sorted(graph)}"


SHARED_NAMES = {  # what the same part of every learned system is called
    "network.py": "the networks",
    "data.py": "what is read for training",
    "batches.py": "what a step of training gets",
    "train.py": "the trainer",
    "generator.py": "what plays a trained model",
    "evaluate.py": "its judge",
    "publish.py": "weights and card",
}
LEARNED = {  # which of them each system has
    "oneshot": {"network", "batches", "train", "generator", "publish"},
    "additive": {"train", "generator", "publish"},  # its network is a synthesizer without weights
    "baselines": {"data", "train", "generator", "publish"},  # two networks, by their names
    "timbre": {"network", "batches", "train", "publish"},
    "proxy": {"network", "data", "train", "evaluate", "publish"},
    "estimator": {"network", "train", "publish"},
    "composer": {"network", "data", "batches", "train", "generator", "evaluate", "publish"},
}


@pytest.mark.parametrize("system", LEARNED)
def test_learned_systems_name_their_parts_alike(system: str) -> None:
    files = {path.stem for path in (ROOT / "models" / system).glob("*.py")}
    shared = {name.removesuffix(".py") for name in SHARED_NAMES}
    assert files & shared == LEARNED[system]
    odd = [name for name in files - shared if name.removesuffix("s") in shared]
    assert not odd, f"{system} has {odd} beside {sorted(SHARED_NAMES)}"


def code_lines(path: Path) -> list[str]:
    """The lines of a file that do something, without imports, comments and empty ones."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "import ", "from "))]


def test_no_two_trainers_share_eight_lines() -> None:
    trainers = [
        *sorted((ROOT / "models").glob("*/train*.py")),
        *sorted((ROOT / "engine" / "cli" / "train").glob("*.py")),
    ]
    assert len(trainers) >= 2 * len(LEARNED)
    seen: dict[tuple[str, ...], Path] = {}
    for path in trainers:
        lines = code_lines(path)
        for at in range(len(lines) - SHARED_LINES + 1):
            first = seen.setdefault(tuple(lines[at : at + SHARED_LINES]), path)
            assert first == path, f"{named(first)} and {named(path)} share {lines[at]!r} and on"


def test_commands_take_typed_options_and_handlers_need_no_casts() -> None:
    for folder in ("engine/cli", "engine/server", "engine/wire"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "cast":
                    raise AssertionError(f"{named(path)}:{node.lineno} casts")
                if isinstance(node, ast.FunctionDef) and any(map(is_command, node.decorator_list)):
                    assert node.args.kwarg is None, f"{named(path)}:{node.lineno} takes **options"


def is_command(decorator: ast.expr) -> bool:
    """Whether a decorator makes a command: `click.command` or a group's."""
    return ast.unparse(decorator).partition("(")[0].endswith((".command", ".group"))


def test_no_two_rooms_of_a_folder_have_one_sign() -> None:
    signs = Counter(
        (room / "__init__.py").read_text(encoding="utf-8")
        for folder in MAY_IMPORT
        for room in code_folders(folder)
    )
    assert max(signs.values()) == 1


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
        loads = [call for call in text.split("torch.load(")[1:] if named(path) == READS_TORCH_FILES]
        assert text.count("torch.load(") == len(loads), path
        assert all("weights_only=True" in call.partition("\n")[0] for call in loads), path
        assert "allow_pickle=True" not in text, path


def test_the_wheel_lists_every_package_and_data_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    setuptools = project["tool"]["setuptools"]
    rooms = {
        "starling." + ".".join(room.relative_to(ROOT).parts)
        for folder in MAY_IMPORT
        for room in code_folders(folder)
    }
    assert set(setuptools["packages"]) == {"starling", *rooms}
    assert setuptools["packages"] == sorted(setuptools["packages"])
    patterns = setuptools["package-data"]
    held = {
        path
        for package, globs in patterns.items()
        for pattern in globs
        for path in (ROOT / "/".join(package.split(".")[1:])).glob(pattern)
    }
    for folder in MAY_IMPORT:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix not in {".py", ".pyc"}:
                assert path in held, f"{path} would be missing from the wheel"


def test_the_import_name_is_three_relative_links_and_the_names_it_offers() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-s", "src/starling"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = [line.split()[-1] for line in listed.stdout.splitlines()]
    links = [line.split()[-1] for line in listed.stdout.splitlines() if line.startswith("120000")]
    assert sorted(links) == [f"src/starling/{folder}" for folder in sorted(MAY_IMPORT)]
    files = {"src/starling/__init__.py", "src/starling/errors.py", "src/starling/py.typed"}
    assert set(names) - set(links) == files
    assert all(not os.readlink(ROOT / link).startswith("/") for link in links)
