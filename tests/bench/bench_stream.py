"""Textures while they are played: how soon a note begins, and whether two held ones run dry.

`python3 build.py bench stream [MINUTES] [MODEL]`: by default 10 minutes of the first texture that
comes with Starling, or of a compact network with random weights. The last line is one JSON object.

From the request to 50 ms of sound in the growing file (first_p50_ms; cold_ms is the very first
note, which loads the model), beside a bare UDP echo between two Python processes that then reads
such a file (ratio_to_echo). Then two notes are held by a client in real time, with every other core
kept busy: `underruns` counts how often one of them ran dry, and `dry_ms` for how long.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from baselines.machine import cores
from baselines.plugin_bench import engine
from baselines.timing import median, percentile, say, significant
from baselines.udp_echo import times_ms

from starling.engine.textures.growing_file import FRAME_BYTES, HEADER_BYTES
from starling.engine.wire import instance_file
from starling.engine.wire.client import Client
from starling.engine.wire.protocol import HEARTBEAT_S
from starling.models.artifacts.catalogue import catalogue

NOTES = 40
FIRST_S = 0.05  # of sound: a note has begun
HELD_KEYS = (60, 67)  # the second is consumed 1.5 times as fast
BUFFER_S = 0.25  # that a player keeps ahead of what it plays
STEP_S = 0.01  # between two looks at the files, as a host's blocks are
PACE_S = 0.05  # between two messages to the engine
BUSY = "while True: pass"
RANDOM = "random"  # name of the network with random weights
Figures = dict[str, object]


def random_texture(models: Path) -> str:
    """Write a compact network with random weights where the engine looks for models; its name."""
    import torch

    from starling.models.artifacts import card_file
    from starling.models.samplernn.network import SampleRNN, folded
    from starling.models.samplernn.publish import controls
    from starling.models.samplernn.recipes import RECIPES

    torch.manual_seed(0)
    config = replace(RECIPES["compact"].config, weight_norm=False)
    facts = {"kind": "samplernn", "name": RANDOM, "title": "Random weights", "root": 60}
    held = {"sample_rate": config.sample_rate, "controls": controls(()), "config": asdict(config)}
    empty: Figures = {"training": {}, "data": {}, "metrics": {}}
    weights = {name: each.half() for name, each in folded(SampleRNN(config)).items()}
    card_file.write(models, {**facts, **held, **empty}, weights)
    return RANDOM


def seconds_ready(path: Path, rate: int) -> float:
    """Seconds of sound in a growing file."""
    return max(0, path.stat().st_size - HEADER_BYTES) / FRAME_BYTES / rate


def first_ms(client: Client, model: str, seed: int, patience_s: float = 60.0) -> float:
    """Milliseconds from a request to the first 50 ms of its sound on disk; then it is stopped."""
    began = said = time.perf_counter()
    found = client.request("stream", model, seed, "")
    while seconds_ready(Path(found["path"]), found["rate"]) < FIRST_S:
        now = time.perf_counter()
        if now - said > HEARTBEAT_S:  # only the first note takes so long
            said, answer = now, client.request("pace", found["stream"], 0)
            if answer["ended"] or now - began > patience_s:
                raise SystemExit(f"{model} made no sound: {answer['text']}")
        time.sleep(0.0005)
    took = 1000 * (time.perf_counter() - began)
    client.request("stop", found["stream"])
    return took


def first_notes(client: Client, model: str, home: Path) -> Figures:
    """How soon notes begin."""
    cold = first_ms(client, model, 0)
    found = [first_ms(client, model, seed) for seed in range(1, NOTES + 1)]
    echo = median(times_ms(sorted(home.rglob("streams/*.wav")), NOTES))
    return {
        "first_p50_ms": round(median(found), 2),
        "first_p95_ms": round(percentile(found, 95), 2),
        "cold_ms": round(cold, 1),
        "echo_p50_ms": round(echo, 3),
        "ratio_to_echo": significant(median(found) / echo),
    }


@dataclass(slots=True)
class HeldNote:
    """A note of a player in real time: run dry, it waits until its buffer is full again."""

    stream: int
    path: Path
    rate: int
    speed: float  # 2 for an octave up
    played: float = 0.0  # seconds of its sound
    underruns: int = 0
    waits: bool = False
    dry: float = 0.0  # seconds that it has waited
    least: float = 1e9  # seconds that were ready beyond what was played
    ended: str = ""  # why the engine ended it

    def pass_by(self, seconds: float) -> None:
        """So much time went by."""
        spare = seconds_ready(self.path, self.rate) - self.played
        if self.waits:
            self.dry += seconds
            self.waits = spare < BUFFER_S * self.speed
            return
        passed = seconds * self.speed
        self.least = min(self.least, spare - passed)
        self.waits = spare < passed
        self.underruns += self.waits
        self.played += min(spare, passed)

    @property
    def until(self) -> int:
        """Frames that it wants."""
        return round((self.played + BUFFER_S * self.speed) * self.rate)


def held(client: Client, model: str, key: int) -> HeldNote:
    """A note that begins when its first 50 ms are there."""
    found = client.request("stream", model, key, "")
    note = HeldNote(
        *(found["stream"], Path(found["path"]), found["rate"]), 2 ** ((key - found["root"]) / 12)
    )
    while seconds_ready(note.path, note.rate) < FIRST_S * note.speed:
        time.sleep(0.0005)
    return note


def play(client: Client, notes: Sequence[HeldNote], seconds: float) -> None:
    """Play notes in real time."""
    began = last = paced = time.perf_counter()
    while (now := time.perf_counter()) - began < seconds:
        for note in notes:
            if not note.ended:
                note.pass_by(now - last)
        last = now
        if now - paced >= PACE_S:
            paced = now
            pace_all(client, notes)
        time.sleep(STEP_S)


def pace_all(client: Client, notes: Sequence[HeldNote]) -> None:
    """Say what is wanted."""
    for note in notes:
        note.ended = client.request("pace", note.stream, note.until)["text"]


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep some cores busy, each by a process that never rests."""
    running = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def processor_s(pid: int) -> float:
    """Seconds of processors that a process has taken so far; 0 where Linux's /proc is not."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.is_file():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def held_notes(client: Client, model: str, pid: int, minutes: float) -> Figures:
    """Whether two held notes run dry while the other cores are busy."""
    seconds, others = 60 * minutes, max(1, cores() - 1)
    with busy(others):
        notes = [held(client, model, key) for key in HELD_KEYS]
        before = processor_s(pid)
        play(client, notes, seconds)
        taken = processor_s(pid) - before
    for note in notes:
        client.request("stop", note.stream)
    return {
        "minutes": minutes,
        "notes": len(notes),
        "consumed_x_real_time": round(sum(note.speed for note in notes), 2),
        "busy_cores": others,
        "underruns": sum(note.underruns for note in notes),
        "dry_ms": round(1000 * sum(note.dry for note in notes), 1),
        "ended_for_the_load": sum(bool(note.ended) for note in notes),
        "least_ahead_ms": round(1000 * min(note.least for note in notes), 1),
        "engine_cores": round(taken / seconds, 3),
    }


def chosen(wanted: str, home: Path) -> str:
    """The texture to play, which the engine of an empty home has once it reads the cards again."""
    there = [card.name for card in catalogue().values() if card.is_texture]
    if wanted and wanted not in there:
        raise SystemExit(f"no texture {wanted!r}; there are: {', '.join(there) or 'none'}")
    return wanted or (there[0] if there else random_texture(home / "data" / "models"))


def main() -> None:
    """Measure, say what was found, and print one JSON object."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    with engine() as environment:
        home = Path(environment["STARLING_HOME"])
        model = chosen(wanted, home)
        runtime = instance_file.read(home / "run")
        with Client(runtime, "bench") as client:
            client.items("textures")  # reads the cards again
            while client.request("status")["running"]:  # it loads the drums when it starts
                time.sleep(0.2)
            parts: tuple[Callable[[], Figures], ...] = (
                lambda: first_notes(client, model, home),
                lambda: held_notes(client, model, runtime.pid, minutes),
            )
            figures: Figures = {"model": model}
            for part in parts:
                figures |= part()
    for name, value in figures.items():
        print(f"{name:20} {value}")
    say(figures)


if __name__ == "__main__":
    main()
