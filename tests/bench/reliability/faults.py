"""THE table of faults: what is done to a world, and what undoes it.

`inject(world, chance)` does the damage at a moment of its choice and returns what a user would do
about it afterwards, which may be nothing: most of them mend by themselves.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from process_faults import (
    Heal,
    bad_datagrams,
    bad_line,
    client_gone,
    engine_killed,
    engine_stopped,
    no_engine_file,
    no_inbox,
    no_run_folder,
    nothing,
    worker_killed,
)
from world import PATIENCE_S, World, less_root

from starling.presets.library.database import DATABASE, VECTORS
from starling.presets.library.saved_favourites import FILE as FAVOURITES
from starling.presets.scan.watched_folders import LIST

Inject = Callable[[World, random.Random], Heal]
PAGE = 4096  # of SQLite
LOCK_S = 0.3  # another program's transaction


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault. `possible` says whether this machine lets it be injected."""

    name: str
    inject: Inject
    possible: Callable[[], bool] = lambda: True


def stored(world: World, chance: random.Random) -> Path:
    """One of the stored sounds."""
    return chance.choice(sorted(world.store.glob("*.wav")))


# -- the disk ---------------------------------------------------------------------------------


def no_more_bytes(world: World, chance: random.Random) -> Heal:
    """As a full disk: no file may grow (RLIMIT_FSIZE); what is written fails with EFBIG."""
    _, hard = resource.prlimit(world.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(world.pid, resource.RLIMIT_FSIZE, (chance.choice((0, 1, 4096)), hard))
    return lambda: ignore(
        resource.prlimit(world.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
    )


def full_disk(world: World, chance: random.Random) -> Heal:
    """A disk of 64 KiB in place of the store: no sound fits, and the old ones are out of sight."""
    words = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(world.store)]
    subprocess.run(words, check=True)
    return lambda: ignore(subprocess.run(["umount", "-l", str(world.store)], check=True))


def may_mount() -> bool:
    """Whether a disk may be mounted here."""
    if os.geteuid() or sys.platform != "linux":
        return False
    place = Path("/tmp") / f"starling-mount-{os.getpid()}"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    mounted = not subprocess.run(words, capture_output=True, check=False).returncode
    if mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)
    place.rmdir()
    return mounted


def read_only_folder(world: World, chance: random.Random) -> Heal:
    """A folder in which nothing may be written."""
    folder = chance.choice((world.store, world.library, world.run, world.home / "logs"))
    folder.chmod(0o500)
    return lambda: folder.chmod(0o700)


def modes_hold() -> bool:
    """Whether a mode keeps the engine out: not where it is root with all rights."""
    return bool(os.geteuid() or less_root())


# -- files ------------------------------------------------------------------------------------


def bit_of_a_sound(world: World, chance: random.Random) -> Heal:
    """One bit of a stored sound is another."""
    path = stored(world, chance)
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return nothing


def cut_sound(world: World, chance: random.Random) -> Heal:
    """A stored sound ends early, perhaps in its header."""
    path = stored(world, chance)
    os.truncate(
        path, chance.choice((0, chance.randrange(44), chance.randrange(path.stat().st_size)))
    )
    return nothing


def sound_in_the_way(world: World, chance: random.Random) -> Heal:
    """Where a sound lay is a folder, a dangling link, a link to itself or a FIFO."""
    path = stored(world, chance)
    path.unlink()
    obstacle(path, chance)
    return nothing


def obstacle(path: Path, chance: random.Random) -> None:
    """Something that is no file, under a file's name."""
    kind = chance.randrange(4)
    if kind == 0:
        path.mkdir()
        (path / "something").write_bytes(b"")
    elif kind == 1:
        path.symlink_to(path.with_name("gone"))
    elif kind == 2:
        path.symlink_to(path)
    else:
        os.mkfifo(path)


def rubbish_in_the_store(world: World, chance: random.Random) -> Heal:
    """Odd entries in the store, met at the next start."""
    names = (".x.part", f".{'0' * 32}.1.1.part", f"{chance.randrange(16**32):032x}.wav", "x.wav")
    for name in chance.sample(names, 2):
        path = world.store / name
        if not os.path.lexists(path):
            obstacle(path, chance)
    world.kill()
    return world.start


def store_away(world: World, chance: random.Random) -> Heal:
    """The store's folder is removed; the sounds are made again by their recipes."""
    shutil.rmtree(world.store)
    return nothing


def old_and_future_times(world: World, chance: random.Random) -> Heal:
    """As after a jump of the clock: files of 1970 and of 2100."""
    for path in (*world.store.glob("*.wav"), *(world.home / "data" / "inbox").iterdir()):
        when = chance.choice((1, time.time() - 10**8, time.time() + 10**8, 4_102_444_800))
        os.utime(path, (when, when))
    world.kill()
    return world.start


# -- the library ------------------------------------------------------------------------------


def damaged_database(world: World, chance: random.Random) -> Heal:
    """Pages of the library's file are rubbish, or its end is missing."""
    path = world.library / DATABASE
    pages = max(1, path.stat().st_size // PAGE)
    if chance.random() < 0.3:
        os.truncate(path, chance.randrange(pages) * PAGE + chance.randrange(PAGE))
    else:
        with path.open("r+b") as file:
            for page in chance.sample(range(pages), min(pages, chance.randrange(1, 4))):
                file.seek(page * PAGE)
                file.write(chance.randbytes(PAGE))
    return world.rescan


def no_database(world: World, chance: random.Random) -> Heal:
    """The library's file is something else."""
    data = chance.choice((b"", b"garbage " * 600, chance.randbytes(9_000)))
    (world.library / DATABASE).write_bytes(data)
    return world.rescan


def busy_database(world: World, chance: random.Random) -> Heal:
    """Another program writes into the library for a while."""
    other = sqlite3.connect(world.library / DATABASE, isolation_level=None, check_same_thread=False)
    other.execute(chance.choice(("BEGIN IMMEDIATE", "BEGIN EXCLUSIVE")))

    def release() -> None:
        time.sleep(LOCK_S * chance.random())
        other.rollback()
        other.close()

    thread = threading.Thread(target=release)
    thread.start()
    return thread.join


def shorter_vectors(world: World, chance: random.Random) -> Heal:
    """The file of vectors is cut short, or is none, while it is in use."""
    path = world.library / VECTORS
    if chance.random() < 0.7:
        os.truncate(path, chance.randrange(path.stat().st_size))
    else:
        path.write_bytes(chance.randbytes(chance.randrange(4_000)))
    return world.rescan


def damaged_lists(world: World, chance: random.Random) -> Heal:
    """What lies beside the library as JSON is rubbish; a user deletes it, as the sentence says."""
    path = world.library / chance.choice((LIST, FAVOURITES))
    before = path.read_bytes() if path.exists() else b""
    bad = (
        b"",
        b"{",
        b"[" * 100_000,
        b'{"format": 99}',
        chance.randbytes(500),
        before[: len(before) // 2],
    )
    path.write_bytes(chance.choice(bad))
    return lambda: ignore(path.write_bytes(before))


def watched_folder_away(world: World, chance: random.Random) -> Heal:
    """A disk with presets is not connected while a scan runs."""
    folder, away = world.home / "watched", world.home / "away"
    folder.rename(away)
    if chance.random() < 0.5:
        folder.mkdir()  # what the disk was mounted on
        folder.rmdir()
    world.rescan()

    def back() -> None:
        away.rename(folder)

    return back


def ignore(_: object) -> None:
    """A function's result that is of no interest."""


FAULTS: tuple[Fault, ...] = (
    Fault("no more bytes", no_more_bytes, lambda: sys.platform == "linux"),
    Fault("full disk", full_disk, may_mount),
    Fault("read-only folder", read_only_folder, modes_hold),
    Fault("bit of a sound", bit_of_a_sound),
    Fault("cut sound", cut_sound),
    Fault("no file where a sound was", sound_in_the_way),
    Fault("rubbish in the store", rubbish_in_the_store),
    Fault("store removed", store_away),
    Fault("times after a jump of the clock", old_and_future_times),
    Fault("damaged database", damaged_database),
    Fault("no database", no_database),
    Fault("busy database", busy_database),
    Fault("vectors shorter", shorter_vectors),
    Fault("damaged lists", damaged_lists),
    Fault("watched folder away", watched_folder_away),
    Fault("engine killed", engine_killed),
    Fault("engine stopped for a while", engine_stopped),
    Fault("worker killed", worker_killed),
    Fault("engine.json gone", no_engine_file),
    Fault("run folder removed", no_run_folder),
    Fault("inbox removed", no_inbox),
    Fault("bad datagrams", bad_datagrams),
    Fault("bad line", bad_line),
    Fault("client gone", client_gone),
)
assert PATIENCE_S > LOCK_S
