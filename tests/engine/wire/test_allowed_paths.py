import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from starling.engine.config import Folders
from starling.engine.server.engine import Engine
from starling.engine.wire.allowed_paths import INBOX_AGE_S, allowed_file, clean_inbox
from starling.models.errors import InputError


def test_a_file_in_a_folder_is_allowed(tmp_path: Path) -> None:
    inbox, store = tmp_path / "inbox", tmp_path / "store"
    for folder in (inbox, store):
        folder.mkdir()
        (folder / "a.wav").touch()
    assert allowed_file(str(inbox / "a.wav"), (inbox, store)) == (inbox / "a.wav").resolve()
    assert allowed_file(str(inbox / ".." / "store" / "a.wav"), (inbox, store)).is_file()
    (inbox / "link.wav").symlink_to(store / "a.wav")
    assert allowed_file(str(inbox / "link.wav"), (inbox, store)) == (store / "a.wav").resolve()


@pytest.mark.parametrize("path", ["/dev/zero", "a\0b", "/" + "a/" * 3000, "~", "."])
def test_anything_else_is_refused_with_the_folders(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError, match="must be inside") as caught:
        allowed_file(path, (tmp_path,))
    assert caught.value.code == "bad_path"


def test_special_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")  # opening it would hang
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    for name in ("pipe.wav", "loop.wav"):
        with pytest.raises(InputError):
            allowed_file(str(tmp_path / name), (tmp_path,))


def test_a_running_engine_cleans_the_inbox(
    new_engine: Callable[..., Engine], home: Folders
) -> None:
    new_engine(clean_s=0.3)
    old = home.inbox / "old.wav"
    old.touch()
    os.utime(old, (0, 0))
    end = time.monotonic() + 10
    while old.exists():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_inbox_is_made_and_old_files_go(tmp_path: Path) -> None:
    inbox = tmp_path / "data" / "inbox"
    assert clean_inbox(inbox) == 0
    for name, age in (("old.wav", INBOX_AGE_S + 60), ("new.wav", 60)):
        (inbox / name).touch()
        os.utime(inbox / name, (time.time() - age, time.time() - age))
    (inbox / "link.wav").symlink_to(tmp_path / "nothing")
    assert clean_inbox(inbox) == 1
    assert {path.name for path in inbox.iterdir()} == {"new.wav", "link.wav"}
