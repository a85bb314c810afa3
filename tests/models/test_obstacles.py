import os
import sys
from pathlib import Path

import pytest

from starling.models import lockfile, obstacles

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and links are POSIX")


def test_a_file_and_a_link_to_one_stay(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("kept")
    link.symlink_to(file)
    for path in (file, link, tmp_path / "nothing"):
        obstacles.clear(path)
    assert (file.read_text(), link.read_text()) == ("kept", "kept")


def test_a_folder_is_put_aside_each_time_under_another_name(tmp_path: Path) -> None:
    for text in "ab":
        (tmp_path / "x").mkdir()
        (tmp_path / "x" / "in").write_text(text)
        obstacles.clear(tmp_path / "x")
    assert (tmp_path / "x.aside1" / "in").read_text() == "a"
    assert (tmp_path / "x.aside2" / "in").read_text() == "b"


def test_pipes_and_links_that_lead_to_no_file_go(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "to_folder").symlink_to(tmp_path)
    for path in list(tmp_path.iterdir()):
        obstacles.clear(path)
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_in_the_place_of_a_lock_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lock")
    held = lockfile.take(tmp_path / "lock")
    assert held is not None
    assert lockfile.take(tmp_path / "lock") is None
    held.close()
