import json
import os
import sys
from pathlib import Path

import pytest

from starling.engine.wire import instance_file
from starling.engine.wire.instance_file import Runtime
from starling.models.errors import MissingError, ParseError

MINE = Runtime(4711, os.getpid(), "secret", "0.1.0")


def test_the_file_holds_what_the_plugin_reads(tmp_path: Path) -> None:
    path = instance_file.write(tmp_path, MINE)
    assert path.name == "engine.json"
    assert json.loads(path.read_text()) == {
        "port": 4711,
        "pid": os.getpid(),
        "token": "secret",
        "protocol": 1,
        "version": "0.1.0",
    }
    assert instance_file.read(tmp_path) == MINE


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        assert instance_file.write(tmp_path, MINE).stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(old)


def test_a_new_engine_replaces_a_dead_one_s_file(tmp_path: Path) -> None:
    (tmp_path / ".engine.json.part").write_text("half")
    instance_file.write(tmp_path, Runtime(1, 1, "old", "0.0.1"))
    instance_file.write(tmp_path, MINE)
    assert [path.name for path in tmp_path.iterdir()] == ["engine.json"]
    assert instance_file.read(tmp_path) == MINE


def test_only_one_s_own_file_is_removed(tmp_path: Path) -> None:
    instance_file.write(tmp_path, MINE)
    instance_file.remove(tmp_path, Runtime(1, 1, "old", "0.0.1"))
    assert instance_file.read(tmp_path) == MINE
    instance_file.remove(tmp_path, MINE)
    instance_file.remove(tmp_path, MINE)
    with pytest.raises(MissingError, match="starling engine"):
        instance_file.read(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"port": "x"}', "\0", '{"port": 1, "pid": null}', "[" * 99_999]
)
def test_another_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "engine.json").write_text(text)
    with pytest.raises(ParseError, match=r"engine\.json"):
        instance_file.read(tmp_path)


def test_a_folder_in_its_place_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "engine.json").mkdir()
    with pytest.raises(ParseError, match=r"engine\.json.*delete it"):
        instance_file.read(tmp_path)


def test_the_lock_is_held_by_one(tmp_path: Path) -> None:
    first = instance_file.lock(tmp_path / "run")
    assert first is not None
    assert instance_file.lock(tmp_path / "run") is None
    first.close()
    second = instance_file.lock(tmp_path / "run")
    assert second is not None
    second.close()
