"""A new bank in a watched folder comes into the library of a running engine by itself."""

import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from starling.engine import log
from starling.engine.cli.main import main
from starling.engine.config import Folders
from starling.engine.server.engine import Engine
from starling.engine.server.folder_watcher import FolderWatcher
from starling.engine.server.preset_browser import Browser
from starling.models.errors import ParseError
from starling.presets.library.database import LibraryDatabase
from starling.presets.scan.watched_folders import Watcher, add_folder

pytest.importorskip("dexed", reason="dexed-py is not installed; it starts faster than the others")
WAIT_S = 30.0


def until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + WAIT_S
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def put(folder: Path, name: str) -> None:
    content = {"format": "starling-preset", "version": 1, "name": name, "synth": "dexed"}
    path = folder / f"{name}.starling-preset"
    path.write_text(json.dumps({**content, "values": {"feedback": 3}}))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LibraryDatabase]:
    opened = LibraryDatabase.open(tmp_path / "data" / "library")
    yield opened
    opened.close()


def test_a_change_is_told_once(library: LibraryDatabase, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    add_folder(library.folder, folder)
    told: list[float] = []
    watching = FolderWatcher(lambda: Watcher(library), lambda: told.append(time.monotonic()), 0.05)
    time.sleep(0.3)
    assert told == []
    put(folder, "One")
    assert until(lambda: len(told) == 1)
    time.sleep(0.3)
    watching.close()
    assert len(told) == 1


@pytest.mark.parametrize(
    "trouble", [ParseError("damaged"), sqlite3.DatabaseError("malformed"), RecursionError("deep")]
)
def test_trouble_does_not_end_the_thread(trouble: Exception, tmp_path: Path) -> None:
    looked: list[int] = []

    def watcher() -> Watcher:
        looked.append(1)
        raise trouble

    handlers = log.open_log(tmp_path)
    watching = FolderWatcher(watcher, lambda: None, 0.02)
    assert until(lambda: len(looked) >= 3)
    watching.close()
    log.close_log(handlers)
    [line] = (tmp_path / log.FILE).read_text().splitlines()
    assert json.loads(line)["event"] == "the preset folders cannot be watched"


def test_a_running_engine_scans_what_is_put_into_a_folder(
    new_engine: Callable[..., Engine], home: Folders, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    add_folder(home.library, folder)
    engine = new_engine(watch_s=0.1)
    put(folder, "One")
    assert until(lambda: engine.background.presets == 1)
    put(folder, "Two")
    assert until(lambda: engine.background.presets == 2)
    (folder / "One.starling-preset").unlink()
    assert until(lambda: engine.background.presets == 1)


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path / "home"))
    folder = tmp_path / "mine"
    folder.mkdir()
    put(folder, "One")

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, ["presets", *words])
        assert done.exit_code == 0, done.output
        return done.output

    assert run("folders", "add", str(folder)) == f"{folder} is watched\n"
    assert str(folder) in run("folders", "list")
    assert {"folder": str(folder), "there": True} in json.loads(run("folders", "list", "--json"))
    assert run("watch", "--every", "0.1", "--scans", "1") == "1 added, 0 failed\n"
    browser = Browser(tmp_path / "home" / "data" / "library")
    assert browser.count() == 1
    browser.close()
    shutil.rmtree(folder)
    assert f"{folder} (not there now)" in run("folders", "list")
    assert run("folders", "remove", str(folder)) == (
        f"{folder} is watched no more; 1 presets left the library\n"
    )
    assert browser.count() == 0
    browser.close()
