"""Who has no secret of a session gets nothing: no answer, no work, for any verb of the table."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from starling.engine.server.engine import Engine
from starling.engine.wire.client import Client
from starling.engine.wire.codec import encode_request
from starling.engine.wire.protocol import PROTOCOL_VERSION, VERBS, Value, Verb

SAMPLE: dict[str, Value] = {"i": 1, "f": 0.5, "s": "beep"}
WRONG = "0123456789abcdef" * 2


def request(verb: Verb, proof: str) -> bytes:
    """A request that would be served, if its secret or token were right."""
    return encode_request(verb.name, 7, *_values(verb, proof), secret=proof)


def old_request(verb: Verb) -> bytes:
    """As version 1 of the protocol had it: without a secret."""
    builder = OscMessageBuilder(f"/starling/{verb.name}")
    builder.add_arg(7, "i")
    for field, value in zip(verb.takes, _values(verb, ""), strict=True):
        builder.add_arg(value, field.type)
    datagram: bytes = builder.build().dgram
    return datagram


def _values(verb: Verb, proof: str) -> list[Value]:
    values = [SAMPLE[field.type] for field in verb.takes]
    if verb.opens:
        values[:2] = [proof, PROTOCOL_VERSION]
    return values


def guesses() -> list[bytes]:
    """Every verb without a secret, with an empty one and with a wrong one."""
    return [
        datagram
        for verb in VERBS
        for datagram in (old_request(verb), request(verb, ""), request(verb, WRONG))
    ]


@pytest.fixture
def nothing_happens(engine: Engine) -> Iterator[Callable[[Any, list[bytes]], None]]:
    """Send datagrams, see that none is answered, and at the end that none did anything."""
    sent: list[bytes] = []

    def send(stranger: Any, datagrams: list[bytes]) -> None:
        before = engine._osc.waiting.unproven
        for datagram in datagrams:
            stranger.send(datagram)
        with Client(engine.runtime, "later") as later:  # the engine reads in the order of arrival
            later.request("ping")
        sent.extend(datagrams)
        assert engine._osc.waiting.unproven == before + len(datagrams)
        assert stranger.silent()

    yield send
    assert sent
    assert len(engine.parts.store) == 0
    assert not engine._leave.is_set()
    assert not engine._osc.bad_packets


def test_no_verb_is_served_to_who_has_no_session(
    client: Client, raw: Any, engine: Engine, nothing_happens: Any
) -> None:
    client.request("ping")
    nothing_happens(raw, guesses())
    assert ("127.0.0.1", raw.port) not in engine._state.clients


def test_the_secret_of_a_session_is_worth_nothing_at_another_port(
    client: Client, raw: Any, nothing_happens: Any
) -> None:
    stolen = [request(verb, client._secret) for verb in VERBS]
    nothing_happens(raw, stolen)
    raw.greet()
    nothing_happens(raw, stolen)
    assert client.request("ping")


def test_who_gets_the_port_of_a_client_that_died_is_not_that_client(
    client: Client, engine: Engine, raw_at: Any, nothing_happens: Any
) -> None:
    port = client._socket.getsockname()[1]
    client._socket.close()
    assert ("127.0.0.1", port) in engine._state.clients, "it is not missed yet"
    nothing_happens(raw_at(port), guesses())


def test_a_cached_answer_goes_to_no_one_else(
    client: Client, raw: Any, engine: Engine, raw_at: Any
) -> None:
    sound = client.request("generate", "beep", 1)
    port, secret = client._socket.getsockname()[1], client._secret
    [(req, _)] = engine._state.clients["127.0.0.1", port].finished.items()
    raw.send(encode_request("generate", req, "beep", 1, secret=secret))
    client._socket.close()
    heir = raw_at(port)
    heir.send(encode_request("generate", req, "beep", 1, secret=WRONG))
    assert heir.silent(0.3) and raw.silent()
    again = heir.ask(encode_request("generate", req, "beep", 1, secret=secret))
    assert again[1][:3] == [req, "generate", sound["sound"]], "the same bytes with the secret are"


def soon(condition: Callable[[], bool]) -> bool:
    """Whether something comes true within seconds; what silence ends takes ten."""
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def left(engine: Engine, port: int) -> bool:
    """Whether the session at a port has ended."""
    return soon(lambda: ("127.0.0.1", port) not in engine._state.clients)


def test_after_a_bye_even_the_old_secret_is_worth_nothing(
    client: Client, engine: Engine, raw_at: Any, nothing_happens: Any
) -> None:
    port, secret = client._socket.getsockname()[1], client._secret
    client.close()
    assert left(engine, port)
    heir = raw_at(port)
    nothing_happens(heir, [request(verb, secret) for verb in VERBS] + guesses())
    assert heir.greet() != secret
    assert heir.request("ping", 2)[1][:2] == [2, "ping"]


def test_a_bye_is_answered_and_frees_what_the_client_held(raw: Any, engine: Engine) -> None:
    raw.greet()
    raw.request("generate", 2, "beep", 1)
    while raw.next()[0] != "/starling/done":
        pass
    assert engine.parts.store._holders
    assert raw.request("generate", 3, "beep", 2, "slow", 2.0)[0] == "/starling/progress"
    assert raw.request("bye", 4) == ("/starling/done", [4, "bye"])
    assert left(engine, raw.port)
    assert soon(lambda: not engine.parts.store._holders)
    lane = engine._jobs._lanes["generate"]
    assert soon(lambda: not lane.find(lambda job: job.key.owner == ("127.0.0.1", raw.port)))
    raw.send(encode_request("bye", 4, secret=raw.secret))
    assert raw.silent(0.3)


def test_nothing_after_a_bye_in_the_same_bundle_is_served(raw: Any, engine: Engine) -> None:
    secret = raw.greet()
    each = [encode_request(verb, 2, secret=secret) for verb in ("bye", "quit")]
    inner = b"".join(len(one).to_bytes(4, "big") + one for one in each)
    raw.send(b"#bundle\0" + bytes(8) + inner)
    assert raw.next() == ("/starling/done", [2, "bye"])
    assert raw.silent(0.3)
    assert not engine._leave.is_set()


def test_a_client_of_version_1_is_told_what_to_update(raw: Any, engine: Engine) -> None:
    token = engine.runtime.token
    _, (req, verb, code, sentence) = raw.ask(encode_request("hello", 1, token, 1, "old"))
    assert (req, verb, code) == (1, "hello", "bad_arguments")
    assert "speaks protocol 1, this engine 2: update the plugin" in str(sentence)
    assert not engine._state.clients


OTHER_USER = 65_534  # nobody, on every POSIX system
INTRUDER = r"""
import json, os, socket, sys
os.setgid(USER); os.setuid(USER)
def made(port):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        one.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        one.bind(("127.0.0.1", port))
    except OSError:
        return None
    return one
def answers(one, told):
    for datagram in told["datagrams"]:
        one.sendto(bytes.fromhex(datagram), ("127.0.0.1", told["engine"]))
    one.settimeout(0.5)
    try:
        return [one.recv(65535).hex()]
    except TimeoutError:
        return []
for line in sys.stdin:
    told = json.loads(line)
    one = made(told["port"])
    found = {"uid": os.getuid(), "bound": one is not None, "answers": one and answers(one, told)}
    print(json.dumps(found), flush=True)
"""


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="becoming another user needs root"
)
def test_another_user_of_the_machine_gets_nothing(client: Client, engine: Engine) -> None:
    """Neither at a port of his own, nor at the client's while it lives, nor when it has died."""
    port = client._socket.getsockname()[1]
    told = {"engine": engine.runtime.port, "datagrams": [each.hex() for each in guesses()]}
    command = [sys.executable, "-S", "-c", INTRUDER.replace("USER", str(OTHER_USER))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as intruder:
        assert intruder.stdin is not None and intruder.stdout is not None

        def attempt(at: int) -> dict[str, Any]:
            assert intruder.stdin is not None and intruder.stdout is not None
            intruder.stdin.write(json.dumps({**told, "port": at}) + "\n")
            intruder.stdin.flush()
            found: dict[str, Any] = json.loads(intruder.stdout.readline())
            return found

        assert attempt(0) == {"uid": OTHER_USER, "bound": True, "answers": []}
        assert attempt(port) == {"uid": OTHER_USER, "bound": False, "answers": None}
        assert client.request("ping")
        client._socket.close()
        assert attempt(port) == {"uid": OTHER_USER, "bound": True, "answers": []}
        intruder.stdin.close()
    assert engine._osc.waiting.unproven == 2 * len(guesses())
    assert len(engine.parts.store) == 0 and not engine._leave.is_set()
