"""What the plugin's benchmarks share: the C++ harness and an engine with an empty home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
BUILDS = ROOT / "plugin" / "Builds" / "cmake"
HARNESS = BUILDS / "harness" / "harness"
BUILT = BUILDS / "Starling_artefacts" / "Release"
VST3 = BUILT / "VST3" / "Starling.vst3" / "Contents" / "x86_64-linux" / "Starling.so"
LV2 = BUILT / "LV2" / "Starling.lv2" / "Starling.so"
START_S = 60.0  # a cold engine imports torch


def build_harness() -> Path:
    """Bring the harness and the counting library up to date."""
    command = ("cmake", "--build", BUILDS, "--target", "harness")
    made = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if made.returncode:
        raise SystemExit(made.stdout)
    return HARNESS


@contextmanager
def engine() -> Iterator[dict[str, str]]:
    """Run an engine whose store is empty; yields the environment that finds it."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "STARLING_HOME": home}
        runtime = Path(home) / "run" / "engine.json"
        command = [Path(sys.executable).with_name("starling"), "engine"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            end = time.monotonic() + START_S
            while not runtime.is_file():
                if process.poll() is not None or time.monotonic() > end:
                    raise SystemExit("the engine did not start; see `starling doctor`")
                time.sleep(0.1)
            yield environment
        finally:
            process.terminate()
            process.wait(20)


def run_harness(*arguments: str, environment: dict[str, str]) -> dict[str, Any]:
    """Run one command of the harness; its last line is a JSON object."""
    command = [HARNESS, *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.splitlines()
    if done.returncode or not lines or not lines[-1].startswith("{"):
        raise SystemExit(f"harness {' '.join(arguments)} ended with {done.returncode}: {lines}")
    return dict(json.loads(lines[-1]))
