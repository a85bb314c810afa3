"""Presets whose files are renamed, moved, copied, away or out of reach lose nothing."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from starling.models import lockfile
from starling.models.errors import CancelledError
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.sources import forget_folder
from starling.presets.scan.update import LOCK, ScanReport, scan
from starling.presets.scan.walk import find_files
from starling.presets.scan.watched_folders import DEVICES, Watcher, add_folder

BANK = "small.amSynth.bank"
WITHOUT_ROOTS_RIGHTS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LibraryDatabase]:
    opened = LibraryDatabase.open(tmp_path / "library")
    yield opened
    opened.close()


def heard(library: LibraryDatabase, **options: object) -> tuple[ScanReport, list[str]]:
    """A scan, and what it said of presets that were played."""
    told: list[str] = []
    options = {"synths": (), "progress": lambda _, text: told.append(text), **options}
    report = scan(library, **options)  # type: ignore[arg-type]
    return report, [text for text in told if text.startswith("heard")]


def state(library: LibraryDatabase) -> dict[int, tuple[str, bytes, bool]]:
    """Name, vector and mark of every preset, by id."""
    snapshot = library.snapshot()
    found = {}
    for preset_id, row in zip(snapshot.ids, snapshot.rows, strict=True):
        preset = library.preset(int(preset_id))
        found[preset.id] = (preset.name, snapshot.vectors[row].tobytes(), preset.favourite)
    return found


def test_a_bank_that_is_renamed_or_moved_stays_what_it_was(
    library: LibraryDatabase, bank_folder: Path
) -> None:
    add_folder(library.folder, bank_folder)
    assert scan(library, synths=()).added == 8
    library.favourite(3, True)
    before = state(library)
    (bank_folder / "deep").mkdir()
    (bank_folder / BANK).rename(bank_folder / "deep" / "Another Name.bank")
    report, played = heard(library)
    assert (report.added, report.kept, played) == (0, 8, []) and state(library) == before
    assert {preset.bank for preset in library.select("TRUE")} == {"Another Name"}


def test_a_preset_that_moves_to_another_bank_stays_what_it_was(
    library: LibraryDatabase, bank_folder: Path
) -> None:
    scan(library, synths=(), folders=[bank_folder])
    library.favourite(2, True)
    before = state(library)
    first = bank_folder / BANK
    head, one, two, *rest = first.read_text().removesuffix("EOF\n").split("<preset>")
    first.write_text("<preset>".join([head, one, *rest]) + "EOF\n")
    (bank_folder / "aa second.bank").write_text("<preset>".join([head, two]) + "EOF\n")
    report, played = heard(library, folders=[bank_folder])
    assert (report.added, report.kept, played) == (0, 8, []) and state(library) == before
    assert library.preset(2).bank == "aa second"


def test_a_sound_is_rendered_once_however_many_files_hold_it(
    library: LibraryDatabase, bank_folder: Path
) -> None:
    shutil.copy(bank_folder / BANK, bank_folder / "copy.bank")
    report, played = heard(library, folders=[bank_folder], jobs=1)
    assert report.added == 16 and played == ["heard 16 of 16 presets (amsynth)"], (
        "8 were played, at once"
    )
    shutil.copy(bank_folder / BANK, bank_folder / "late copy.bank")
    report, played = heard(library, folders=[bank_folder])
    assert report.added == 8 and played == []
    vectors = [vector for _, vector, _ in state(library).values()]
    assert len(vectors) == 24 and len(set(vectors)) == 8


def test_a_watched_folder_that_is_away_keeps_its_presets(
    library: LibraryDatabase, bank_folder: Path
) -> None:
    add_folder(library.folder, bank_folder)
    scan(library, synths=())
    library.favourite(3, True)
    before = state(library)
    away = bank_folder.with_name("away")
    bank_folder.rename(away)
    report = scan(library, synths=())
    assert report.remarks == [
        (str(bank_folder), "it is not there now; its 8 presets stay in the library")
    ]
    assert state(library) == before
    away.rename(bank_folder)
    report, played = heard(library)
    assert (report.kept, report.remarks, played) == (8, [], []) and state(library) == before


def test_the_empty_place_of_a_disk_that_is_not_connected_is_no_empty_folder(
    library: LibraryDatabase, bank_folder: Path
) -> None:
    """A folder that a disk is mounted on stays when the disk goes: empty, on another device."""
    add_folder(library.folder, bank_folder)
    scan(library, synths=())
    devices = json.loads(library.meta(DEVICES, "{}"))
    assert devices == {str(bank_folder): bank_folder.stat().st_dev}
    with library.transaction() as db:
        other = json.dumps({str(bank_folder): bank_folder.stat().st_dev + 1})
        db.execute("UPDATE meta SET value = ? WHERE key = ?", (other, DEVICES))
    (bank_folder / BANK).unlink()
    watcher = Watcher(library)
    assert [watcher.due() for _ in range(3)] == [False] * 3
    assert scan(library, synths=()).kept == 8
    with library.transaction() as db:
        db.execute("UPDATE meta SET value = ? WHERE key = ?", (json.dumps(devices), DEVICES))
    assert scan(library, synths=()).kept == 0, "on its own device it is empty"


def test_a_folder_that_is_watched_no_more_takes_its_presets_along(
    library: LibraryDatabase, bank_folder: Path
) -> None:
    shutil.copytree(bank_folder, bank_folder / "kept")
    scan(library, synths=(), folders=[bank_folder])
    assert forget_folder(library, bank_folder, [bank_folder / "kept"]) == 8
    assert library.count() == 8 and {p.source for p in library.select("TRUE")} == {
        str(bank_folder / "kept" / BANK)
    }


SCAN = """
import sys
from contextlib import closing
from pathlib import Path
from starling.presets.library.database import LibraryDatabase
from starling.presets.scan.update import scan
from starling.presets.scan.watched_folders import Watcher
with closing(LibraryDatabase.open(Path(sys.argv[1]))) as library:
    print(Watcher(library).due())
    report = scan(library, synths=())
    print(report.added, report.failed)
"""


def test_a_folder_that_may_be_listed_and_not_entered_costs_only_itself(
    library: LibraryDatabase, bank_folder: Path
) -> None:
    """Mode 444, as an ordinary user; the walk, the watcher and the scan go on."""
    closed = bank_folder / "closed"
    shutil.copytree(bank_folder, closed)
    add_folder(library.folder, bank_folder)
    command = [sys.executable, "-P", "-c", SCAN, str(library.folder)]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root enters anywhere, and setpriv is not there to be less than root")
        command = [*WITHOUT_ROOTS_RIGHTS, *command]
    closed.chmod(0o444)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        closed.chmod(0o755)
    assert done.returncode == 0, done.stderr
    due, report = done.stdout.splitlines()
    assert due == "False" and report.startswith("8 [") and "Permission denied" in report
    assert str(closed) in report


def test_links_are_followed_once_and_other_kinds_are_counted(tmp_path: Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "real" / "deep" / "a.syx").touch()
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "deep" / "circle").symlink_to(tmp_path)
    for name in ("x.helm", "y.HELM", "z.vital", "read me.txt"):
        (tmp_path / name).touch()
    found = find_files([tmp_path / "linked", tmp_path, tmp_path / "none"])
    assert found.files == [tmp_path / "real" / "deep" / "a.syx"] and found.refused == []
    assert found.kinds_remark() == ("3 files of kinds that Starling does not read: .helm, .vital")


def test_a_second_scan_waits_for_the_first(library: LibraryDatabase, bank_folder: Path) -> None:
    told: list[str] = []
    with lockfile.held(library.folder / LOCK):
        with pytest.raises(CancelledError):
            scan(
                library,
                synths=(),
                progress=lambda _, text: told.append(text),
                cancelled=lambda: bool(told),
            )
        assert told == ["another scan of the library is running: waiting for it"]
        waiting = threading.Thread(target=scan, args=(library,), kwargs={"synths": ()})
        waiting.start()
        time.sleep(0.1)
        assert waiting.is_alive()
    waiting.join(30)
    assert not waiting.is_alive()
