"""The engine as a process: two at once, SIGTERM, quit, idle, SIGKILL in mid-job and a restart."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import pytest
from mido.sockets import connect as mido_connect

from starling.engine.wire import instance_file
from starling.engine.wire.client import Client, connect
from starling.models.errors import StarlingError

STARLING = [sys.executable, "-P", "-c", "from starling.engine.cli.main import main; main()"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "STARLING_HOME": str(tmp_path)}


@pytest.fixture
def spawn(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., "Spawned"]]:
    """Start `starling engine` with options; all are ended at the end."""
    started: list[Spawned] = []

    def start(*options: str) -> Spawned:
        started.append(Spawned(tmp_path, environment, options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate()


class Spawned:
    """A running `starling engine`."""

    def __init__(self, home: Path, environment: dict[str, str], options: tuple[str, ...]) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [*STARLING, "engine", *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()

    def client(self) -> Client:
        return connect(self.home / "run", "test")

    def log(self) -> list[dict[str, object]]:
        text = (self.home / "logs" / "engine.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(spawn: Callable[..., Spawned], number: int) -> None:
    engine = spawn()
    assert engine.said.startswith("engine running: port ")
    assert (engine.home / "run" / "engine.json").stat().st_mode & 0o777 == 0o600
    engine.process.send_signal(number)
    assert engine.process.wait(10) == 0
    assert not (engine.home / "run" / "engine.json").exists()
    assert engine.log()[-1]["event"] == "engine stopped"
    assert engine.process.stderr is not None and engine.process.stderr.read() == ""


def test_a_second_engine_says_so_and_leaves(
    spawn: Callable[..., Spawned], environment: dict[str, str]
) -> None:
    engine = spawn()
    words = [*STARLING, "engine"]
    second = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=30)
    found = instance_file.read(engine.home / "run")
    assert second.returncode == 0
    assert second.stdout == f"already running (pid {found.pid}, port {found.port})\n"
    with engine.client() as client:
        client.request("quit")
    assert engine.process.wait(10) == 0


def test_it_leaves_when_nobody_is_there(spawn: Callable[..., Spawned]) -> None:
    engine = spawn("--idle-minutes", "0.01")
    assert engine.process.wait(15) == 0
    assert any(line.get("why") == "idle" for line in engine.log())


def test_midi_notes_put_their_sounds_into_the_store(spawn: Callable[..., Spawned]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    engine = spawn("--midi", f"127.0.0.1:{number}")
    with mido_connect("127.0.0.1", number) as out:
        out.send(mido.Message("note_on", note=38, velocity=100))
        end = time.monotonic() + 20
        while not any(line.get("key") == 38 for line in engine.log()):
            assert time.monotonic() < end
            time.sleep(0.05)
    assert len(list((engine.home / "data" / "sounds").glob("*.wav"))) == 1


def test_killed_in_mid_job_it_starts_again_and_loses_nothing(spawn: Callable[..., Spawned]) -> None:
    engine = spawn()
    with engine.client() as client:
        held = client.request("generate", "drums", 1)
        before = Path(held["path"]).read_bytes()
        events = [client.listen("generate", "drums", seed) for seed in range(2, 30)]
        for each in events:
            next(each)  # acknowledged: the jobs wait or run
        engine.process.kill()
        engine.process.wait(10)
        with pytest.raises(StarlingError):
            client.request("ping", timeout=3)
    store = engine.home / "data" / "sounds"
    half = f".{'0' * 32}.{engine.process.pid}.1.part"  # as if killed while writing
    (store / half).write_bytes(b"half")
    stale = instance_file.read(engine.home / "run")
    again = spawn()
    assert instance_file.read(engine.home / "run") != stale
    assert not list(store.glob(".*"))
    with again.client() as client:
        assert client.request("generate", "drums", 1) == held
        assert Path(held["path"]).read_bytes() == before
    for path in store.glob("*.wav"):
        assert path.stat().st_size > 1000


def test_status_and_doctor_see_it(
    spawn: Callable[..., Spawned], environment: dict[str, str]
) -> None:
    engine = spawn()
    words = [*STARLING, "status", "--json"]
    found = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(found.stdout)["models"] >= 1
    assert str(doctor(environment)["engine"]["text"]).startswith("running: ")
    engine.process.kill()
    engine.process.wait(10)
    assert str(doctor(environment)["engine"]["text"]).startswith("not running")


def doctor(environment: dict[str, str]) -> dict[str, dict[str, object]]:
    words = [*STARLING, "doctor", "--json"]
    found = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
    return {each["name"]: each for each in json.loads(found.stdout)}


@pytest.mark.parametrize("port", [0, 99_999, 10**30])
def test_a_runtime_file_with_no_port_says_so(
    tmp_path: Path, environment: dict[str, str], port: int
) -> None:
    (tmp_path / "run").mkdir()
    instance_file.write(tmp_path / "run", instance_file.Runtime(port, 1, "token", "0.0.0"))
    found = subprocess.run(
        [*STARLING, "status"], env=environment, capture_output=True, text=True, timeout=30
    )
    assert found.returncode == 1
    assert "is not an engine's runtime file: port" in found.stderr and "delete it" in found.stderr
    if port == 99_999:
        assert not doctor(environment)["engine"]["ok"]


def test_without_an_engine_status_says_how_to_start_one(environment: dict[str, str]) -> None:
    found = subprocess.run(
        [*STARLING, "status"], env=environment, capture_output=True, text=True, timeout=30
    )
    assert found.returncode == 1
    assert found.stderr == "Error: no engine is running; `starling engine` starts one\n"


def test_a_runtime_file_of_a_dead_engine_says_so(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "run").mkdir()
    instance_file.write(tmp_path / "run", instance_file.Runtime(1, 1, "token", "0.0.0"))
    began = time.monotonic()
    found = subprocess.run(
        [*STARLING, "status"], env=environment, capture_output=True, text=True, timeout=30
    )
    assert found.returncode == 1
    assert "no engine listens on port 1 any more" in found.stderr
    assert time.monotonic() - began < 5
