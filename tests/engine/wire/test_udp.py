"""Bad input over a real loopback socket: each gets a sentence, and the engine goes on."""

import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from starling.engine.config import Folders
from starling.engine.server.engine import Engine
from starling.engine.wire.client import Client
from starling.engine.wire.codec import encode_progress, encode_request
from starling.engine.wire.protocol import MAX_DATAGRAM
from starling.engine.wire.udp import MOST_WAITING, STRANGERS_BURST, Waiting
from starling.models.errors import StarlingError


def lives(engine: Engine) -> bool:
    with Client(engine.runtime, "after") as client:
        return float(client.request("ping", timeout=2)["uptime"]) > 0


def greet(raw: Any, engine: Engine) -> None:
    assert (
        raw.ask(encode_request("hello", 1, engine.runtime.token, 1, "raw"))[0] == "/starling/done"
    )


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\0",
        b"garbage that is no OSC at all",
        b"/starling/ping",
        b"#bundle\0" + bytes(8) + struct.pack(">i", -4),
        bytes(MAX_DATAGRAM + 1),
        encode_request("ping", 1).ljust(MAX_DATAGRAM + 4, b"\0"),
        bytes(60_000),
    ],
    ids=lambda datagram: f"{len(datagram)} bytes",
)
def test_what_is_no_packet_is_answered_and_counted(
    raw: Any, engine: Engine, datagram: bytes
) -> None:
    address, (req, verb, code, sentence) = raw.ask(datagram)
    assert (address, req, verb, code) == ("/starling/fail", 0, "", "bad_packet")
    assert sentence
    assert engine._osc.bad_packets["bad_packet"] == 1
    assert lives(engine)


def test_a_large_datagram_is_told_the_limit(raw: Any) -> None:
    assert "at most 8192" in raw.ask(bytes(9000))[1][3]


def test_an_unknown_verb_is_answered_with_the_known(raw: Any, engine: Engine) -> None:
    datagram = encode_request("ping", 77).replace(b"ping", b"sing")
    _, (req, verb, code, sentence) = raw.ask(datagram)
    assert (req, verb, code) == (77, "", "unknown_verb")
    assert "generate" in sentence
    assert lives(engine)


def test_wrong_types_are_answered_with_what_is_wanted(raw: Any, engine: Engine) -> None:
    greet(raw, engine)
    datagram = encode_request("release", 5, "x").replace(b"release\0", b"cancel\0\0")
    _, (req, verb, code, sentence) = raw.ask(datagram)
    assert (req, verb, code) == (5, "cancel", "bad_arguments")
    assert "int32" in sentence


@pytest.mark.parametrize("verb", ["ping", "models", "status", "quit", "scan"])
def test_nothing_is_served_without_hello(raw: Any, engine: Engine, verb: str) -> None:
    assert raw.ask(encode_request(verb, 3))[1][:3] == [3, verb, "no_hello"]
    assert not engine._leave.is_set()


@pytest.mark.parametrize("token", ["", "wrong", "0" * 32])
def test_a_wrong_token_is_refused(raw: Any, engine: Engine, token: str) -> None:
    assert raw.ask(encode_request("hello", 1, token, 1, "raw"))[1][2] == "bad_token"
    assert raw.ask(encode_request("ping", 2))[1][2] == "no_hello"


def test_a_missing_token_is_refused(raw: Any) -> None:
    datagram = encode_request("ping", 1).replace(b"ping\0\0", b"hello\0")
    assert raw.ask(datagram)[1][:3] == [1, "hello", "bad_arguments"]


def test_an_answer_is_not_answered(raw: Any, engine: Engine) -> None:
    """Two programs that answer each other's answers would never stop."""
    with pytest.raises(TimeoutError):
        raw.ask(encode_progress(1, 0.5, "x"), seconds=0.5)
    assert lives(engine)


def test_a_retry_gives_the_same_answer_and_works_once(raw: Any, engine: Engine) -> None:
    greet(raw, engine)
    datagram = encode_request("generate", 2, "beep", 1, "slow", 0.3)
    first = raw.ask(datagram)
    assert first == ("/starling/progress", [2, 0.0, "queued"])
    assert raw.ask(datagram) == first
    done = raw.next()
    assert done[0] == "/starling/done"
    assert raw.ask(datagram) == done
    with pytest.raises(TimeoutError):
        raw.next()


def test_the_engine_listens_on_loopback_only(engine: Engine) -> None:
    assert engine._osc._socket.getsockname()[0] == "127.0.0.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.2", 0))  # another address of this machine may send, and is answered
        other.settimeout(2)
        other.sendto(encode_request("ping", 1), ("127.0.0.1", engine.runtime.port))
        assert other.recv(9000)


def outside(tmp_path: Path, inbox: Path, store: Path) -> dict[str, str]:
    """Paths that a client may not name."""
    secret = tmp_path / "secret.wav"
    soundfile.write(secret, np.ones(100), 44_100)
    (inbox / "link.wav").symlink_to(secret)
    (inbox / "folder").symlink_to(tmp_path)
    return {
        "outside": str(secret),
        "upwards": f"{inbox}/../../secret.wav",
        "a link": str(inbox / "link.wav"),
        "through a linked folder": str(inbox / "folder" / "secret.wav"),
        "relative": "secret.wav",
        "of the system": "/etc/passwd",
        "a folder": str(inbox),
        "the store itself": str(store),
        "not there": str(inbox / "nothing.wav"),
        "too long": "/" + "x" * 5000,
        "empty": "",
    }


def test_paths_outside_inbox_and_store_are_refused(
    client: Client, engine: Engine, tmp_path: Path
) -> None:
    folders = engine.folders
    for name, path in outside(tmp_path, folders.inbox, folders.store).items():
        with pytest.raises(StarlingError) as caught:
            client.items("search", path, 5, "")
        assert caught.value.code == "bad_path", name


def test_a_full_disk_is_told_and_the_engine_goes_on(
    new_engine: Any, home: Folders, small_disk: Any
) -> None:
    small_disk(home.store)
    engine = new_engine()
    with Client(engine.runtime, "full") as client:
        held = [client.request("generate", "beep", seed) for seed in range(2)]
        with pytest.raises(StarlingError, match="disk is full") as caught:
            for seed in range(2, 9):
                client.request("generate", "beep", seed)
        assert caught.value.code == "store_full"
        assert not list(home.store.glob(".*"))
        assert [client.request("generate", "beep", seed) for seed in range(2)] == held


@pytest.mark.parametrize("k", [0, -1, 101])
def test_k_out_of_range_is_refused(client: Client, engine: Engine, k: int) -> None:
    with pytest.raises(StarlingError, match=r"k must be 1\.\.100") as caught:
        client.items("find", "pad", k)
    assert caught.value.code == "bad_arguments"


A, B, STRANGER = ("127.0.0.1", 1), ("127.0.0.1", 2), ("127.0.0.1", 3)


def waiting(clock: Callable[[], float] = lambda: 0.0) -> Waiting:
    return Waiting(lambda sender, datagram: sender in (A, B), clock)


def test_clients_are_served_in_turn_whoever_sends_more() -> None:
    queue = waiting()
    for number in range(4):
        queue.put(A, b"A%d" % number)
    queue.put(B, b"B0")
    for number in range(3):
        queue.put(("127.0.0.1", 10 + number), b"S%d" % number)
    served = []
    while (turn := queue.take()) is not None:
        served.append(turn[1])
    assert served == [b"A0", b"B0", b"S0", b"A1", b"S1", b"A2", b"S2", b"A3"]
    assert len(queue) == queue.dropped == 0


def test_what_a_client_sends_too_much_is_dropped_and_costs_no_other() -> None:
    queue = waiting()
    for _ in range(MOST_WAITING + 5):
        queue.put(A, b"A")
    queue.put(B, b"B")
    assert queue.dropped == 5
    assert [queue.take(), queue.take()] == [(A, b"A"), (B, b"B")]


def test_strangers_have_an_allowance_that_grows_with_time() -> None:
    now = [0.0]
    queue = waiting(lambda: now[0])
    taken = 0
    for _ in range(1000):
        queue.put(STRANGER, b"S")
        taken += queue.take() is not None
    assert taken == STRANGERS_BURST == 200
    now[0] = 0.5
    for _ in range(1000):
        queue.put(STRANGER, b"S")
        taken += queue.take() is not None
    assert taken == 200 + 100
    assert queue.dropped == 1700


def test_a_bundle_of_a_stranger_is_answered_once(raw: Any, engine: Engine) -> None:
    one = encode_request("ping", 1)
    bundle = b"#bundle\0" + bytes(8) + (struct.pack(">i", len(one)) + one) * 32
    assert raw.ask(bundle)[1][2] == "no_hello"
    with pytest.raises(TimeoutError):
        raw.ask(b"", seconds=0.3)
        raw.next()


def test_a_flood_does_not_keep_clients_out_or_waiting(engine: Engine) -> None:
    """Strangers send as fast as they can; a client joins meanwhile and is served."""
    stop = threading.Event()
    junk = encode_request("ping", 1)

    def flood() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            while not stop.is_set():
                for _ in range(50):
                    other.sendto(junk, ("127.0.0.1", engine.runtime.port))
                stop.wait(0.002)

    flooding = threading.Thread(target=flood)
    flooding.start()
    try:
        time.sleep(0.5)
        waits = []
        with Client(engine.runtime, "test") as client:
            for _ in range(50):
                began = time.monotonic()
                client.request("ping", timeout=5)
                waits.append(time.monotonic() - began)
        assert sorted(waits)[len(waits) // 2] < 0.25
    finally:
        stop.set()
        flooding.join()
    assert engine._osc.waiting.dropped > 500
    assert sum(engine._osc.bad_packets.values()) == 0  # strangers' pings are no bad packets
