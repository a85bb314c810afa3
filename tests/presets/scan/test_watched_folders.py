"""The user's folders: the list, and when a scan of them is due."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from starling.models.errors import InputError, ParseError
from starling.presets.library.database import LibraryDatabase
from starling.presets.scan.update import scan
from starling.presets.scan.watched_folders import (
    LIST,
    Watcher,
    add_folder,
    remove_folder,
    watched_folders,
)

pytest.importorskip("dexed", reason="dexed-py is not installed; it starts faster than the others")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LibraryDatabase]:
    opened = LibraryDatabase.open(tmp_path / "library")
    yield opened
    opened.close()


@pytest.fixture
def folder(library: LibraryDatabase, tmp_path: Path) -> Path:
    path = tmp_path / "my presets"
    path.mkdir()
    return add_folder(library.folder, path)


def put(folder: Path, name: str, feedback: int = 0) -> Path:
    content = {"format": "starling-preset", "version": 1, "name": name, "synth": "dexed"}
    path = folder / f"{name}.starling-preset"
    path.write_text(json.dumps({**content, "values": {"feedback": feedback}}))
    return path


def looks(watcher: Watcher, count: int = 3) -> list[bool]:
    return [watcher.due() for _ in range(count)]


def test_the_list_of_folders(library: LibraryDatabase, folder: Path, tmp_path: Path) -> None:
    add_folder(library.folder, folder)
    assert watched_folders(library.folder) == [folder]
    with pytest.raises(InputError, match="is no folder"):
        add_folder(library.folder, tmp_path / "none")
    with pytest.raises(InputError, match=r"none is not watched; those watched: /"):
        remove_folder(library.folder, Path("none"))
    remove_folder(library.folder, folder)
    assert watched_folders(library.folder) == []


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 9, "folders": []}', '{"format": 1}'])
def test_a_damaged_list_is_said(content: str, library: LibraryDatabase) -> None:
    (library.folder / LIST).write_text(content)
    with pytest.raises(ParseError, match=LIST):
        watched_folders(library.folder)


def test_a_new_file_is_due_once_it_rests(library: LibraryDatabase, folder: Path) -> None:
    watcher = Watcher(library)
    assert looks(watcher) == [False, False, False]
    path = put(folder, "One")
    assert looks(watcher) == [False, True, False]
    path.write_text(path.read_text() + " ")  # still being copied
    assert not watcher.due()
    path.write_text(path.read_text() + "  ")
    assert looks(watcher) == [False, True, False]
    assert scan(library, synths=(), jobs=1).added == 1
    assert looks(watcher) == [False, False, False]


def test_changed_and_removed_files_are_due(library: LibraryDatabase, folder: Path) -> None:
    path = put(folder, "One")
    scan(library, synths=(), jobs=1)
    watcher = Watcher(library)
    put(folder, "One", feedback=7)
    assert looks(watcher) == [False, True, False]
    assert scan(library, synths=(), jobs=1).added == 1
    path.unlink()
    assert looks(watcher) == [False, True, False]
    scan(library, synths=(), jobs=1)
    assert library.count() == 0 and looks(watcher) == [False, False, False]


def test_a_file_that_cannot_be_read_is_tried_once(library: LibraryDatabase, folder: Path) -> None:
    bad = folder / "bad.syx"
    bad.write_bytes(b"no cartridge")
    watcher = Watcher(library)
    assert looks(watcher) == [False, True, False]
    assert scan(library, synths=(), jobs=1).failed[0][0] == "bad.syx"
    assert looks(watcher) == [False, False, False]
    put(folder, "Good")
    assert looks(watcher) == [False, True, False]
    bad.unlink()
    assert looks(watcher, 1) == [False]
    bad.write_bytes(b"no cartridge")
    assert looks(watcher) == [False, True, False], "it went and came back"


def test_a_folder_that_is_away_loses_nothing(library: LibraryDatabase, folder: Path) -> None:
    put(folder, "One")
    scan(library, synths=(), jobs=1)
    away = folder.with_name("away")
    shutil.move(folder, away)
    watcher = Watcher(library)
    assert looks(watcher) == [False, False, False] and library.count() == 1
    shutil.move(away, folder)
    assert looks(watcher) == [False, False, False]


def test_a_bundle_changes_with_any_of_its_files(library: LibraryDatabase, folder: Path) -> None:
    from starling.presets.formats.bank import BankPreset
    from starling.presets.formats.lv2 import PLUGINS, bundle_files

    bundle = folder / "x.preset.lv2"
    bundle.mkdir()
    for name, data in bundle_files(PLUGINS["amsynth"], BankPreset("X", {"osc_mix": 0.5})).items():
        (bundle / name).write_bytes(data)
    scan(library, synths=(), jobs=1)
    watcher = Watcher(library)
    assert looks(watcher) == [False, False, False]
    body = bundle / "preset.ttl"
    body.write_text(body.read_text().replace("0.5", "0.25"))
    os.utime(body, ns=(2**60, 2**60))
    assert looks(watcher) == [False, True, False]
