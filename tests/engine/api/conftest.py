"""A home of its own with Starling's own presets scanned, and the commands to compare with."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import starling
from starling.engine.cli.main import main


@pytest.fixture(scope="session")
def api_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def at_home(api_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARLING_HOME", str(api_home))


@pytest.fixture(scope="session")
def library(api_home: Path) -> Iterator[starling.Library]:
    progress: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STARLING_HOME", str(api_home))
        opened = starling.Library()
        report = opened.scan(["starling"], progress=lambda part, text: progress.append(part))
    assert report.added == len(opened) > 50 and not report.failed
    assert progress[-1] == 1.0
    yield opened
    opened.close()


@pytest.fixture
def command() -> Callable[..., str]:
    """`command("models", "--json")` is what the command prints, in the same home."""

    def run(*words: object) -> str:
        done = CliRunner().invoke(main, [*map(str, words)])
        assert done.exit_code == 0, done.output
        return done.stdout

    return run
