import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from starling.engine.wire import instance_file
from starling.engine.wire.instance_file import InstanceLocks, Runtime
from starling.models.errors import MissingError, ParseError, StarlingError

MINE = Runtime(4711, os.getpid(), "secret", "0.1.0")


def test_the_file_holds_what_the_plugin_reads(tmp_path: Path) -> None:
    path = instance_file.write(tmp_path, MINE)
    assert path.name == "engine.json"
    assert json.loads(path.read_text()) == {
        "port": 4711,
        "pid": os.getpid(),
        "token": "secret",
        "protocol": 2,
        "version": "0.1.0",
    }
    assert instance_file.read(tmp_path) == MINE


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be asked for there")
@pytest.mark.parametrize(
    "pid, running", [(os.getpid(), True), (1, True), (0, False), (-1, False), (2**70, False)]
)
def test_whether_a_process_runs(pid: int, running: bool) -> None:
    assert instance_file.is_running(pid) is running


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


def test_what_was_removed_or_damaged_is_written_again(tmp_path: Path) -> None:
    instance_file.write(tmp_path, MINE)
    assert not instance_file.keep(tmp_path, MINE)
    for text in (None, "half", '{"port": 1}'):
        path = tmp_path / "engine.json"
        path.unlink()
        if text is not None:
            path.write_text(text)
        assert instance_file.keep(tmp_path, MINE)
        assert instance_file.read(tmp_path) == MINE


def test_a_folder_in_its_place_is_put_aside(tmp_path: Path) -> None:
    for name in ("engine.json", ".engine.json.part"):
        (tmp_path / name).mkdir()
    assert instance_file.keep(tmp_path, MINE)
    assert instance_file.read(tmp_path) == MINE


def test_locks_that_were_removed_are_taken_again(tmp_path: Path) -> None:
    folders = (tmp_path / "run", tmp_path / "data")
    locks = InstanceLocks.take(*folders)
    assert locks is not None
    with locks:
        shutil.rmtree(tmp_path / "run")
        assert locks.renew()
        assert InstanceLocks.take(tmp_path / "run") is None
        (tmp_path / "run" / "engine.lock").unlink()
        other = InstanceLocks.take(tmp_path / "run")
        assert other is not None
        assert not locks.renew()
        other.close()
        assert locks.renew()
    again = InstanceLocks.take(*folders)
    assert again is not None
    again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are POSIX")
def test_the_folders_are_their_user_s_alone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(0o777)
    locks = InstanceLocks.take(tmp_path / "run")
    assert locks is not None
    locks.close()
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not hasattr(os, "chown"), reason="owners are POSIX")
def test_another_user_s_folder_and_file_are_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("giving a folder away needs root")
    path = instance_file.write(tmp_path, MINE)
    os.chown(path, 65_534, 65_534)
    with pytest.raises(ParseError, match=r"engine\.json.*another user"):
        instance_file.read(tmp_path)
    os.chown(tmp_path, 65_534, 65_534)
    with pytest.raises(StarlingError, match="another user") as caught:
        InstanceLocks.take(tmp_path)
    assert caught.value.code == "no_access"
