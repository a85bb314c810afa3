"""Libraries of earlier Starlings, made by their own statements: presets, vectors and favourites
stay.
"""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from starling.presets.features.embedders import CLASSICAL
from starling.presets.index.vector_file import VectorFile
from starling.presets.library import sources, writer
from starling.presets.library.database import DATABASE, SCHEMA_VERSION, VECTORS, LibraryDatabase
from starling.presets.library.identity import content_of
from starling.presets.library.sources import NewPreset, SourceFile
from starling.presets.library.tables import stored_values
from starling.presets.search.by_sound import search_preset

# As Starling 0.1.0 made them; versions 2 and 3 added the rest.
VERSION_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sources (
    path TEXT PRIMARY KEY, hash TEXT NOT NULL, mtime_ns INTEGER NOT NULL, size INTEGER NOT NULL,
    stamp TEXT NOT NULL);
CREATE TABLE presets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL, name TEXT NOT NULL, occurrence INTEGER NOT NULL,
    bank TEXT NOT NULL, author TEXT NOT NULL, tags TEXT NOT NULL, synth TEXT NOT NULL,
    parameters TEXT NOT NULL, schema_hash TEXT NOT NULL, source_hash TEXT NOT NULL,
    fingerprint TEXT NOT NULL, quarantine TEXT NOT NULL DEFAULT '', vector INTEGER,
    UNIQUE (source, name, occurrence));
CREATE INDEX presets_by_vector ON presets (vector);
CREATE VIRTUAL TABLE preset_words
    USING fts5 (name, bank, author, tags, synth, words, prefix='2 3');
"""
VERSION_2 = """
CREATE TABLE favourites (
    source TEXT NOT NULL, name TEXT NOT NULL, occurrence INTEGER NOT NULL,
    PRIMARY KEY (source, name, occurrence)) WITHOUT ROWID;
INSERT INTO favourites VALUES ('a.bank', 'INIT', 1), ('away.bank', 'Pad', 0);
"""
VERSION_3 = "ALTER TABLE presets ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;"
STEPS = (VERSION_1, VERSION_2, VERSION_3)
PRESETS = (("Brass", 0, 0.1), ("INIT", 0, 0.2), ("INIT", 1, 0.3))


def old_library(folder: Path, version: int) -> None:
    """Three presets of a.bank with vectors, the second INIT a favourite from version 2 on."""
    folder.mkdir()
    with sqlite3.connect(folder / DATABASE) as db:
        db.executescript("".join(STEPS[:version]) + f"PRAGMA user_version = {version};")
        for row, (name, occurrence, x) in enumerate(PRESETS):
            values = json.dumps({"x": x})
            fields = ("a.bank", name, occurrence, "a", "", "", "amsynth", values, "s", "h")
            columns = "source, name, occurrence, bank, author, tags, synth, parameters, schema_hash"
            db.execute(
                f"INSERT INTO presets ({columns}, source_hash, fingerprint, vector) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*fields, f"print {x}", row),
            )
        db.execute("INSERT INTO sources VALUES ('a.bank', 'h', 1, 1, 'stamp')")
    db.close()
    file = VectorFile(folder / VECTORS, CLASSICAL.key, CLASSICAL.size)
    file.create()
    file.write(range(3), list(np.eye(3, CLASSICAL.size, dtype=np.float32)))


def as_put_today(name: str, x: float) -> NewPreset:
    content = content_of("amsynth", stored_values({"x": x}))
    fields = ("a", "", (), "amsynth", {"x": x}, "s", f"print {x}")
    return NewPreset(name, *fields, content=content, sound=f"sound {x}")


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_older_library_keeps_presets_vectors_and_favourites(
    version: int, tmp_path: Path
) -> None:
    old_library(tmp_path / "library", version)
    library = LibraryDatabase.open(tmp_path / "library", CLASSICAL)
    assert library.connection().execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
    assert library.count() == 3
    assert [hit.name for hit in search_preset(library, 1, 5)] == ["INIT", "INIT"]
    marked = [preset.id for preset in library.select("TRUE") if preset.favourite]
    assert marked == ([] if version == 1 else [3])
    presets = [as_put_today(name, x) for name, _, x in PRESETS]
    sources.put_source(library, SourceFile("a.bank", "h2", 2, 2, "stamp"), presets[::-1])
    assert writer.waiting(library) == [], "nothing is heard again"
    marked = [preset.id for preset in library.select("TRUE") if preset.favourite]
    assert marked == ([] if version == 1 else [3])
    library.close()


def test_every_file_is_read_once_more_after_an_update(tmp_path: Path) -> None:
    """For what a preset sounds by, which earlier versions did not store."""
    old_library(tmp_path / "library", 3)
    library = LibraryDatabase.open(tmp_path / "library", CLASSICAL)
    assert [source.stamp for source in sources.known_sources(library).values()] == [""]
    library.close()


def test_a_favourite_of_a_bank_that_is_away_waits_for_it(tmp_path: Path) -> None:
    old_library(tmp_path / "library", 3)
    library = LibraryDatabase.open(tmp_path / "library", CLASSICAL)
    source = SourceFile("away.bank", "h", 1, 1, "stamp")
    sources.put_source(library, source, [as_put_today("Pad", 0.9)])
    [pad] = library.select("name = 'Pad'")
    assert pad.favourite
    library.close()


def test_a_second_opening_changes_nothing(tmp_path: Path) -> None:
    old_library(tmp_path / "library", 2)
    for _ in range(2):
        library = LibraryDatabase.open(tmp_path / "library", CLASSICAL)
        dump = list(library.connection().iterdump())
        library.close()
    library = LibraryDatabase.open(tmp_path / "library", CLASSICAL)
    assert list(library.connection().iterdump()) == dump
    library.close()
