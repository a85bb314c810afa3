"""Faults of processes, of what clients find the engine by, and of the wire."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

from relay import BadLine, damaged
from world import PATIENCE_S, World, children

from starling.engine.wire import instance_file
from starling.engine.wire.client import Client
from starling.engine.wire.codec import encode_request
from starling.engine.wire.loopback import LOOPBACK
from starling.models.errors import StarlingError

Heal = Callable[[], None]
MOMENT_S = 0.15  # work is interrupted within this long of its start
BURST = 8  # bad datagrams in one injection
REQUESTS = 6  # over a bad line


def nothing() -> None:
    """What most faults need."""


# -- processes --------------------------------------------------------------------------------


def engine_killed(world: World, chance: random.Random) -> Heal:
    """SIGKILL while sounds are made and marks set; the next start finds what was acknowledged."""
    with ExitStack() as stack, suppress(StarlingError):
        client = stack.enter_context(world.client())
        waiting = [
            client.listen("generate", "drums", 1_000 + chance.randrange(10**6)) for _ in range(4)
        ]
        waiting.append(world.marking(client, chance.choice(sorted(world.rows)), True))
        for each in waiting:
            next(each)
        time.sleep(MOMENT_S * chance.random())
        world.kill()
    if world.process is not None and world.process.poll() is None:
        world.kill()
    return world.start


def engine_stopped(world: World, chance: random.Random) -> Heal:
    """The engine stands still for a while, as on a machine that sleeps or swaps."""
    os.kill(world.pid, signal.SIGSTOP)
    time.sleep(MOMENT_S + chance.random())
    os.kill(world.pid, signal.SIGCONT)
    return nothing


def worker_killed(world: World, chance: random.Random) -> Heal:
    """SIGKILL of the process that plays a synth, while it starts or plays."""
    with ExitStack() as stack, suppress(StarlingError):
        client = stack.enter_context(world.client())
        seconds = round(10 + 20 * chance.random(), 3)
        playing = client.listen("audition", chance.randrange(1, 9), 60, 100, seconds)
        next(playing)
        deadline = time.monotonic() + PATIENCE_S
        while not (found := list(children(world.pid))):
            assert time.monotonic() < deadline, "no process plays the synth"
            time.sleep(0.02)
        time.sleep(MOMENT_S * chance.random())
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for _ in playing:  # it ends, well or with a sentence
            pass
    return nothing


# -- what clients find the engine by ----------------------------------------------------------


def no_engine_file(world: World, chance: random.Random) -> Heal:
    """engine.json is deleted, or rubbish, while the engine runs."""
    path = world.run / instance_file.FILE
    if chance.random() < 0.5:
        path.unlink()
    else:
        path.write_bytes(chance.choice((b"", b"{}", b"[" * 100_000, chance.randbytes(100))))
    return nothing


def no_run_folder(world: World, chance: random.Random) -> Heal:
    """The run folder is removed, as systemd does when a user logs out."""
    shutil.rmtree(world.run)
    return nothing


def no_inbox(world: World, chance: random.Random) -> Heal:
    """The folder for clients' files is removed."""
    shutil.rmtree(world.home / "data" / "inbox")
    return nothing


# -- the wire ---------------------------------------------------------------------------------


def bad_datagrams(world: World, chance: random.Random) -> Heal:
    """Rubbish, and requests that are damaged, from a stranger."""
    port = instance_file.read(world.run).port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(BURST):
            good = encode_request("generate", chance.randrange(2**31), "drums", 1)
            which = chance.choice(
                (damaged(good, chance), chance.randbytes(chance.randrange(9_000)))
            )
            stranger.sendto(which, (LOOPBACK, port))
    return nothing


def bad_line(world: World, chance: random.Random) -> Heal:
    """A client whose datagrams are lost, doubled, swapped and damaged gets its answers."""
    with BadLine(instance_file.read(world.run), chance) as line:
        try:
            with Client(line.through, "bad line") as client:
                for _ in range(REQUESTS):
                    world.one(client, chance)
        except StarlingError as exc:  # even the hello got lost ten times
            world.refuse(exc)
    return nothing


def client_gone(world: World, chance: random.Random) -> Heal:
    """A client goes without a word in the middle of its requests."""
    client = world.client()
    waiting = [client.listen("generate", "drums", chance.randrange(10**6)) for _ in range(3)]
    for each in waiting:
        next(each)
    client._socket.close()  # close() would say goodbye
    return nothing
