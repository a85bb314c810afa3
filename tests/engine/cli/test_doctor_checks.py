"""The doctor: it finds what is wrong, names the folders, and leaves everything as it was."""

import os
from pathlib import Path

from starling.engine.cli.doctor_checks import FOLDERS, Finding, examine
from starling.engine.config import Folders
from starling.presets.library.database import DATABASE, VECTORS, LibraryDatabase


def found(home: Folders) -> dict[str, Finding]:
    return {each.name: each for each in examine(home)}


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in [folder, *folder.rglob("*")]
    }


def test_on_a_machine_without_anything_nothing_is_made(home: Folders, tmp_path: Path) -> None:
    library = found(home)["library"]
    assert not library.ok and library.mend == "starling presets scan"
    assert list(tmp_path.iterdir()) == []


def test_a_library_is_looked_at_and_not_touched(home: Folders, tmp_path: Path) -> None:
    library = LibraryDatabase.open(home.library)
    with library.transaction() as db:
        db.execute(
            "INSERT INTO presets (source, name, occurrence, bank, author, tags, synth, parameters, "
            "schema_hash, source_hash, fingerprint, quarantine) "
            "VALUES ('s', 'n', 0, 'b', '', '', 'starling', '{}', '', '', 'f', 'bad')"
        )
    assert found(home)["library"].text == "0 presets, 1 in quarantine"  # while it is open
    library.close()
    before = tree(tmp_path)
    assert found(home)["library"].text == "0 presets, 1 in quarantine"
    assert tree(tmp_path) == before


def test_a_damaged_library_is_named_with_the_remedy(home: Folders) -> None:
    LibraryDatabase.open(home.library).close()
    (home.library / VECTORS).write_bytes(b"x")
    assert found(home)["library"].mend == "starling presets scan"
    (home.library / DATABASE).write_bytes(os.urandom(9000))
    library = found(home)["library"]
    assert not library.ok and library.text.startswith("the preset library is damaged (file is not")
    assert library.mend == "starling presets scan"


def test_the_folders_are_named(home: Folders) -> None:
    findings = found(home)
    named = {name: findings[f"folder of {name}"].text for name in FOLDERS}
    assert named["preset banks"] == str(home.library / "banks")
    assert named["models"] == str(home.models)
    assert set(named.values()) >= set(map(str, (home.data, home.config, home.run, home.logs)))


def test_a_damaged_runtime_file_does_not_stop_it(home: Folders) -> None:
    home.run.mkdir()
    (home.run / "engine.json").write_text('{"port": 99999, "pid": 1, "token": "", "version": ""}')
    engine = found(home)["engine"]
    assert not engine.ok and "engine.json" in engine.text and "delete" in engine.mend


def test_what_lies_about_in_the_models_folder_does_not_stop_it(home: Folders) -> None:
    (home.models / "x.json").mkdir(parents=True)
    models = found(home)["models"]
    assert not models.ok and "x.json" in models.text
