"""A library that is busy, on a full or a read-only disk: none of it is damage."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from starling.models.errors import StarlingError
from starling.presets.library import tables
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.faults import FAULTS, explained, is_damage
from starling.presets.search.by_sound import search_preset

READ = """
import sys
from pathlib import Path
from starling.models.errors import StarlingError
from starling.presets.library.database import LibraryDatabase
from starling.presets.search.by_sound import search_preset
library = LibraryDatabase.open(Path(sys.argv[1]))
print([hit.name for hit in library.find("", 9)], [h.name for h in search_preset(library, 1, 9)])
try:
    library.favourite(1, True)
except Exception as exc:
    from starling.presets.library.faults import explained
    print(explained(exc, library.folder))
library.close()
"""


def test_reading_goes_on_while_another_program_writes(shelf: Any) -> None:
    shelf.put("A", "B")
    other = sqlite3.connect(shelf.library.folder / "library.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    library = LibraryDatabase.open(shelf.library.folder)
    assert [hit.name for hit in library.find("", 9)] == ["A", "B"]
    assert [hit.name for hit in search_preset(library, 1, 9)] == ["B"]
    library.close()
    other.close()


def test_a_library_that_stays_busy_is_said_to_be_so(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put("A")
    monkeypatch.setattr(tables, "BUSY_S", 0.05)
    library = LibraryDatabase.open(shelf.library.folder)
    other = sqlite3.connect(shelf.library.folder / "library.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError) as told:
        library.favourite(1, True)
    sentence = explained(told.value, library.folder)
    assert sentence is not None and sentence.code == "no_access"
    assert "another program is writing" in str(sentence) and "damaged" not in str(sentence)
    other.close()
    library.favourite(1, True)
    library.close()


def test_a_full_disk_is_said_to_be_full(shelf: Any) -> None:
    db = shelf.library.connection()
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError) as told:
        shelf.put(*(f"P{n}" for n in range(2000)))
    sentence = explained(told.value, shelf.library.folder)
    assert sentence is not None and sentence.code == "store_full"
    db.execute("PRAGMA max_page_count = 1000000")
    shelf.put("A")
    assert shelf.names("") == ["A"]


def test_a_read_only_disk_is_read(shelf: Any) -> None:
    """As an ordinary user, since root may write anywhere."""
    shelf.put("A", "B")
    folder = shelf.library.folder
    shelf.library.close()
    command = [sys.executable, "-P", "-c", READ, str(folder)]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root writes anywhere, and setpriv is not there to be less than root")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    modes = {path: path.stat().st_mode for path in (*folder.iterdir(), folder)}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        for path, mode in reversed(modes.items()):
            path.chmod(mode)
    assert done.returncode == 0, done.stderr
    found, refused = done.stdout.splitlines()
    assert found == "['A', 'B'] ['B']"
    assert refused.startswith("the preset library can only be read here (")
    assert LibraryDatabase.open(folder).count() == 2


@pytest.mark.parametrize(("name", "damage"), [("CORRUPT", True), ("NOTADB", True), ("FULL", False)])
def test_only_two_codes_of_sqlite_are_damage(name: str, damage: bool, tmp_path: Path) -> None:
    exc = sqlite3.DatabaseError("x")
    exc.sqlite_errorcode = getattr(sqlite3, f"SQLITE_{name}") | 0x100  # as with its extension
    assert is_damage(exc) == damage
    told = explained(exc, tmp_path)
    assert isinstance(told, StarlingError) and str(tmp_path) in str(told)


def test_no_sentence_asks_to_delete_anything() -> None:
    assert all("delete" not in sentence for _, _, sentence in FAULTS)
    assert explained(sqlite3.OperationalError("no such column: x"), Path()) is None
