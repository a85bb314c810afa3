"""A load beside a scan and a flood: 64 clients with 1,000 requests a second in all.

`python3 build.py bench load [--seconds N] [--clients N] [--rate N] [--junk N]`. Seven clients of
eight ping and ask for sounds that are held, one for new sounds; each at its own moments, and one
request at a time. Beside them presets are scanned over and over, and a stranger sends junk. Every
request must be answered, or refused with a sentence. The last line has the times from sending to
the end, those of an idle engine before it, how many requests were not made because their client
still waited for an earlier one (`missed`: so many fewer were offered than meant), and the engine's
memory before and after. It ends with 1 where a request was lost.
"""

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from baselines.timing import percentile, say
from world import PYTHON, SOUNDS, World

from starling.engine.wire import instance_file
from starling.engine.wire.client import Client
from starling.engine.wire.loopback import LOOPBACK
from starling.models.errors import StarlingError

SECONDS = 300.0
CLIENTS = 64
RATE = 1_000.0  # requests a second, of all
JUNK = 10_000  # datagrams a second of a stranger
PER_PROCESS = 16  # clients; one process of Python could not keep the pace
IDLE = 200  # requests of each kind before the load
ANSWER_S = 60.0  # later is lost
AGAIN_S = 0.5  # until a client that was not let in tries again
PACE_S = 0.02  # how often the stranger sends its share
SEED = 10_000  # of new sounds: above those that are held
KINDS = ("ping", "held", "new")
NEW_EVERY = 8  # clients: one of so many asks for new sounds
NEW_SHARE = 0.05  # of all requests
FIRST_NEW = 1_000_000


@dataclass(slots=True)
class Tally:
    """What became of requests: milliseconds by kind, refusals by code, those without an end."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    missed: int = 0  # whose moment passed while their client still waited for an earlier one

    def add(self, other: "Tally") -> None:
        """Take over what another has."""
        for kind, times in other.times.items():
            self.times[kind] += times
        self.refused.update(other.refused)
        self.lost += other.lost
        self.missed += other.missed


def ask(client: Client, kind: str, seed: int, tally: Tally) -> None:
    """One request, timed."""
    verb, values = ("ping", ()) if kind == "ping" else ("generate", ("drums", seed))
    began = time.perf_counter()
    try:
        client.request(verb, *values, timeout=ANSWER_S)
    except StarlingError as exc:
        if exc.code == "missing" or not str(exc):
            tally.lost += 1
        else:
            tally.refused[exc.code] += 1
        return
    tally.times[kind].append((time.perf_counter() - began) * 1000)


def rate_of(number: int, clients: int, rate: float) -> float:
    """How many requests a second a client has to make, of `rate` of all."""
    makers = len(range(0, clients, NEW_EVERY))
    if number % NEW_EVERY == 0:
        return rate * NEW_SHARE / makers
    return rate * (1 - NEW_SHARE) / max(1, clients - makers)


def joined(runtime: instance_file.Runtime, number: int) -> Client:
    """A client that is let in; it says hello again, as the plugin does, where a flood drowns it."""
    deadline = time.monotonic() + ANSWER_S
    while True:
        try:
            return Client(runtime, f"load {number}")
        except StarlingError:
            if time.monotonic() > deadline:
                raise
            time.sleep(AGAIN_S)


def offer(runtime: instance_file.Runtime, number: int, rate: float, seconds: float) -> Tally:
    """One client that has a request to make `rate` times a second, at its moments."""
    chance, tally = random.Random(number), Tally()
    kinds = KINDS[2:] if number % NEW_EVERY == 0 else KINDS[:2]
    with joined(runtime, number) as client:
        end = time.monotonic() + seconds
        moment, made = end - seconds + chance.random() / rate, 0
        while moment < end and time.monotonic() < end:
            time.sleep(max(0.0, moment - time.monotonic()))
            kind, made = chance.choice(kinds), made + 1
            new = FIRST_NEW * (number + 1) + made
            ask(client, kind, new if kind == "new" else chance.randrange(SOUNDS), tally)
            moment += 1 / rate
    tally.missed = max(0, round((end - moment) * rate))
    return tally


def offer_all(run: Path, numbers: range, clients: int, rate: float, seconds: float) -> Tally:
    """Several of all clients, a thread each."""
    runtime, whole, lock = instance_file.read(run), Tally(), threading.Lock()

    def one(number: int) -> None:
        found = Tally(lost=1)  # a client that dies is a loss
        try:
            found = offer(runtime, number, rate_of(number, clients, rate), seconds)
        finally:
            with lock:
                whole.add(found)

    threads = [threading.Thread(target=one, args=(number,)) for number in numbers]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return whole


def apart(
    run: Path, numbers: range, clients: int, rate: float, seconds: float
) -> subprocess.Popen[str]:
    """The same in a process of its own, which prints its tally."""
    words = [str(run), *map(str, (numbers.start, numbers.stop, clients, rate, seconds))]
    command = [sys.executable, __file__, "--share", *words]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def tally_of(process: subprocess.Popen[str]) -> Tally:
    """What a process of clients has to say."""
    told, _ = process.communicate()
    if process.returncode:
        return Tally(lost=PER_PROCESS)
    fields = json.loads(told.splitlines()[-1])
    tally = Tally(lost=fields["lost"], missed=fields["missed"])
    tally.times.update(fields["times"])
    tally.refused.update(fields["refused"])
    return tally


def flood(port: int, a_second: int, ended: threading.Event) -> int:
    """Junk of a stranger, until it is over; how many datagrams."""
    chance, sent = random.Random(0), 0
    junk = [chance.randbytes(chance.choice((4, 60, 600, 6_000))) for _ in range(64)]
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        while not ended.wait(PACE_S):
            while sent < (time.monotonic() - began) * a_second:
                with suppress(OSError):  # the system's buffer is full
                    stranger.sendto(junk[sent % len(junk)], (LOOPBACK, port))
                sent += 1
    return sent


def scan_on(world: World, ended: threading.Event) -> int:
    """Scan again and again with presets to play, as `starling presets scan`; how often."""
    environment = {**os.environ, "STARLING_HOME": str(world.home)}
    bank, scans = world.library / "banks" / "bank.json", 0
    while not ended.wait(0.1):
        content = json.loads(bank.read_text())
        for preset in content["presets"]:
            preset["values"]["feedback"] = scans % 8  # each is another sound now
        bank.write_text(json.dumps(content))
        words = [*PYTHON, "presets", "scan", "--synth", "dexed"]
        subprocess.run(words, env=environment, capture_output=True, check=False)
        scans += 1
    return scans


def memory_mib(pid: int) -> float:
    """What a process holds in memory."""
    text = Path(f"/proc/{pid}/status").read_text()
    line = next(each for each in text.splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def idle_times(world: World, count: int) -> dict[str, list[float]]:
    """Milliseconds of each kind of request with nobody else there."""
    tally = Tally()
    with world.client() as client:
        for kind in KINDS:
            for number in range(count):
                ask(client, kind, SEED + number if kind == "new" else number % SOUNDS, tally)
    return tally.times


def loaded(world: World, clients: int, rate: float, seconds: float, junk: int) -> dict[str, object]:
    """The whole load; its figures."""
    ended, counts = threading.Event(), Counter[str]()
    port = instance_file.read(world.run).port

    def scanning() -> None:
        counts["scans"] = scan_on(world, ended)

    def flooding() -> None:
        counts["junk"] = flood(port, junk, ended)

    beside = [threading.Thread(target=scanning), threading.Thread(target=flooding)]
    for each in beside:
        each.start()
    try:
        starts = range(0, clients, PER_PROCESS)
        groups = [range(at, min(at + PER_PROCESS, clients)) for at in starts]
        processes = [apart(world.run, each, clients, rate, seconds) for each in groups]
        whole = Tally()
        for process in processes:
            whole.add(tally_of(process))
    finally:
        ended.set()
        for each in beside:
            each.join()
    answered = sum(map(len, whole.times.values()))
    return {
        "clients": clients,
        "offered_a_second": rate,
        "seconds": seconds,
        "answered": answered,
        "answered_a_second": round(answered / seconds, 1),
        "refused": dict(whole.refused),
        "lost": whole.lost,
        "missed": whole.missed,
        **counts,
        **spread(whole.times, ""),
    }


def spread(times: dict[str, list[float]], name: str) -> dict[str, float]:
    """p50, p95 and p99 of each kind."""
    return {
        f"{name}{kind}_p{part}_ms": round(percentile(found, part), 2)
        for kind, found in sorted(times.items())
        for part in (50, 95, 99)
        if len(found) > 1
    }


def measure(
    home: Path, clients: int, rate: float, seconds: float, junk: int, idle_count: int = IDLE
) -> dict[str, object]:
    """An idle engine, then a loaded one."""
    world = World.open(home)
    try:
        idle = idle_times(world, idle_count)
        before = memory_mib(world.pid)
        figures = loaded(world, clients, rate, seconds, junk)
        world.recover()
        after = memory_mib(world.pid)
    finally:
        world.close()
    new, alone = figures.get("new_p95_ms"), percentile(idle["new"], 95)
    return {
        **figures,
        **spread(idle, "idle_"),
        "new_p95_to_idle": round(float(str(new)) / alone, 2) if new else None,
        "memory_before_mib": round(before, 1),
        "memory_after_mib": round(after, 1),
        "tracebacks": len(list(world.tracebacks())),
    }


def share(words: list[str]) -> None:
    """In a process of clients: offer, print the tally."""
    run, first, end, clients, rate, seconds = words
    numbers = range(int(first), int(end))
    found = offer_all(Path(run), numbers, int(clients), float(rate), float(seconds))
    fields = {"times": found.times, "refused": found.refused}
    print(json.dumps({**fields, "lost": found.lost, "missed": found.missed}))


def main() -> None:
    """Load an engine, say how it stood it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--junk", type=int, default=JUNK)
    parser.add_argument("--share", nargs=6, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.share:
        share(chosen.share)
        return
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), chosen.clients, chosen.rate, chosen.seconds, chosen.junk)
    for name, value in figures.items():
        print(f"{name:24} {value}")
    say(figures)
    sys.exit(1 if figures["lost"] or figures["tracebacks"] else 0)


if __name__ == "__main__":
    main()
