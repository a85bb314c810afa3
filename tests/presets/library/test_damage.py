"""Libraries that are damaged, of another version or of another embedder: a sentence mends them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from starling.models.errors import MissingError, ParseError
from starling.presets.features.embedder import Embedder
from starling.presets.features.embedders import CLASSICAL
from starling.presets.index.vector_file import VectorFile
from starling.presets.library import writer
from starling.presets.library.database import SCHEMA_VERSION, LibraryDatabase
from starling.presets.library.writer import ScannedPreset
from starling.presets.search.by_sound import search_preset


def test_another_embedders_vectors_are_refused(shelf: Any) -> None:
    shelf.put("A")
    writer.finish(shelf.library)
    shelf.library.close()
    for other in (replace(CLASSICAL, version=2), replace(CLASSICAL, name="timbre", size=32)):
        with pytest.raises(MissingError, match=r"was made by classical/1 \(104 numbers\)") as told:
            LibraryDatabase.open(shelf.library.folder, other)
        mended(shelf.library, str(told.value), other).close()
        (shelf.library.folder / "vectors.f32").unlink()
        LibraryDatabase.open(shelf.library.folder, CLASSICAL).close()


def mended(
    library: LibraryDatabase, sentence: str, embedder: Embedder = CLASSICAL
) -> LibraryDatabase:
    """The library after what a sentence advises, short of the scan."""
    words = sentence.split("delete ")[1].split(" and run `starling presets scan`")
    Path(words[0]).unlink()
    again = LibraryDatabase.open(library.folder, embedder)
    assert again.count() == 0 and again.snapshot().ids.size == 0
    return again


def test_a_newer_library_is_refused_by_its_version(shelf: Any) -> None:
    with shelf.library.transaction() as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    shelf.library.close()
    with pytest.raises(ParseError, match=f"has version {SCHEMA_VERSION + 1}") as told:
        LibraryDatabase.open(shelf.library.folder)
    mended(shelf.library, str(told.value)).close()


@pytest.mark.parametrize("name", ["library.sqlite", "vectors.f32"])
def test_a_damaged_file_is_a_sentence(shelf: Any, name: str) -> None:
    shelf.put("A", "B")
    shelf.library.close()
    (shelf.library.folder / name).write_bytes(b"garbage " * 200)
    with pytest.raises(ParseError, match=r"is damaged \(|index is not one of this") as told:
        LibraryDatabase.open(shelf.library.folder)
    again = mended(shelf.library, str(told.value))
    shelf = replace(shelf, library=again)
    shelf.put("A", "B")
    assert shelf.names("") == ["A", "B"] and len(search_preset(again, 1, 2)) == 1
    again.close()


def test_a_short_index_says_what_mends_it(shelf: Any) -> None:
    shelf.put("A", "B")
    shelf.library.close()
    with open(shelf.library.folder / "vectors.f32", "r+b") as file:
        file.truncate(100)
    short = LibraryDatabase.open(shelf.library.folder)
    with pytest.raises(ParseError, match="shorter than the library says") as told:
        short.find("", 3)
    short.close()
    again = mended(shelf.library, str(told.value))
    assert [preset.name for preset in writer.waiting(again)] == ["A", "B"]
    again.close()


def test_an_index_cut_short_while_it_is_used_says_what_mends_it(shelf: Any) -> None:
    shelf.put("A", "B")
    assert len(search_preset(shelf.library, 1, 2)) == 1
    with open(shelf.library.folder / "vectors.f32", "r+b") as file:
        file.truncate(100)
    with pytest.raises(ParseError, match="shorter than the library says") as told:
        search_preset(shelf.library, 1, 2)
    again = mended(shelf.library, str(told.value))
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
