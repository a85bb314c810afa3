"""build.py: steps that resume, errors that say what to do, nothing outside the checkout."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from starling.engine.config import folders

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def build(tmp_path: Path) -> ModuleType:
    """build.py as a module of its own, with its stamps in tmp_path."""
    spec = importlib.util.spec_from_file_location("starling_build", ROOT / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.VENV = tmp_path / "venv"
    return module


def test_a_step_with_a_stamp_runs_once(build: ModuleType) -> None:
    runs: list[int] = []
    for _ in range(2):
        build.step("count", lambda: runs.append(1), "count", "same input")
    assert len(runs) == 1
    build.step("count", lambda: runs.append(1), "count", "other input")
    assert len(runs) == 2


def test_a_failed_step_is_done_again(build: ModuleType) -> None:
    def fail() -> None:
        raise build.StepError("no")

    with pytest.raises(build.StepError):
        build.step("fail", fail, "fail", "x")
    runs: list[int] = []
    build.step("fail", lambda: runs.append(1), "fail", "x")
    assert runs == [1]


def test_a_failing_command_is_a_sentence(build: ModuleType) -> None:
    with pytest.raises(build.StepError, match="ended with 3"):
        build.call(sys.executable, "-c", "raise SystemExit(3)")


def test_an_unknown_benchmark_lists_the_known(build: ModuleType) -> None:
    with pytest.raises(build.StepError, match="roundtrip"):
        build.bench(["no such"])


def test_every_verb_has_a_line_of_help(build: ModuleType) -> None:
    command = [sys.executable, str(ROOT / "build.py"), "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for verb, (_, text) in build.VERBS.items():
        assert f"{verb:10} {text}" in shown


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to drop it")
def test_without_root_setup_prints_the_apt_line(build: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "build.py"
    script.write_text((ROOT / "build.py").read_text().replace('"amsynth":', '"no-such-package":'))
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    command = ["/usr/bin/env", "python3", str(script), "setup"]
    done = subprocess.run(command, capture_output=True, text=True, user="nobody", check=False)
    if "Permission denied" in done.stderr and "apt-get" not in done.stderr:
        pytest.skip("the user nobody cannot run this Python")
    assert done.returncode == 1
    assert "sudo apt-get install --no-install-recommends no-such-package" in done.stderr


def test_the_launch_file_is_where_the_engine_says(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variables in ({"STARLING_HOME": str(tmp_path)}, {"XDG_CONFIG_HOME": str(tmp_path)}, {}):
        monkeypatch.delenv("STARLING_HOME", raising=False)
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert build.launch_file() == folders().config / "launch.json"


def test_install_and_uninstall_leave_the_home_folder_as_it_was(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, built = tmp_path / "home", tmp_path / "built"
    for name in ("VST3/Starling.vst3", "LV2/Starling.lv2"):
        (built / name).mkdir(parents=True)
        (built / name / "binary").write_text("x")
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("STARLING_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    build.BUILT = built
    build.plugin = lambda rest=(): None  # nothing to compile here
    for _ in range(2):  # over an earlier install too
        build.install()
    assert (home / ".vst3/Starling.vst3/binary").is_file()
    assert (home / ".lv2/Starling.lv2/binary").is_file()
    assert "engine" in build.launch_file().read_text()
    build.uninstall()
    assert [path for path in home.rglob("*") if path.is_file()] == []
