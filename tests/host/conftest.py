"""The built plugin, real hosts in processes of their own, and real engines for them to talk to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILDS = ROOT / "plugin" / "Builds" / "cmake"
HARNESS = BUILDS / "harness" / "harness"
BUILT = BUILDS / "Starling_artefacts" / "Release"
VST3 = BUILT / "VST3" / "Starling.vst3"
STARLING = Path(sys.executable).with_name("starling")
TEXTURE_ENGINE = (sys.executable, "-P", ROOT / "tests" / "host" / "texture_engine.py")
START_S = 60.0  # a cold engine imports torch


class Engine:
    """A `starling engine` with a home of its own."""

    def __init__(self, home: Path, command: Sequence[str | Path] = (STARLING, "engine")) -> None:
        self.home = home
        self.command = command
        self.environment = {**os.environ, "STARLING_HOME": str(home), "OMP_NUM_THREADS": "1"}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def runtime(self) -> Path:
        return self.home / "run" / "engine.json"

    def start(self) -> None:
        """Start and wait until engine.json is there."""
        self.runtime.unlink(missing_ok=True)
        self.process = subprocess.Popen(self.command, env=self.environment)
        wait_for(self._is_up, START_S, "the engine's runtime file")

    def _is_up(self) -> bool:
        assert self.process is not None and self.process.poll() is None, "the engine ended"
        return self.runtime.is_file()

    def kill(self) -> None:
        """End it as a crash would: no clean-up."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def generate(self, model: str, seed: int, out: Path) -> None:
        """Write the sound that this model and seed give, without going through the engine."""
        command = [STARLING, "generate", model, "--seed", str(seed), "-o", out]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


class Host:
    """A host process with the plugin in it; see drive.py."""

    def __init__(self, kind: str, home: Path, scratch: Path) -> None:
        self.scratch = scratch
        environment = {**os.environ, "STARLING_HOME": str(home)}
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "tests" / "host" / "drive.py", kind, VST3],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.load_seconds = self._answer()["seconds"]

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):  # hosts print remarks of their own
                return dict(json.loads(line))
        raise AssertionError(f"the host ended with code {self.process.wait()}")

    def ask(self, **command: Any) -> float:
        """Send a command; the seconds that it took."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return float(self._answer()["seconds"])

    def render(self, notes: list[list[float]], seconds: float) -> np.ndarray:
        """Notes are [key, velocity, start, seconds]; (2, frames)."""
        out = self.scratch / f"render{time.monotonic_ns()}.npy"
        self.ask(render={"notes": notes, "seconds": seconds, "out": str(out)})
        return np.load(out)

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(20)


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until it holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not come within {seconds} s"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def plugin() -> Path:
    """The VST3 bundle."""
    if not VST3.is_dir():
        pytest.skip("the plugin is not built: python3 build.py plugin")
    return VST3


@pytest.fixture(scope="session")
def harness(plugin: Path) -> Path:
    """The C++ harness, brought up to date."""
    command = ["cmake", "--build", str(BUILDS), "--target", "harness"]
    made = subprocess.run(command, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    return HARNESS


@pytest.fixture(scope="session")
def engine(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One engine for all tests that do not end it."""
    running = Engine(tmp_path_factory.mktemp("engine"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def own_engine(plugin: Path, tmp_path: Path) -> Iterator[Engine]:
    """An engine, not started, for tests that start and end it."""
    mine = Engine(tmp_path / "home")
    yield mine
    mine.stop()


@pytest.fixture(scope="module")
def texture_engine(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine with a texture that any machine renders in real time."""
    running = Engine(tmp_path_factory.mktemp("textures"), TEXTURE_ENGINE)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def slow_texture_engine(plugin: Path, tmp_path: Path) -> Iterator[Engine]:
    """An engine that renders three textures in real time, and no more."""
    slow = Engine(tmp_path / "home", (*TEXTURE_ENGINE, "3"))
    slow.start()
    yield slow
    slow.stop()


@pytest.fixture
def own_texture_engine(plugin: Path, tmp_path: Path) -> Iterator[Engine]:
    """The same, not started, for tests that start and end it."""
    mine = Engine(tmp_path / "home", TEXTURE_ENGINE)
    yield mine
    mine.stop()


@pytest.fixture(scope="module")
def composer_engine(plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine with a small composer, installed as `starling train nes` installs one."""
    from tiny_composer import published  # torch takes seconds that other tests need not wait

    home = tmp_path_factory.mktemp("composer")
    published(home / "data" / "models")
    running = Engine(home)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def open_host(plugin: Path, tmp_path: Path) -> Iterator[Callable[[str, Path], Host]]:
    """Open hosts by kind and Starling home; they close with the test."""
    hosts: list[Host] = []

    def opened(kind: str, home: Path) -> Host:
        hosts.append(Host(kind, home, tmp_path))
        return hosts[-1]

    yield opened
    for host in hosts:
        host.close()
