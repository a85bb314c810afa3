"""Bad input over a real loopback socket: each gets a sentence, and the engine goes on."""

import socket
import struct
import threading
import time
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
from starling.engine.wire.udp import MOST_WAITING, Waiting
from starling.models.errors import StarlingError


def lives(engine: Engine) -> bool:
    with Client(engine.runtime, "after") as client:
        return float(client.request("ping", timeout=2)["uptime"]) > 0


GARBAGE = [
    b"",
    b"\0",
    b"garbage that is no OSC at all",
    b"/starling/ping",
    b"#bundle\0" + bytes(8) + struct.pack(">i", -4),
    bytes(MAX_DATAGRAM + 1),
    encode_request("ping", 1).ljust(MAX_DATAGRAM + 4, b"\0"),
    bytes(60_000),
    b"#bundle\0" * 7_000,
]


def test_what_is_no_packet_is_dropped_unanswered(raw: Any, engine: Engine) -> None:
    raw.greet()
    for datagram in GARBAGE:
        raw.send(datagram)
    assert raw.request("ping", 2)[1][:2] == [2, "ping"]
    assert engine._osc.waiting.unproven == len(GARBAGE)
    assert not engine._osc.bad_packets
    assert lives(engine)


def test_a_client_s_bad_packet_is_answered_and_counted(raw: Any, engine: Engine) -> None:
    secret = raw.greet()
    whole = encode_request("ping", 77, secret=secret)
    for datagram, why in (
        (whole[:-2], "not an OSC 1.0 packet"),
        (whole.ljust(MAX_DATAGRAM + 4, b"\0"), "at most 8192"),
    ):
        address, (req, verb, code, sentence) = raw.ask(datagram)
        assert (address, req, verb, code) == ("/starling/fail", 0, "", "bad_packet")
        assert why in sentence
    assert engine._osc.bad_packets["bad_packet"] == 2


def test_an_unknown_verb_is_answered_with_the_known(raw: Any, engine: Engine) -> None:
    datagram = encode_request("ping", 77, secret=raw.greet()).replace(b"ping", b"sing")
    _, (req, verb, code, sentence) = raw.ask(datagram)
    assert (req, verb, code) == (77, "", "unknown_verb")
    assert "generate" in sentence
    assert lives(engine)


def test_wrong_types_are_answered_with_what_is_wanted(raw: Any) -> None:
    datagram = encode_request("release", 5, "x", secret=raw.greet())
    _, (req, verb, code, sentence) = raw.ask(datagram.replace(b"release\0", b"cancel\0\0"))
    assert (req, verb, code) == (5, "cancel", "bad_arguments")
    assert "int32" in sentence


def test_an_answer_is_not_answered(raw: Any, engine: Engine) -> None:
    """Two programs that answer each other's answers would never stop."""
    raw.send(encode_progress(1, 0.5, "x"))
    datagram = encode_request("ping", 1, secret=raw.greet())
    raw.send(datagram.replace(b"/starling/ping\0\0", b"/starling/done\0\0"))
    assert raw.request("ping", 2)[1][0] == 2
    assert lives(engine)


def test_a_retry_gives_the_same_answer_and_works_once(raw: Any) -> None:
    datagram = encode_request("generate", 2, "beep", 1, "slow", 0.3, secret=raw.greet())
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
    }


def test_paths_outside_inbox_and_store_are_refused(
    client: Client, engine: Engine, tmp_path: Path
) -> None:
    folders = engine.folders
    for name, path in outside(tmp_path, folders.inbox, folders.store).items():
        with pytest.raises(StarlingError) as caught:
            client.items("search", path, 5, "", "")
        assert caught.value.code == "bad_path", name
    with pytest.raises(StarlingError, match="say what to search for") as caught:
        client.items("search", "", 5, "", " ")
    assert caught.value.code == "no_query"


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


def waiting() -> Waiting:
    return Waiting(lambda sender, proof: sender in (A, B))


def test_clients_are_served_in_turn_whoever_sends_more() -> None:
    queue = waiting()
    for number in range(4):
        queue.put(A, b"A%d" % number)
    queue.put(B, b"B0")
    served = []
    while (turn := queue.take()) is not None:
        served.append(turn[1])
    assert served == [b"A0", b"B0", b"A1", b"A2", b"A3"]
    assert len(queue) == queue.dropped == 0


def test_what_a_client_sends_too_much_is_dropped_and_costs_no_other() -> None:
    queue = waiting()
    for _ in range(MOST_WAITING + 5):
        queue.put(A, b"A")
    queue.put(B, b"B")
    assert queue.dropped == 5
    assert [queue.take(), queue.take()] == [(A, b"A"), (B, b"B")]


def test_what_strangers_send_is_never_queued() -> None:
    queue = waiting()
    for _ in range(1000):
        queue.put(STRANGER, b"S")
    assert queue.take() is None
    assert (queue.unproven, queue.dropped) == (1000, 0)


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
    assert engine._osc.waiting.unproven > 500
    assert engine._osc.waiting.dropped == sum(engine._osc.bad_packets.values()) == 0
