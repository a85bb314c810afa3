"""The report of the doctor: what is in it, and what is not."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from starling.engine import log
from starling.engine.cli.doctor_checks import Finding
from starling.engine.cli.doctor_report import SECTIONS, private, report
from starling.engine.cli.main import main
from starling.engine.config import Folders
from starling.engine.sounds.store import SoundStore
from starling.presets.library import sources, writer
from starling.presets.library.database import DATABASE, LibraryDatabase
from starling.presets.library.sources import NewPreset, SourceFile
from starling.presets.library.writer import ScannedPreset

TOKEN = "0123456789abcdef0123456789abcdef"
FINDINGS = [Finding("plugin", False, "not in the user's plugin folder", "build it")]


def fill(home: Folders, user: Path) -> None:
    """A library, a sound, and logs that hold what must not be told."""
    with closing(LibraryDatabase.open(home.library)) as library:
        values = {"cutoff": 0.123456}
        preset = NewPreset("Secret Pad", "My Bank", "Me", (), "amsynth", values, "s", "f")
        plugin = NewPreset("Other", "B", "", (), str(user / "x.so"), values, "s", "g")
        sources.put_source(library, SourceFile("a.bank", "h", 1, 1, "stamp"), [preset, plugin])
        vector = np.ones(library.embedder.size, np.float32)
        waiting = writer.waiting(library)
        writer.commit_scanned(library, [ScannedPreset(each.id, vector) for each in waiting])
        library.favourite(1, True)
    SoundStore(home.store)
    (home.store / f"{TOKEN}.wav").write_bytes(bytes(1024**2))
    handlers = log.open_log(home.logs)
    for number in range(200):
        log.event("engine started", port=number, token=TOKEN)
    log.event("request failed", code="bad_file", sentence=f"cannot read {user}/a.wav: {TOKEN}")
    try:
        raise ZeroDivisionError(f"in {user}")
    except ZeroDivisionError as exc:
        log.fault("fault in a job", exc, verb="hello", args={"token": TOKEN, "name": "Secret Pad"})
    log.close_log(handlers)
    (home.logs / log.CLI_FILE).write_text("no json\n\x1b[31m\n[1]\n" + "[" * 100_000 + "\n")


@pytest.fixture
def text(home: Folders, tmp_path: Path) -> str:
    user = tmp_path / "alice"
    fill(home, user)
    return report(home, FINDINGS, (user, "alice"))


def test_it_says_what_helps(text: str) -> None:
    assert "\nMISSING plugin: not in the user's plugin folder\n" in text
    for title, _ in SECTIONS:
        assert f"\n-- {title}\n" in text
    for line in (
        "amsynth: 1 presets, 0 in quarantine",
        "x.so: 1 presets, 0 in quarantine",
        "favourites: 1",
        "1 sounds, 1.0 MiB",
    ):
        assert f"\n{line}\n" in text
    assert "\nnumpy " in text and "\ninstruction sets that Starling uses: " in text
    assert "ZeroDivisionError: in ~" in text and "cannot read ~/a.wav" in text


def test_it_keeps_secrets_and_names_to_itself(text: str, tmp_path: Path) -> None:
    for secret in (TOKEN, "Secret Pad", "My Bank", "0.123456", "alice", "\x1b"):
        assert secret not in text


def test_of_logs_it_has_the_end(text: str) -> None:
    lines = text.split("engine.jsonl:\n")[1].split("commands.jsonl:\n")
    ports = [json.loads(line).get("port") for line in lines[0].splitlines()]
    assert ports[:58] == list(range(142, 200)) and len(ports) == 60
    assert lines[1] == "(a line that is no JSON)\n" * 4


def test_a_part_that_cannot_be_had_costs_no_other(home: Folders) -> None:
    home.library.mkdir(parents=True)
    (home.library / DATABASE).write_bytes(b"garbage " * 600)
    home.logs.mkdir(parents=True)
    (home.logs / log.FILE).mkdir()
    text = report(home, [])
    assert "not to be had: the preset library is damaged" in text
    assert "\n-- Logs\nengine.jsonl:\ncommands.jsonl:\n" in text


def test_home_is_abbreviated_where_it_is_a_folder() -> None:
    home = (Path("/home/al"), "al")
    assert private("/home/al/x /home/alice/y /home/al", home) == "~/x /home/alice/y ~"
    assert (
        private("/media/al/disk /run/al\n/val/al.wav", home)
        == "/media/USER/disk /run/USER\n/val/al.wav"
    )
    assert private("/a/b", (Path("/"), "")) == "/a/b"


def doctor(home: Path, *words: str) -> Result:
    return CliRunner(env={"STARLING_HOME": str(home)}).invoke(main, ["doctor", *words])


def test_the_command_writes_it_and_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    first = doctor(tmp_path / "home", "--report", str(path), "--json")
    assert isinstance(json.loads(first.stdout), list)
    assert f"wrote {path}: read through it" in first.stderr
    before = path.read_text()
    assert before.startswith("A report of Starling, ")
    again = doctor(tmp_path / "home", "--report", str(path))
    assert (again.exit_code, path.read_text()) == (1, before)
    assert "is there already; name another file" in again.output
