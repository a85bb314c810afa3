"""A lock is held by one at a time, across processes, and ends with its holder."""

import subprocess
import sys
from pathlib import Path

from starling.models import lockfile

HOLD = (
    "import sys; from pathlib import Path; from starling.models import lockfile;"
    "file = lockfile.take(Path(sys.argv[1])); print(file is not None, flush=True);"
    "sys.stdin.read()"
)


def test_one_process_holds_it_until_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "home" / "work.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "True"
        assert lockfile.take(path) is None
        other.kill()
    file = lockfile.take(path)
    assert file is not None
    file.close()


def test_held_says_whose_it_is_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "work.lock"
    with lockfile.held(path) as first, lockfile.held(path) as second:
        assert first
        assert not second
        assert path.exists()
    assert not path.exists()


def test_a_file_that_was_removed_is_not_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "work.lock"
    first = lockfile.take(path)
    assert first is not None
    path.unlink()
    second = lockfile.take(path)
    assert second is not None
    assert lockfile.take(path) is None
    first.close()
    assert lockfile.take(path) is None
    second.close()
