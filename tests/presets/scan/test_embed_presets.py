"""What a scan makes of crashes, hangs and a machine without room: real plugins, real processes."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import WEIGHTS
from starling.models.errors import CancelledError, PluginError
from starling.presets.features.embedders import CLASSICAL, default, timbre, timbre_alone
from starling.presets.formats import fxp
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.writer import waiting
from starling.presets.sandbox.client import RenderRequest, Sandbox, Untried
from starling.presets.sandbox.plugin_state import PluginStates
from starling.presets.scan.update import scan
from starling.presets.search.by_sound import search_preset
from starling.presets.search.options import parsed
from starling.presets.synths.plugin_files import file_hash

Builder = Callable[..., Path]
SAW, SINE = 1.0, 0.0


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LibraryDatabase]:
    opened = LibraryDatabase.open(tmp_path / "library")
    yield opened
    opened.close()


def write_presets(library: LibraryDatabase, waves: list[float]) -> None:
    folder = library.folder / "banks"
    folder.mkdir()
    for number, wave in enumerate(waves):
        values = (1.0, wave, 0.0, 0.0)
        program = fxp.Program(b"Bad!", f"p{number:02}", 4, values=values)
        (folder / f"p{number:02}.fxp").write_bytes(fxp.write(program))


@pytest.mark.parametrize("flags", [(), ("-DTHREADED",)], ids=["forks", "new processes"])
def test_presets_that_crash_cost_only_themselves(
    flags: tuple[str, ...], library: LibraryDatabase, plugin: Builder
) -> None:
    write_presets(library, [SAW] * 4 + [SINE] * 6)
    report = scan(library, synths=[str(plugin("ABORT_ON_SAW", *flags))], jobs=1)
    assert report.added == 7, "six and the plugin's own"
    assert sorted(p.name for p in library.quarantined()) == ["p00", "p01", "p02", "p03"]
    assert waiting(library) == []


def test_a_machine_without_room_condemns_no_preset(
    library: LibraryDatabase, plugin: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(plugin("GOOD"))
    write_presets(library, [SINE] * 3)
    with Sandbox(path, cache=library.folder / "schemas") as box:
        assert box.schema.names()
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
        report = scan(library, synths=[path])
    [(which, why)] = report.failed
    assert which == "4 presets of good.so" and "cannot be started" in why
    assert library.quarantined() == [] and len(waiting(library)) == 4
    assert scan(library, synths=[path]).added == 4


def test_what_the_system_ends_is_not_the_presets_fault(plugin: Builder) -> None:
    """As when memory runs out: SIGKILL, which no plugin sends itself."""
    with Sandbox(str(plugin("HANG_IN_RENDER")), timeout_s=30) as box:
        _ = box.schema
        assert box._process is not None
        timer = threading.Timer(0.3, os.kill, (box._process._child.pid, signal.SIGKILL))
        timer.start()
        results = box.embed([RenderRequest({}), RenderRequest({})], CLASSICAL)
        first = next(results)
        results.close()
        timer.join()
    assert isinstance(first, Untried) and isinstance(first.reason, PluginError)


def test_a_synth_that_does_not_open_keeps_its_presets_waiting(
    library: LibraryDatabase, plugin: Builder, tmp_path: Path
) -> None:
    path = tmp_path / "mine.so"
    path.write_bytes(plugin("GOOD").read_bytes())
    write_presets(library, [SINE] * 9)
    scan(library, synths=[str(path)])
    with library.transaction() as db:
        db.execute("UPDATE presets SET vector = NULL")
    schema = library.folder / "schemas" / f"{file_hash(path)}.json"
    path.write_bytes(plugin("ABORT_ON_OPEN").read_bytes())
    schema.rename(schema.with_name(f"{file_hash(path)}.json"))  # as if it had opened once
    report = scan(library, synths=[str(path)])
    assert library.quarantined() == [] and len(waiting(library)) == 10
    assert report.failed[-1][0] == "10 presets of mine.so"


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="Windows has no nice values")
def test_a_scan_gives_way_to_a_note(plugin: Builder) -> None:
    path = plugin("GOOD")
    with Sandbox(str(path), niceness=10) as box, PluginStates(10) as states:
        _ = box.schema
        _ = (state := states.of(path)).identity()
        started = [each._process for each in (box, state)]
        behind = [os.getpriority(os.PRIO_PROCESS, p._child.pid) for p in started if p]
    assert behind == [min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)] * 2


KILLED = """
import os, sys, tempfile, time
from starling.presets.sandbox.client import Sandbox
tempfile.tempdir = sys.argv[2]
box = Sandbox(sys.argv[1])
print(box.schema.synth, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_killed_parent_leaves_no_folder(plugin: Builder, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-c", KILLED, str(plugin("GOOD")), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline()
        [folder] = tmp_path.glob("starling-*")
        process.kill()
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads Linux's /proc")
@pytest.mark.parametrize("synth", ["amsynth", "GOOD"])
def test_a_killed_process_leaves_no_files(synth: str, amsynth_path: Path, plugin: Builder) -> None:
    box = Sandbox(synth if synth == "amsynth" else str(plugin(synth)))
    box.render({}, 60, 100, 0.1, 0.2, 44_100)
    assert box._process is not None
    pid = box._process._child.pid
    lines = Path(f"/proc/{pid}/environ").read_text().split("\0")
    folder = Path(next(line for line in lines if line.startswith("TMPDIR=")).split("=")[1])
    assert folder.is_dir() and folder.name.startswith("starling-")
    (folder / "tmp1234.fxp").write_text("of a note that was killed")
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    box.close()
    assert not folder.exists()


def test_weights_of_one_s_own_hear_a_library(tmp_path: Path, plugin: Builder) -> None:
    """A synth's process cannot know them by their key."""
    card = card_file.read_card(WEIGHTS / "timbre.json")
    tensors = card_file.read_weights(card, WEIGHTS)
    tensors["head.weight"] = tensors["head.weight"].flip(0)
    own, _ = card_file.write(tmp_path / "own", {**card, "name": "own"}, tensors)
    library = LibraryDatabase.open(tmp_path / "library", timbre(own))
    write_presets(library, [SINE] * 2)
    report = scan(library, synths=[str(plugin("GOOD"))], jobs=1)
    assert report.added == 3 and not library.quarantined()
    library.close()


def test_an_older_library_is_heard_anew_while_it_serves(tmp_path: Path, plugin: Builder) -> None:
    """By a scan that is cancelled in between; its presets can be searched at any time."""
    old = LibraryDatabase.open(tmp_path / "library", timbre_alone())
    write_presets(old, [SINE] * 40)
    for number, path in enumerate(sorted((old.folder / "banks").iterdir())):
        values = (0.5 + number / 100, SINE, 0.0, 0.0)  # each a level of its own
        path.write_bytes(fxp.write(fxp.Program(b"Bad!", path.stem, 4, values=values)))
    synth = str(plugin("GOOD"))
    scan(old, synths=[synth], jobs=1)
    old.close()
    library = LibraryDatabase.open(tmp_path / "library")
    assert library.embedder.key == timbre_alone().key and library.count() == 41
    told: list[str] = []

    def progress(fraction: float, text: str) -> None:
        told.append(text)
        assert library.count() == 41
        assert len(search_preset(library, 5, 3, options=parsed([("timbre", 1)]))) >= 1

    def anew() -> list[int]:
        return [int(text.split()[1]) for text in told if text.endswith("presets anew")]

    with pytest.raises(CancelledError):
        scan(library, synths=[synth], jobs=1, progress=progress, cancelled=lambda: bool(anew()))
    assert library.embedder.key == timbre_alone().key and 0 < anew()[-1] < 41
    report = scan(library, synths=(), jobs=1, progress=progress)
    assert anew() == sorted(set(anew())) and anew()[-1] == 41, "nothing was done twice"
    assert library.embedder is default() and library.count() == 41 and not report.failed
    assert not np.isnan(library.snapshot().aspects).any()
    library.close()


def test_copies_are_embedded_again_by_one_rendering(tmp_path: Path, plugin: Builder) -> None:
    old = LibraryDatabase.open(tmp_path / "library", timbre_alone())
    write_presets(old, [SINE] * 5)
    synth = str(plugin("GOOD"))
    scan(old, synths=[synth], jobs=1)
    old.close()
    library = LibraryDatabase.open(tmp_path / "library")
    told: list[str] = []
    scan(library, synths=(), jobs=1, progress=lambda fraction, text: told.append(text))
    assert library.embedder is default() and library.count() == 6
    assert [text for text in told if "anew" in text] == ["heard 6 of 6 presets anew"]
    library.close()
