"""The bench of faults in its short form: each kind once that needs no loaded model."""

import random
import socket
import sys
from pathlib import Path

import pytest
from bench_faults import run
from faults import FAULTS
from relay import BadLine, damaged

from starling.engine.wire.instance_file import Runtime

COUNT = 20
SLOW = {  # they start an engine, load a model or play every preset again: some, not all
    *("rubbish in the store", "store removed", "times after a jump of the clock", "no database"),
}


@pytest.mark.skipif(sys.platform != "linux", reason="faults are injected through /proc and limits")
def test_after_twenty_faults_nothing_is_lost(tmp_path: Path) -> None:
    pytest.importorskip("dexed")
    faults = [each for each in FAULTS if each.name not in SLOW and each.possible()]
    figures = run(tmp_path, faults, min(COUNT, len(faults)), seed=7)
    assert (figures["lost"], figures["unexplained"]) == (0, [])
    assert figures["injected"] == figures["kinds"] >= 17
    assert isinstance(figures["answered"], int) and figures["answered"] > 10


def test_a_bad_line_loses_doubles_swaps_and_damages() -> None:
    sent = [bytes([number]) * 8 for number in range(200)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as engine:
        engine.bind(("127.0.0.1", 0))
        engine.settimeout(0.5)
        runtime = Runtime(engine.getsockname()[1], 1, "", "")
        with (
            BadLine(runtime, random.Random(1)) as line,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        ):
            came = []
            for each in sent:
                client.sendto(each, ("127.0.0.1", line.through.port))
                came += received(engine, 0.01)
            came += received(engine, 0.2)
            assert 60 < line.injected < 160
    whole = [each for each in came if each in sent]
    assert set(sent) - set(whole), "some are lost or damaged"
    assert len(whole) > len(set(whole)), "some are doubled"
    assert whole != sorted(whole), "some are swapped"
    assert set(came) - set(sent), "some are damaged"


def received(engine: socket.socket, seconds: float) -> list[bytes]:
    """What has arrived."""
    engine.settimeout(seconds)
    found = []
    while True:
        try:
            found.append(engine.recv(100))
        except TimeoutError:
            return found


def test_damage_changes_a_datagram() -> None:
    chance = random.Random(1)
    assert all(damaged(b"12345678", chance) != b"12345678" for _ in range(100))
