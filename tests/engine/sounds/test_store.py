import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from starling.engine.sounds import seal, wav
from starling.engine.sounds.store import SoundStore
from starling.models.errors import InputError, StarlingError

RATE = 44_100
BYTES = len(seal.sealed(wav.encode(np.zeros((1, 1000), np.float32), RATE), [b""] * 2))


def sound_id(number: int) -> str:
    return f"{number:032x}"


def noise(number: int, frames: int = 1000) -> NDArray[np.float32]:
    return np.random.default_rng(number).uniform(-1, 1, (1, frames)).astype(np.float32)


def put(store: SoundStore, number: int, holder: object = None) -> None:
    store.put(sound_id(number), noise(number), RATE, holder=holder)


def held_numbers(store: SoundStore) -> list[int]:
    return sorted(int(path.stem, 16) for path in store.folder.glob("*.wav"))


def test_a_sound_comes_back_as_it_was_put(tmp_path: Path) -> None:
    store = SoundStore(tmp_path)
    made = store.put(sound_id(1), noise(1), RATE, root=38, recipe="{}")
    assert store.get(sound_id(1)) == made
    assert made.values()[2:] == (1000, RATE, 1, 38, "{}")
    assert store.get(sound_id(2)) is None


def test_what_lies_beside_a_sound_comes_and_goes_with_it(tmp_path: Path) -> None:
    store = SoundStore(tmp_path, budget_bytes=3 * BYTES)
    beside = {".mid": b"notes", ".vgm": b"registers"}
    store.put(sound_id(1), noise(1), RATE, beside=beside)
    assert (tmp_path / f"{sound_id(1)}.mid").read_bytes() == b"notes"
    assert (tmp_path / f"{sound_id(1)}.vgm").read_bytes() == b"registers"
    assert store.total_bytes == SoundStore(tmp_path).total_bytes == BYTES + 14
    for number in (2, 3):
        put(store, number)
    assert held_numbers(store) == [2, 3]
    assert not list(tmp_path.glob(f"*{sound_id(1)}*"))


def test_nothing_lies_beside_a_sound_that_has_no_room(tmp_path: Path) -> None:
    store = SoundStore(tmp_path, budget_bytes=BYTES)
    with pytest.raises(StarlingError, match="budget"):
        store.put(sound_id(1), noise(1), RATE, beside={".mid": b"notes"})
    assert not [each for each in tmp_path.iterdir() if each.is_file()]


@pytest.mark.parametrize("bad", ["", "../../etc/passwd", "A" * 32, "0" * 31, "0" * 32 + "/x"])
def test_what_is_no_id_names_no_file(tmp_path: Path, bad: str) -> None:
    with pytest.raises(InputError):
        SoundStore(tmp_path).get(bad)


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    store = SoundStore(tmp_path, budget_bytes=3 * BYTES)
    for number in (1, 2, 3):
        put(store, number)
    store.get(sound_id(1))
    put(store, 4)
    assert held_numbers(store) == [1, 3, 4]
    assert store.total_bytes == 3 * BYTES


def test_a_held_sound_is_never_evicted(tmp_path: Path) -> None:
    store = SoundStore(tmp_path, budget_bytes=2 * BYTES)
    put(store, 1, holder="daw")
    put(store, 2)
    put(store, 3)
    assert held_numbers(store) == [1, 3]
    store.get(sound_id(1), holder="other")
    store.release("daw", sound_id(1))
    put(store, 4)
    put(store, 5)
    assert 1 in held_numbers(store)
    store.release_all("other")
    put(store, 6)
    put(store, 7)
    assert held_numbers(store) == [6, 7]


def test_a_budget_full_of_held_sounds_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    store = SoundStore(tmp_path, budget_bytes=2 * BYTES)
    put(store, 1, holder="daw")
    put(store, 2, holder="daw")
    with pytest.raises(StarlingError) as caught:
        put(store, 3)
    assert caught.value.code == "store_full"
    assert held_numbers(store) == [1, 2]


def test_the_same_sound_again_needs_no_more_room(tmp_path: Path) -> None:
    store = SoundStore(tmp_path, budget_bytes=2 * BYTES)
    put(store, 1)
    put(store, 2)
    put(store, 1)
    assert held_numbers(store) == [1, 2]


def test_a_restart_finds_sounds_and_their_order_of_use(tmp_path: Path) -> None:
    store = SoundStore(tmp_path)
    for number in (1, 2, 3):
        put(store, number)
        time.sleep(0.01)  # coarser clocks of file systems
    store.get(sound_id(1))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f".{sound_id(9)}.{dead.pid}.1.part").write_bytes(b"half a sound")
    (tmp_path / "notes.wav").write_bytes(b"not ours")
    again = SoundStore(tmp_path, budget_bytes=3 * BYTES)
    assert len(again) == 3
    assert not list(tmp_path.glob(".*"))
    put(again, 4)
    assert not (tmp_path / f"{sound_id(2)}.wav").exists()
    assert (tmp_path / "notes.wav").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="pids are not looked up on Windows")
def test_a_restart_leaves_what_another_process_is_writing(tmp_path: Path) -> None:
    SoundStore(tmp_path)
    part = tmp_path / f".{sound_id(9)}.{os.getppid()}.1.part"
    part.write_bytes(b"half a sound")
    SoundStore(tmp_path)
    assert part.exists()


def test_a_sound_too_large_for_the_budget_evicts_nothing(tmp_path: Path) -> None:
    store = SoundStore(tmp_path, budget_bytes=3 * BYTES)
    put(store, 1, holder="daw")
    put(store, 2)
    put(store, 3)
    with pytest.raises(StarlingError, match="budget"):
        store.put(sound_id(4), noise(4, 3000), RATE)
    assert held_numbers(store) == [1, 2, 3]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX")
def test_a_sound_is_fetched_while_another_is_written_to_a_slow_disk(tmp_path: Path) -> None:
    """The disk is a named pipe, which takes the bytes when we read them and not before."""
    store = SoundStore(tmp_path)
    put(store, 1)
    ready, go = threading.Event(), threading.Event()

    def write() -> None:
        ready.set()
        go.wait()
        put(store, 2)

    writer = threading.Thread(target=write)
    writer.start()
    ready.wait()
    part = tmp_path / f".{sound_id(2)}.{os.getpid()}.{writer.ident}.part"
    os.mkfifo(part)
    go.set()
    time.sleep(0.1)  # it now waits for a reader
    fetching = threading.Thread(target=store.get, args=(sound_id(1),))
    fetching.start()
    fetching.join(2)
    waited = fetching.is_alive()
    with part.open("rb") as pipe:
        pipe.read()
    writer.join(5)
    assert not waited


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4])


def flip(path: Path, at: int = -2000) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def unsealed(path: Path) -> None:
    """As an earlier version, or another program, wrote it."""
    path.write_bytes(wav.encode(noise(1), RATE))


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "kept").write_text("a user's")


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE = [cut, flip, lambda path: flip(path, 24), lambda path: flip(path, -1), unsealed]


@pytest.mark.skipif(sys.platform == "win32", reason="links and named pipes are POSIX")
@pytest.mark.parametrize("damage", [*DAMAGE, folder, loop, pipe])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_damaged_sound_is_counted_and_made_anew(
    tmp_path: Path, damage: Callable[[Path], None], restarted: bool
) -> None:
    store = SoundStore(tmp_path)
    put(store, 1)
    path = store.path(sound_id(1))
    damage(path)
    if restarted:
        store = SoundStore(tmp_path)
    assert store.get(sound_id(1)) is None
    assert not os.path.lexists(path)
    assert (store.damaged, len(store)) == (1, 0)
    put(store, 1)
    assert store.get(sound_id(1)) is not None
    assert store.damaged == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links and named pipes are POSIX")
@pytest.mark.parametrize("damage", [folder, loop, pipe])
def test_a_sound_takes_the_place_of_what_is_no_file(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    store = SoundStore(tmp_path)
    put(store, 1)
    damage(store.path(sound_id(1)))
    put(store, 1)
    assert store.get(sound_id(1)) is not None
    for aside in tmp_path.glob("*.aside1"):
        assert (aside / "kept").read_text() == "a user's"


def test_a_sound_whose_notes_are_damaged_is_made_anew(tmp_path: Path) -> None:
    store = SoundStore(tmp_path)
    for damage in (cut, Path.unlink):
        store.put(sound_id(1), noise(1), RATE, beside={".mid": b"notes", ".vgm": b"registers"})
        damage(tmp_path / f"{sound_id(1)}.vgm")
        assert store.get(sound_id(1)) is None
        assert list(tmp_path.glob("*")) == []
    assert store.damaged == 2


def test_a_sound_is_read_whole_once_and_a_long_one_not_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(SoundStore(tmp_path), 1)
    monkeypatch.setattr("starling.engine.sounds.store.QUICK_BYTES", BYTES - 1)
    store = SoundStore(tmp_path)
    assert store.get(sound_id(1), quick=True) is None
    assert store.get(sound_id(1)) is not None
    assert store.get(sound_id(1), quick=True) is not None
    assert store.damaged == 0


@pytest.mark.skipif(sys.platform == "win32", reason="links are POSIX")
def test_odd_entries_do_not_prevent_the_start(tmp_path: Path) -> None:
    put(SoundStore(tmp_path), 1)
    (tmp_path / ".x.part").mkdir()
    (tmp_path / f".{sound_id(9)}.{2**40}.1.part").mkdir()
    (tmp_path / f"{sound_id(2)}.wav").symlink_to("nowhere")
    (tmp_path / f"{sound_id(3)}.wav").mkdir()
    os.mkfifo(tmp_path / f"{sound_id(1)}.mid")
    store = SoundStore(tmp_path)
    assert (len(store), store.total_bytes) == (1, BYTES)
    assert store.get(sound_id(1)) is not None


def test_a_folder_that_was_removed_is_made_anew(tmp_path: Path) -> None:
    store = SoundStore(tmp_path / "sounds")
    put(store, 1)
    shutil.rmtree(tmp_path / "sounds")
    assert store.get(sound_id(1)) is None
    put(store, 1)
    assert store.get(sound_id(1)) is not None


def test_a_sound_that_somebody_deleted_is_not_there(tmp_path: Path) -> None:
    store = SoundStore(tmp_path)
    put(store, 1)
    store.path(sound_id(1)).unlink()
    assert store.get(sound_id(1)) is None
    assert store.total_bytes == 0


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half_written(
    tmp_path: Path, small_disk: Callable[[Path], None]
) -> None:
    folder = tmp_path / "disk"
    small_disk(folder)
    store = SoundStore(folder)
    put(store, 1)
    with pytest.raises(StarlingError, match="disk is full") as caught:
        store.put(sound_id(2), noise(2, 50_000), RATE)
    assert caught.value.code == "store_full"
    assert [path.name for path in folder.iterdir()] == [f"{sound_id(1)}.wav"]
    assert store.get(sound_id(1)) is not None
    put(store, 3)
    assert held_numbers(store) == [1, 3]


LIMITED = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from starling.engine.sounds.store import SoundStore
from starling.models.errors import StarlingError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
store = SoundStore(Path(sys.argv[1]))
try:
    store.put("0" * 32, np.zeros((1, 50_000), np.float32), 44_100)
except StarlingError as exc:
    print(exc.code, list(store.folder.iterdir()))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_disk_that_refuses_more_is_a_sentence_without_root_too(tmp_path: Path) -> None:
    words = [sys.executable, "-P", "-c", LIMITED, str(tmp_path)]
    found = subprocess.run(words, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "store_full []"
