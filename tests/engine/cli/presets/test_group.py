"""The commands about single presets, over a library that is filled by hand."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from starling.engine.cli.main import main
from starling.presets.library import sources, writer
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.sources import NewPreset, SourceFile
from starling.presets.library.writer import ScannedPreset
from starling.presets.search.build_index import choose

NAMES = ("Brass", "Pad")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose library has two presets."""
    library = LibraryDatabase.open(tmp_path / "data" / "library")
    presets = [NewPreset(n, "Bank", "", (), "amsynth", {"x": 0.5}, "s", n) for n in NAMES]
    sources.put_source(library, SourceFile("a.bank", "h", 1, 1, "stamp"), presets)
    rng = np.random.default_rng(1)
    heard = [
        ScannedPreset(preset.id, rng.normal(size=library.embedder.size).astype(np.float32))
        for preset in writer.waiting(library)
    ]
    writer.commit_scanned(library, heard)
    library.close()
    return tmp_path


def run(home: Path, *words: str, code: int = 0) -> str:
    found = CliRunner(env={"STARLING_HOME": str(home)}).invoke(main, ["presets", *words])
    assert found.exit_code == code, found.output
    return found.stdout if "--json" in words else found.output


def test_favourites_are_marked_and_listed(home: Path) -> None:
    assert run(home, "favourite", "2") == "Pad is a favourite\n"
    listed = json.loads(run(home, "list", "is:favourite", "--json"))
    assert [(hit["name"], hit["favourite"]) for hit in listed] == [("Pad", True)]
    shown = run(home, "list")
    assert "Pad *" in shown and "Brass *" not in shown
    assert json.loads(run(home, "favourite", "2", "--off", "--json")) == {
        "preset": 2,
        "favourite": False,
    }
    assert json.loads(run(home, "list", "is:favourite", "--json")) == []


def test_a_preset_that_is_not_there_is_a_sentence(home: Path) -> None:
    assert run(home, "favourite", "9", code=1) == "Error: no preset 9 in the library\n"


def test_a_tier_of_the_index_is_remembered(home: Path) -> None:
    library = LibraryDatabase.open(home / "data" / "library")
    choose(library, "ivf")
    assert library.meta("tier", "auto") == "ivf"
    library.close()
    assert "Invalid value for '--index'" in run(home, "scan", "--index", "hnsw", code=2)


def test_copies_of_a_sound_are_counted(home: Path) -> None:
    library = LibraryDatabase.open(home / "data" / "library")
    names = ("Init 1", "Init 2", "Init 3")
    presets = [NewPreset(n, "Bank", "", (), "amsynth", {"x": 0.5}, "s", n) for n in names]
    sources.put_source(library, SourceFile("b.bank", "h", 1, 1, "stamp"), presets)
    same = np.ones(library.embedder.size, np.float32)
    writer.commit_scanned(library, [ScannedPreset(p.id, same) for p in writer.waiting(library)])
    library.close()
    hits = json.loads(run(home, "similar", "1", "--json"))
    assert sorted((hit["name"], hit["copies"]) for hit in hits) == [("Init 1", 2), ("Pad", 0)]
    assert "Init 1 (+2)" in run(home, "similar", "1")


def test_names_in_brackets_are_shown_as_they_are(home: Path) -> None:
    """No renderer reads them as its own markup."""
    library = LibraryDatabase.open(home / "data" / "library")
    names = ("[murphy's]", "Pad [/b]", "[red]Bass")
    presets = [NewPreset(n, "Bank", "", (), "amsynth", {"x": 0.5}, "s", n) for n in names]
    wrong = {"problem": "no [b]number[/b]"}
    presets.append(NewPreset("[/] bad", "Bank", "", (), "amsynth", {}, "s", "bad", **wrong))
    sources.put_source(library, SourceFile("b.bank", "h", 1, 1, "stamp"), presets)
    same = np.ones(library.embedder.size, np.float32)
    writer.commit_scanned(library, [ScannedPreset(p.id, same) for p in writer.waiting(library)])
    library.close()
    listed = run(home, "list")
    assert all(name in listed for name in names) and listed.endswith("5 presets\n")
    assert "no [b]number[/b]" in run(home, "list", "--quarantined")
    assert "[murphy's] (+2)" in run(home, "similar", "1", "-k", "5")


def test_how_many_there_are_is_said(home: Path) -> None:
    assert run(home, "list", "-k", "1").endswith("1 of 2 presets; -k shows more, at most 100\n")
    assert run(home, "list", "pad").endswith("1 presets\n")
    near = run(home, "similar", "1", "-k", "1")
    assert near.endswith("1 of 2 presets, the nearest in sound; -k shows more, at most 100\n")


def test_a_busy_library_is_read_and_not_called_damaged(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(home / "data" / "library" / "library.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("starling.presets.library.tables.BUSY_S", 0.05)
    assert "Brass" in run(home, "list")
    told = run(home, "favourite", "1", code=1)
    assert told.startswith("Error: another program is writing to the preset library; nothing is")
    other.close()


def test_a_damaged_library_says_what_mends_it(home: Path) -> None:
    (home / "data" / "library" / "library.sqlite").write_bytes(b"garbage " * 200)
    told = run(home, "list", code=1)
    assert "is damaged (file is not a database); `starling presets scan` sets it aside" in told


@pytest.mark.parametrize(("name", "why"), [("x.mp3", "must end in .wav"), ("x.wav", "is there")])
def test_an_audition_overwrites_nothing_and_is_a_wav(
    home: Path, tmp_path: Path, name: str, why: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"mine")
    assert why in run(home, "audition", "1", "-o", str(path), code=1)
    assert path.read_bytes() == b"mine"
