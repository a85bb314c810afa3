"""The Python client against a real socket that loses, delays and garbles."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from starling.engine.wire import instance_file
from starling.engine.wire.client import Client, connect
from starling.engine.wire.codec import decode, encode_done, encode_fail, encode_item
from starling.engine.wire.instance_file import Runtime
from starling.engine.wire.protocol import SILENT_S
from starling.models.errors import MissingError, StarlingError

Reply = Callable[[str, list[object], int], list[bytes]]


class Server:
    """Answers hello and bye, and all else as `reply(verb, fields, times asked)` says.

    The fields are without the secret; `strange` counts requests with another than the last hello's.
    """

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.runtime = Runtime(self._socket.getsockname()[1], 1, "token", "0.1.0")
        self.heard: list[str] = []
        self.strange = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._loop)
        self._thread.start()

    def _loop(self) -> None:
        while not self._closing.is_set():
            try:
                datagram, sender = self._socket.recvfrom(65_535)
            except TimeoutError:
                continue
            [(address, fields)] = decode(datagram)
            verb = address.rpartition("/")[2]
            self.heard.append(verb)
            if verb != "hello":
                self.strange += fields.pop(0) != f"secret {self.heard.count('hello')}"
                answers = self._reply(verb, list(fields), self.heard.count(verb))
            else:
                secret = f"secret {self.heard.count('hello')}"
                answers = [encode_done(int(fields[0]), "hello", 2, "0.1.0", "/inbox", secret)]
            for answer in answers:
                self._socket.sendto(answer, sender)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self._socket.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Reply], Server]]:
    servers: list[Server] = []

    def start(reply: Reply) -> Server:
        servers.append(Server(reply))
        return servers[-1]

    yield start
    for each in servers:
        each.close()


def test_a_lost_request_is_sent_again(serve: Callable[[Reply], Server]) -> None:
    server = serve(
        lambda verb, fields, times: [encode_done(fields[0], "ping", 1.0)] if times > 1 else []
    )
    with Client(server.runtime) as client:
        assert client.request("ping") == {"uptime": 1.0}
    assert server.heard.count("ping") == 2


def test_answers_to_other_requests_are_passed_over(serve: Callable[[Reply], Server]) -> None:
    server = serve(
        lambda verb, fields, times: [
            encode_fail(99, "ping", "internal", "not for you"),
            encode_done(fields[0], "ping", 2.0),
        ]
    )
    with Client(server.runtime) as client:
        assert client.request("ping") == {"uptime": 2.0}


def test_a_list_that_lost_an_entry_is_asked_for_again(serve: Callable[[Reply], Server]) -> None:
    def reply(verb: str, fields: list[object], times: int) -> list[bytes]:
        items = [encode_item(fields[0], "models", at, f"m{at}", "M", "ab", "[]") for at in (1, 0)]
        return [*items[: times + 0], encode_done(fields[0], "models", 2)]

    server = serve(reply)
    with Client(server.runtime) as client:
        assert [row["model"] for row in client.items("models")] == ["m0", "m1"]
    assert server.heard.count("models") == 2


def test_a_fail_is_raised_with_its_code(serve: Callable[[Reply], Server]) -> None:
    server = serve(lambda verb, fields, times: [encode_fail(fields[0], verb, "silent", "hush")])
    with (
        Client(server.runtime) as client,
        pytest.raises(StarlingError, match="hush") as caught,
    ):
        client.request("ping")
    assert caught.value.code == "silent"


def test_a_silent_engine_is_given_up(serve: Callable[[Reply], Server]) -> None:
    server = serve(lambda verb, fields, times: [])
    began = time.monotonic()
    with (
        Client(server.runtime) as client,
        pytest.raises(MissingError, match="does not answer"),
    ):
        client.request("ping", timeout=1)
    assert time.monotonic() - began < 3


def test_a_closed_port_is_noticed_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(MissingError, match=f"no engine listens on port {port}"):
        Client(Runtime(port, 1, "token", "0.1.0"))


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be asked for there")
def test_the_port_of_an_engine_that_was_killed_gets_nothing(tmp_path: Path) -> None:
    """Another program may listen there by now; the token is not for it."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(0.2)
        instance_file.write(tmp_path, Runtime(other.getsockname()[1], ended.pid, "token", "0.1.0"))
        with pytest.raises(MissingError, match="has ended unexpectedly; `starling engine` starts"):
            connect(tmp_path)
        with pytest.raises(TimeoutError):
            other.recv(2000)


def pong(verb: str, fields: list[object], times: int) -> list[bytes]:
    return [encode_done(fields[0], "ping", 1.0)] if verb == "ping" else []


def until_heard(server: Server, verb: str) -> bool:
    end = time.monotonic() + 5
    while verb not in server.heard and time.monotonic() < end:
        time.sleep(0.01)
    return verb in server.heard


def test_every_request_carries_the_secret_and_the_end_is_a_bye(
    serve: Callable[[Reply], Server],
) -> None:
    server = serve(pong)
    with Client(server.runtime) as client:
        client.request("ping")
        next(waits := client.listen("ping"))
        waits.close()
    assert until_heard(server, "bye")
    assert server.heard == ["hello", "ping", "ping", "bye"]
    assert server.strange == 0


def test_after_a_silence_hello_comes_again_and_its_secret_counts(
    serve: Callable[[Reply], Server],
) -> None:
    server = serve(pong)
    with Client(server.runtime) as client:
        client._sent -= SILENT_S + 1
        client.request("ping")
    assert until_heard(server, "bye")
    assert server.heard == ["hello", "hello", "ping", "bye"]
    assert server.strange == 0


def test_an_engine_of_another_protocol_is_told_before_anything_is_sent() -> None:
    old = Runtime(9, 4711, "token", "0.1.0", protocol=1)
    with pytest.raises(
        StarlingError, match=r"protocol 1, this program 2: end the engine \(process"
    ):
        Client(old)
