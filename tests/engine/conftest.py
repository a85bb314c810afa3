"""A real engine on a real loopback socket, with a tiny deterministic model behind it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from starling.engine.config import Folders
from starling.engine.server.engine import Engine, EngineOptions, open_engine
from starling.engine.wire.client import Client
from starling.engine.wire.codec import decode, encode_request
from starling.engine.wire.protocol import MAX_DATAGRAM, PROTOCOL_VERSION, Value
from starling.models.artifacts.catalogue import Control, ModelCard

RATE = 44_100


class Beep:
    """A sine whose pitch is the seed's; `slow` seconds are slept before it sounds."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def generate(self, seed: int, controls: dict[str, float]) -> NDArray[np.float32]:
        if controls["broken"]:
            raise ZeroDivisionError("a fault in the model")
        time.sleep(controls["slow"])
        phase = np.arange(RATE // 10) * (100 + seed % 1000) / RATE
        return (controls["level"] * np.sin(2 * np.pi * phase)).astype(np.float32)[None]


def beep_card(name: str = "beep") -> ModelCard:
    controls = (
        Control("level", "Level", 0, 1, 0.5),
        Control("slow", "Slow", 0, 5, 0),
        Control("broken", "Broken", 0, 1, 0, ("No", "Yes")),
        Control("key", "Key", 0, 127, 36),
    )
    return ModelCard(name, name.title(), "0123abcd", RATE, 60, controls, Path("beep.json"))


@pytest.fixture
def home(tmp_path: Path) -> Folders:
    return Folders(*(tmp_path / each for each in ("data", "config", "logs", "run")))


@pytest.fixture
def new_engine(home: Folders) -> Iterator[Callable[..., Engine]]:
    """Start engines with EngineOptions; all are closed at the end."""
    started: list[Engine] = []

    def start(**options: float) -> Engine:
        engine = open_engine(home, lambda: {"beep": beep_card()}, Beep, EngineOptions(**options))
        assert engine is not None
        started.append(engine)
        engine.start()
        return engine

    yield start
    for engine in started:
        engine.close()


@pytest.fixture
def engine(new_engine: Callable[..., Engine]) -> Engine:
    return new_engine()


@pytest.fixture
def client(engine: Engine) -> Iterator[Client]:
    with Client(engine.runtime, "test") as client:
        yield client


@pytest.fixture
def small_disk() -> Iterator[Callable[[Path], None]]:
    """Mount a disk of 64 KiB on a folder; it needs root on Linux."""
    mounted: list[Path] = []

    def mount(folder: Path) -> None:
        if sys.platform != "linux" or os.geteuid() != 0:
            pytest.skip("mounting a small disk needs root on Linux")
        folder.mkdir(parents=True, exist_ok=True)
        words = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
        if subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("this machine does not let root mount a disk")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class Raw:
    """A bare socket that sends any bytes to an engine."""

    def __init__(self, engine: Engine, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.connect(("127.0.0.1", engine.runtime.port))
        self._token = engine.runtime.token
        self.port: int = self._socket.getsockname()[1]
        self.secret = ""

    def greet(self) -> str:
        """Say hello; the secret of the session."""
        hello = encode_request("hello", 1, self._token, PROTOCOL_VERSION, "raw")
        address, values = self.ask(hello)
        assert address == "/starling/done"
        self.secret = str(values[-1])
        return self.secret

    def request(self, verb: str, req: int, *values: Value) -> tuple[str, list[Value]]:
        """The first answer to a request of the session; raises TimeoutError."""
        return self.ask(encode_request(verb, req, *values, secret=self.secret))

    def send(self, datagram: bytes) -> None:
        self._socket.send(datagram)

    def silent(self, seconds: float = 0.05) -> bool:
        """Whether nothing has come."""
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(65_535)
        except TimeoutError:
            return True
        return False

    def ask(self, datagram: bytes, seconds: float = 2.0) -> tuple[str, list[Value]]:
        """The first answer; raises TimeoutError."""
        self._socket.settimeout(seconds)
        self.send(datagram)
        return self.next()

    def next(self) -> tuple[str, list[Value]]:
        answer = self._socket.recv(65_535)
        assert len(answer) <= MAX_DATAGRAM
        [message] = decode(answer)
        return message

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def raw(engine: Engine) -> Iterator[Raw]:
    raw = Raw(engine)
    yield raw
    raw.close()


@pytest.fixture
def raw_at(engine: Engine) -> Iterator[Callable[[int], Raw]]:
    """Bare sockets on given ports."""
    made: list[Raw] = []

    def open_at(port: int) -> Raw:
        made.append(Raw(engine, port))
        return made[-1]

    yield open_at
    for each in made:
        each.close()
