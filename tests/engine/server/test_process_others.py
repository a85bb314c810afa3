"""The engine as a process beside others: two at one moment, two run folders, a hanging synth."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from starling.engine.wire.client import connect
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.sources import NewPreset, SourceFile, put_source
from starling.presets.library.writer import ScannedPreset, commit_scanned, finish

ENGINE = [sys.executable, "-P", "-c", "from starling.engine.cli.main import main; main(['engine'])"]


def start(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(ENGINE, env=environment, stdout=subprocess.PIPE, text=True)


def first_line(engine: subprocess.Popen[str]) -> str:
    assert engine.stdout is not None
    return engine.stdout.readline()


def end(*engines: subprocess.Popen[str]) -> None:
    for each in engines:
        each.kill()
        each.communicate()


def test_of_two_started_at_the_same_moment_one_serves(tmp_path: Path) -> None:
    environment = {**os.environ, "STARLING_HOME": str(tmp_path)}
    both = [start(environment), start(environment)]
    try:
        said = sorted(first_line(each)[:15] for each in both)
        assert said == ["already running", "engine running:"]
        with connect(tmp_path / "run", "test") as client:
            client.request("quit")
        assert [each.wait(20) for each in both] == [0, 0]
    finally:
        end(*both)


@pytest.mark.skipif(sys.platform != "linux", reason="XDG folders are Linux's")
def test_two_run_folders_share_no_store(tmp_path: Path) -> None:
    """A session with XDG_RUNTIME_DIR and one without it, as cron or ssh may have."""
    plain = {k: v for k, v in os.environ.items() if k not in ("STARLING_HOME", "XDG_RUNTIME_DIR")}
    for name in ("DATA", "CACHE", "STATE", "CONFIG"):
        plain[f"XDG_{name}_HOME"] = str(tmp_path / name.lower())
    (tmp_path / "runtime").mkdir()
    first = start(plain)
    second = None
    try:
        assert first_line(first).startswith("engine running")
        second = start({**plain, "XDG_RUNTIME_DIR": str(tmp_path / "runtime")})
        said = first_line(second)
        assert said.startswith("already running")
        assert str(tmp_path / "data" / "starling") in said
        assert second.wait(20) == 0
    finally:
        end(first, *([second] if second else []))


SLEEPS = """
#include <unistd.h>
void *VSTPluginMain(void *host) { sleep(600); return 0; }
"""


def library_of(folder: Path, synth: str) -> None:
    """A library with one preset of a synth, as a scan would leave it."""
    library = LibraryDatabase.open(folder)
    preset = NewPreset("Slow", "Bank", "", (), synth, {"x": 0.5}, "", "f")
    (folder / "bank.json").touch()
    put_source(library, SourceFile(str(folder / "bank.json"), "", 0, 0, ""), [preset])
    commit_scanned(library, [ScannedPreset(1, np.ones(library.embedder.size, np.float32))])
    finish(library)
    library.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_it_leaves_while_a_synth_takes_for_ever_to_start(tmp_path: Path) -> None:
    """The sandbox is one that nobody waits for: it was started because of a hit."""
    (tmp_path / "sleeps.c").write_text(SLEEPS)
    plugin = tmp_path / "sleeps.so"
    words = ["cc", "-shared", "-fPIC", "-o", str(plugin), str(tmp_path / "sleeps.c")]
    subprocess.run(words, check=True)
    library_of(tmp_path / "data" / "library", str(plugin))
    engine = start({**os.environ, "STARLING_HOME": str(tmp_path)})
    try:
        assert first_line(engine).startswith("engine running")
        with connect(tmp_path / "run", "test") as client:
            [hit] = client.items("find", "slow", 5)
            assert hit["synth"] == str(plugin)
            deadline = time.monotonic() + 30
            log = tmp_path / "logs" / "engine.jsonl"
            # the other jobs that run at first: a one-shot model is loaded, then a texture
            while log.read_text().count("model loaded") < 2:
                assert time.monotonic() < deadline
                client.request("ping")  # a silent client would be forgotten
                time.sleep(0.1)
            assert client.request("status")["running"] == 1
            time.sleep(1.0)
        began = time.monotonic()
        engine.terminate()
        assert engine.wait(50) == 0
        assert time.monotonic() - began < 8
    finally:
        end(engine)
