"""What faults are injected into: a home with an engine, a library, favourites and sounds, and what
must be true of it after each fault.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from starling.engine.wire.client import Client, DoneEvent, Event, connect
from starling.models.errors import StarlingError
from starling.presets.library.database import DATABASE, LibraryDatabase
from starling.presets.library.mending import mend
from starling.presets.library.tables import read_only
from starling.presets.scan.update import scan
from starling.presets.scan.watched_folders import add_folder

PYTHON = (sys.executable, "-P", "-c", "from starling.engine.cli.main import main; main()")
LESS_ROOT = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")  # root obeys modes too
OWN, WATCHED = 6, 4  # presets of the library's own bank, and of a watched folder's
FAVOURITES = (1, 4, 8)  # ids
SOUNDS = 6  # stored before anything happens
RECOVER_S = 60.0  # longer is no recovery
LOOK_S = 0.05
PATIENCE_S = 30.0  # for an answer while a fault lasts; a loaded machine is slow, not silent
NOT_EXPLAINED = "internal"  # the code of a fault that no row of the engine's table foresaw

Row = tuple[str, str]


@dataclass(slots=True)
class World:
    """A home and its engine. `open` makes one, `close` ends its engine."""

    home: Path
    process: subprocess.Popen[str] | None = None
    sounds: dict[int, str] = field(default_factory=dict)  # seed to the digest of its file
    marks: dict[Row, bool] = field(default_factory=dict)  # favourite or not, as acknowledged
    unsure: set[Row] = field(default_factory=set)  # whose mark was asked for, and not answered
    fault: str = ""  # what is injected now
    rows: set[Row] = field(default_factory=set)  # name, content of every preset
    unexplained: list[str] = field(default_factory=list)
    answered: int = 0
    refused: int = 0

    @classmethod
    def open(cls, home: Path) -> World:
        """Fill a home, and start its engine."""
        world = cls(home)
        folder = world.library
        watched = home / "watched"
        for place, names in ((folder / "banks", range(OWN)), (watched, range(OWN, OWN + WATCHED))):
            place.mkdir(parents=True)
            (place / "bank.json").write_text(json.dumps(_bank([f"Voice {each}" for each in names])))
        add_folder(folder, watched)
        world.rescan()
        with closing(LibraryDatabase.open(folder)) as library:
            for each in FAVOURITES:
                library.favourite(each, True)
        world.rows = world.read_rows()
        world.marks = {row: row in world.read_favourites() for row in world.rows}
        world.start()
        with world.client() as client:
            for seed in range(SOUNDS):
                world.generate(client, seed)
        return world

    @property
    def library(self) -> Path:
        """The folder of the preset library."""
        return self.home / "data" / "library"

    @property
    def store(self) -> Path:
        """The folder of the sounds."""
        return self.home / "data" / "sounds"

    @property
    def run(self) -> Path:
        """The folder of engine.json."""
        return self.home / "run"

    # -- the engine ---------------------------------------------------------------------------

    def start(self) -> None:
        """Start the engine as a user's plugin does."""
        words = [*less_root(), *PYTHON, "engine", "--idle-minutes", "0"]
        environment = {**os.environ, "STARLING_HOME": str(self.home)}
        self.process = subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if not said.startswith("engine running"):
            raise RuntimeError(f"the engine did not start: {said!r}")

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Kill the engine, and wait until it is gone."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def restart(self) -> None:
        """Kill the engine and start another one."""
        self.kill()
        self.start()

    @property
    def pid(self) -> int:
        """The engine's process."""
        assert self.process is not None
        return self.process.pid

    def client(self) -> Client:
        """A client that has said hello. Raises StarlingError."""
        return connect(self.run, "bench faults")

    def close(self) -> None:
        """End the engine, whatever state it is in."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()

    def tracebacks(self) -> Iterator[str]:
        """What the engine's log has of faults that nobody foresaw."""
        for path in sorted((self.home / "logs").glob("engine.jsonl*")):
            for line in path.read_text("utf-8").splitlines():
                found = json.loads(line)
                if "traceback" in found:
                    yield f"{found['event']}:\n{found['traceback']}"

    # -- what is done while a fault lasts -----------------------------------------------------

    def use(self, chance: random.Random, times: int = 2) -> None:
        """A few requests; each is answered, or refused with a sentence."""
        try:
            with self.client() as client:
                for _ in range(times):
                    self.one(client, chance)
        except StarlingError as exc:  # nobody is there, which the sentence says
            self.refuse(exc)

    def one(self, client: Client, chance: random.Random) -> None:
        """One request of any kind."""
        work: Sequence[Callable[[], None]] = (
            lambda: self.generate(client, chance.randrange(4 * SOUNDS)),
            lambda: self.mark(client, chance),
            lambda: self.ask(client, "facets"),
            lambda: self.ask(client, "status"),
        )
        try:
            chance.choice(work)()
            self.answered += 1
        except StarlingError as exc:
            self.refuse(exc)

    def refuse(self, exc: StarlingError) -> None:
        """Count a refusal; one that nobody foresaw is a finding."""
        self.refused += 1
        if exc.code == NOT_EXPLAINED or not str(exc):
            self.unexplained.append(f"{self.fault}: {exc.code}: {exc}")

    def generate(self, client: Client, seed: int) -> None:
        """A sound; its file must be what it always was."""
        sound = client.request("generate", "drums", seed, timeout=PATIENCE_S)
        digest = hashlib.sha256(Path(sound["path"]).read_bytes()).hexdigest()
        if self.sounds.setdefault(seed, digest) != digest:
            self.unexplained.append(f"{self.fault}: seed {seed} is another sound than it was")

    def mark(self, client: Client, chance: random.Random) -> None:
        """Mark a preset, or take its mark away; what the engine acknowledges must stay so."""
        row, on = chance.choice(sorted(self.rows)), chance.random() < 0.5
        for event in self.marking(client, row, on):
            if isinstance(event, DoneEvent):
                self.marks[row] = on
                self.unsure.discard(row)

    def marking(self, client: Client, row: Row, on: bool) -> Iterator[Event]:
        """The events of a mark; what becomes of it is not sure until it is done."""
        [hit] = client.items("find", f'"{row[0]}"', 1, timeout=PATIENCE_S)
        self.unsure.add(row)
        return client.listen("favourite", hit["preset"], int(on), timeout=PATIENCE_S)

    def ask(self, client: Client, verb: str) -> None:
        """A request whose answer matters only in that it comes."""
        for event in client.listen(verb, timeout=PATIENCE_S):
            if isinstance(event, DoneEvent):
                return

    # -- afterwards ---------------------------------------------------------------------------

    def recover(self) -> float:
        """Seconds until everything is served again. Raises RuntimeError when it never is."""
        began = time.monotonic()
        why: Exception | None = None
        while (passed := time.monotonic() - began) < RECOVER_S:
            try:
                self.probe()
                return time.monotonic() - began
            except (StarlingError, OSError) as exc:
                why = exc
            time.sleep(min(LOOK_S, passed + 0.01))
        raise RuntimeError(f"not served again within {RECOVER_S:g} s: {why}")

    def probe(self) -> None:
        """Whether the engine is there, a stored sound is served, and the library can be read."""
        with self.client() as client:
            client.request("ping", timeout=PATIENCE_S)
            self.generate(client, 0)
            self.ask(client, "facets")

    def rescan(self) -> None:
        """`starling presets scan` of the user's own banks: sets aside what is damaged."""
        mend(self.library)
        with closing(LibraryDatabase.open(self.library)) as library:
            scan(library, synths=(), jobs=1)

    def lost(self, chance: random.Random) -> dict[str, int]:
        """How many acknowledged marks, presets and sounds are not there any more.

        First a preset is marked: the engine must write into the library that others read.
        """
        with self.client() as client:
            self.mark(client, chance)
            changed = [seed for seed in self.sounds if not self._is_stored(client, seed)]
        found = self.read_favourites()
        wrong = [row for row, on in self.marks.items() if (row in found) is not on]
        return {
            "favourites": len(set(wrong) - self.unsure),
            "presets": len(self.rows - self.read_rows()),
            "sounds": len(changed),
        }

    def _is_stored(self, client: Client, seed: int) -> bool:
        sound = client.request("generate", "drums", seed, timeout=PATIENCE_S)
        digest = hashlib.sha256(Path(sound["path"]).read_bytes()).hexdigest()
        return digest == self.sounds[seed]

    def read_rows(self) -> set[Row]:
        """Name and content of every preset that can be played."""
        query = "SELECT name, content FROM presets WHERE quarantine = '' AND vector IS NOT NULL"
        return self._read(query)

    def read_favourites(self) -> set[Row]:
        """Name and content of every favourite."""
        return self._read("SELECT name, content FROM favourites")

    def _read(self, query: str) -> set[Row]:
        with closing(sqlite3.connect(read_only(self.library / DATABASE), uri=True)) as db:
            return {(str(name), str(content)) for name, content in db.execute(query)}


def less_root() -> tuple[str, ...]:
    """What takes from root the right to write where modes forbid it; nothing for others."""
    if os.geteuid() or shutil.which("setpriv") is None:
        return ()
    return LESS_ROOT


def children(pid: int) -> Iterator[int]:
    """The processes below a process, by /proc."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended just now
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(path.parent.name))
    waiting = [pid]
    while waiting:
        found = parents.get(waiting.pop(), [])
        yield from found
        waiting += found


def _bank(names: Sequence[str]) -> dict[str, object]:
    """A bank of Dexed, whose renders take milliseconds; each name has its own sound."""
    presets = [
        {
            "name": name,
            "values": {
                "algorithm": int(name.split()[-1]),
                "op2_output_level": 90,
                "op3_output_level": 80,
            },
        }
        for name in names
    ]
    return {"format": 1, "synth": "dexed", "bank": "Faults", "presets": presets}
