"""Libraries that are damaged, of another version or of another embedder: nothing is deleted."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from starling.models.errors import MissingError, ParseError, StarlingError
from starling.presets.features.embedders import CLASSICAL
from starling.presets.index.vector_file import VectorFile
from starling.presets.library import writer
from starling.presets.library.database import SCHEMA_VERSION, LibraryDatabase
from starling.presets.library.faults import is_damage
from starling.presets.library.mending import mend
from starling.presets.library.saved_favourites import saved
from starling.presets.library.writer import ScannedPreset
from starling.presets.scan.exported_files import not_ours
from starling.presets.scan.watched_folders import watched_folders
from starling.presets.search.by_sound import search_preset


def test_another_embedders_vectors_are_refused(shelf: Any) -> None:
    shelf.put("A")
    writer.finish(shelf.library)
    shelf.library.close()
    for other in (replace(CLASSICAL, version=2), replace(CLASSICAL, name="timbre", size=32)):
        with pytest.raises(MissingError, match=r"was made by classical/1 \(104 numbers\)") as told:
            LibraryDatabase.open(shelf.library.folder, other)
        moved_away(str(told.value))
        LibraryDatabase.open(shelf.library.folder, other).close()
        (shelf.library.folder / "vectors.f32").unlink()
        LibraryDatabase.open(shelf.library.folder, CLASSICAL).close()


def moved_away(sentence: str) -> None:
    """Follow the advice of a sentence, short of the scan."""
    path = Path(sentence.split("move ")[1].split(" to another place and run `starling presets")[0])
    path.rename(path.with_suffix(".mine"))


def test_a_newer_library_is_refused_by_its_version(shelf: Any) -> None:
    with shelf.library.transaction() as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    shelf.library.close()
    for refused in (LibraryDatabase.open, mend):
        with pytest.raises(ParseError, match=f"has version {SCHEMA_VERSION + 1}") as told:
            refused(shelf.library.folder)
    moved_away(str(told.value))
    again = LibraryDatabase.open(shelf.library.folder)
    assert again.count() == 0
    again.close()


@pytest.mark.parametrize("name", ["library.sqlite", "vectors.f32"])
def test_a_damaged_file_is_said_and_then_set_aside(shelf: Any, name: str) -> None:
    shelf.put("A", "B")
    shelf.library.favourite(1, True)
    shelf.library.close()
    folder = shelf.library.folder
    (folder / name).write_bytes(b"garbage " * 200)
    with pytest.raises(StarlingError, match=r"`starling presets scan` sets .* aside") as told:
        LibraryDatabase.open(folder)
    assert told.value.code == "bad_file" and "delete" not in str(told.value)
    sentence = mend(folder)
    aside = Path(name).stem + ".damaged-1" + Path(name).suffix
    assert aside in sentence and (folder / aside).read_bytes() == b"garbage " * 200
    assert mend(folder) == ""
    again = replace(shelf, library=LibraryDatabase.open(folder, CLASSICAL))
    again.put("A", "B")
    assert again.names("") == ["A", "B"] and again.names("is:favourite") == ["A"]
    assert len(search_preset(again.library, 1, 2)) == 1
    again.library.close()


def test_damage_in_the_middle_of_a_library_is_found_by_the_next_scan(shelf: Any) -> None:
    """Its first pages are sound, so it opens; its favourites are those that were saved beside."""
    shelf.put(*(f"P{n}" for n in range(2000)))
    shelf.library.favourite(7, True)
    shelf.library.close()
    path = shelf.library.folder / "library.sqlite"
    size = path.stat().st_size
    with open(path, "r+b") as file:
        file.seek(size // 3)
        file.write(b"\xff" * (size // 2))
    LibraryDatabase.open(shelf.library.folder).close()
    assert "a new one was begun, with 1 favourites" in mend(shelf.library.folder)
    again = replace(shelf, library=LibraryDatabase.open(shelf.library.folder))
    again.put("P6")
    assert again.names("is:favourite") == ["P6"]
    again.library.close()


def test_a_short_index_says_what_mends_it(shelf: Any) -> None:
    shelf.put("A", "B")
    shelf.library.close()
    with open(shelf.library.folder / "vectors.f32", "r+b") as file:
        file.truncate(100)
    short = LibraryDatabase.open(shelf.library.folder)
    with pytest.raises(ParseError, match=r"shorter than the library says.* presets scan"):
        short.find("", 3)
    short.close()
    assert "vectors.damaged-1.f32" in mend(shelf.library.folder)
    again = LibraryDatabase.open(shelf.library.folder)
    assert [preset.name for preset in writer.waiting(again)] == ["A", "B"]
    again.close()


def test_an_index_cut_short_while_it_is_used_says_what_mends_it(shelf: Any) -> None:
    shelf.put("A", "B")
    assert len(search_preset(shelf.library, 1, 2)) == 1
    with open(shelf.library.folder / "vectors.f32", "r+b") as file:
        file.truncate(100)
    with pytest.raises(ParseError, match="shorter than the library says"):
        search_preset(shelf.library, 1, 2)
    assert "vectors.damaged-1.f32" in mend(shelf.library.folder)
    again = LibraryDatabase.open(shelf.library.folder)
    assert [preset.name for preset in writer.waiting(again)] == ["A", "B"]
    again.close()


def test_a_lost_vector_file_means_hearing_everything_again(shelf: Any) -> None:
    shelf.put("A", "B")
    shelf.library.close()
    (shelf.library.folder / "vectors.f32").unlink()
    again = LibraryDatabase.open(shelf.library.folder)
    assert again.count() == 0 and len(writer.waiting(again)) == 2
    again.close()


def test_a_batch_that_fails_leaves_nothing(shelf: Any) -> None:
    """The vectors of a transaction that never ended are in the file, and nobody refers to them."""
    shelf.put("A", "B", embed=False)
    wrong = ScannedPreset(2, np.ones(3, np.float32))  # too short: stands for a disk that is full
    with pytest.raises((OSError, ValueError)), shelf.library.transaction():
        VectorFile(shelf.library.vectors.path, "", CLASSICAL.size).write(
            [0, 1], [shelf.vector(1), wrong.vector]
        )
        raise OSError("full")
    assert shelf.library.count() == 0
    shelf.put("A", "B")
    assert np.array_equal(shelf.library.snapshot().vectors[0], shelf.vector(1))


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("gone", [Path.unlink, empty])
def test_without_its_file_a_library_begins_anew_with_the_favourites(
    shelf: Any, gone: Callable[[Path], None]
) -> None:
    shelf.put("A", "B")
    shelf.library.favourite(1, True)
    shelf.library.close()
    folder = shelf.library.folder
    saved = (folder / "favourites.json").read_text()
    for name in ("library.sqlite", "library.sqlite-wal", "library.sqlite-shm"):
        if (folder / name).exists():
            gone(folder / name)
    again = LibraryDatabase.open(folder)
    rows = again.connection().execute("SELECT name FROM favourites").fetchall()
    assert [row["name"] for row in rows] == ["A"] and again.count() == 0
    assert (folder / "favourites.json").read_text() == saved
    again.close()


@pytest.mark.parametrize("damage", [b"", b"garbage " * 600])
def test_an_open_library_goes_over_to_the_one_that_another_process_mended(
    shelf: Any, damage: bytes
) -> None:
    """As an engine that runs, and `starling presets scan` beside it."""
    shelf.put("A", "B")
    shelf.library.favourite(1, True)
    shelf.library.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (shelf.library.folder / "library.sqlite").write_bytes(damage)
    assert "1 favourites" in mend(shelf.library.folder)
    assert shelf.library.count() == 0  # what is to be heard again
    shelf.put("A", "B")
    [marked] = shelf.library.select("name = 'B'")
    shelf.library.favourite(marked.id, True)
    other = LibraryDatabase.open(shelf.library.folder)
    assert [hit.name for hit in other.find("is:favourite", 9)] == ["A", "B"]
    other.close()


def test_a_library_that_lost_its_tables_is_called_damaged(shelf: Any) -> None:
    shelf.put("A")
    shelf.library.close()
    with shelf.library.transaction() as db:
        db.execute("DROP TABLE presets")
    with pytest.raises(sqlite3.Error) as told:
        shelf.library.select("id = 1")
    assert is_damage(told.value)


@pytest.mark.parametrize("name", ["favourites.json", "folders.json", "exported.json"])
def test_lists_nested_without_end_are_called_damaged(shelf: Any, name: str) -> None:
    (shelf.library.folder / name).write_text("[" * 100_000)
    folder = shelf.library.folder
    if name == "folders.json":
        with pytest.raises(ParseError, match="delete it and add folders anew"):
            watched_folders(folder)
    assert saved(folder) == [] and not_ours(folder, [folder]) == [folder]
