"""Scans of real banks with the real amsynth, and with plugins that fail."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from starling.models.errors import CancelledError, MissingError, PluginError
from starling.presets.formats import fxp
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.writer import waiting
from starling.presets.scan.preset_files import default_synths, files_to_scan
from starling.presets.scan.update import scan
from starling.presets.search.by_sound import search_file, search_preset

Builder = Callable[..., Path]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LibraryDatabase]:
    opened = LibraryDatabase.open(tmp_path / "library")
    yield opened
    opened.close()


def contents(library: LibraryDatabase) -> dict[str, bytes]:
    """Every usable preset's name and vector."""
    snapshot = library.snapshot()
    return {
        library.preset(int(preset_id)).name: snapshot.vectors[row].tobytes()
        for preset_id, row in zip(snapshot.ids, snapshot.rows, strict=True)
    }


def test_a_scan_is_incremental(library: LibraryDatabase, bank_folder: Path) -> None:
    first = scan(library, synths=(), folders=[bank_folder])
    assert (first.added, first.kept, first.failed) == (8, 0, [])
    before = contents(library)
    again = scan(library, synths=(), folders=[bank_folder])
    assert (again.added, again.kept) == (0, 8)

    bank = bank_folder / "small.amSynth.bank"
    changed = bank.read_text().replace("amp_attack 0.15\n", "amp_attack 1.5\n", 1)
    bank.write_text(changed.replace("Synth Strings 1", "Renamed Strings"))
    third = scan(library, synths=(), folders=[bank_folder])
    assert (third.added, third.kept) == (1, 7), "one sounds different, one is only renamed"
    after = contents(library)
    assert after["Renamed Strings"] == before["Synth Strings 1"]
    assert after["Derren 1"] != before["Derren 1"]

    bank.unlink()
    assert scan(library, synths=(), folders=[bank_folder]).kept == 0
    assert library.count() == 0


def test_a_corrupt_preset_is_reported_and_the_rest_is_found(
    library: LibraryDatabase, bank_folder: Path
) -> None:
    bank = bank_folder / "small.amSynth.bank"
    bank.write_text(
        bank.read_text().replace("<parameter> amp_attack 0.15", "<parameter> warp 9", 1)
    )
    (bank_folder / "notes.json").write_text("not JSON")
    (bank_folder / "notes.txt").write_text("not read at all")
    report = scan(library, synths=(), folders=[bank_folder])
    assert report.added == 7
    (name, reason), (file, why) = sorted(report.failed)
    assert (name, reason) == ("Derren 1 (small)", "amsynth has no parameter 'warp'")
    assert file == "notes.json" and "no JSON with" in why
    assert [p.name for p in library.quarantined()] == ["Derren 1"]


def test_a_bank_that_becomes_unreadable_loses_nothing(
    library: LibraryDatabase, bank_folder: Path
) -> None:
    scan(library, synths=(), folders=[bank_folder])
    (bank_folder / "small.amSynth.bank").write_bytes(b"\0\1\2")
    report = scan(library, synths=(), folders=[bank_folder])
    assert report.kept == 8 and report.failed[0][0] == "small.amSynth.bank"


def test_cancel_keeps_what_was_done_and_the_next_scan_goes_on(
    library: LibraryDatabase, bank_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starling.presets.scan.embed_presets.CHUNK", 2)
    told: list[float] = []
    with pytest.raises(CancelledError):
        scan(
            library,
            synths=(),
            folders=[bank_folder],
            jobs=1,
            progress=lambda fraction, text: told.append(fraction),
            cancelled=lambda: library.count() >= 2,
        )
    kept = library.count()
    assert 2 <= kept < 8 and told == sorted(told)
    report = scan(library, synths=(), folders=[bank_folder])
    assert (report.added, report.kept) == (8 - kept, kept)


KILLED = """
import sys
from pathlib import Path
from starling.presets.scan import embed_presets
from starling.presets.library.database import LibraryDatabase
from starling.presets.scan.update import scan
embed_presets.CHUNK = 1
scan(LibraryDatabase.open(Path(sys.argv[1])), synths=(), folders=[Path(sys.argv[2])], jobs=2,
     progress=lambda fraction, text: print(text, flush=True))
"""


def test_a_killed_scan_goes_on_and_ends_with_the_same_library(
    library: LibraryDatabase, bank_folder: Path, tmp_path: Path
) -> None:
    """SIGKILL in the middle: no handler runs, nothing is flushed."""
    killed = tmp_path / "killed"
    command = [sys.executable, "-P", "-c", KILLED, str(killed), str(bank_folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(("heard 3", "heard 4")):
                break
        os.kill(process.pid, signal.SIGKILL)
    rest = LibraryDatabase.open(killed)
    done, left = rest.count(), len(waiting(rest))
    assert 3 <= done < 8 and done + left == 8
    assert scan(rest, synths=(), folders=[bank_folder]).kept == done
    scan(library, synths=(), folders=[bank_folder])
    assert contents(rest) == contents(library)
    assert search_preset(rest, 1, 7) == search_preset(library, 1, 7)
    rest.close()


def write_floats(folder: Path, **presets: tuple[float, ...]) -> None:
    folder.mkdir(exist_ok=True)
    for name, values in presets.items():
        program = fxp.Program(b"Bad!", name, len(values), values=values)
        (folder / f"{name}.fxp").write_bytes(fxp.write(program))


def test_a_plugin_by_path_with_presets_of_floats(
    library: LibraryDatabase, plugin: Builder, tmp_path: Path
) -> None:
    path = plugin("GOOD")
    write_floats(
        tmp_path / "fxp",
        loud=(1.0, 0.5, 0.0, 0.0),
        mute=(1.0, 0.5, 0.0, 1.0),
        other=(0.0, 0.0),
    )
    report = scan(library, synths=[str(path)], folders=[tmp_path / "fxp"])
    assert report.added == 2
    assert {p.name: p.synth for p in library.select("vector IS NOT NULL")} == {
        "Default": str(path),
        "loud": str(path),
    }
    assert library.named("loud").values == {"level": 1.0, "wave": 1.0, "tone": 0.0, "mute": 0.0}
    assert [(name, "silent" in why or "takes its 2" in why) for name, why in report.failed] == [
        ("other (fxp)", True),
        ("mute (fxp)", True),
    ]


@pytest.mark.parametrize("behaviour", ["ABORT_IN_RENDER", "SILENT", "NOT_NUMBERS"])
def test_presets_of_a_failing_plugin_go_into_quarantine(
    behaviour: str, library: LibraryDatabase, plugin: Builder, tmp_path: Path
) -> None:
    write_floats(tmp_path / "fxp", **{f"p{n}": (1.0, n / 5, 0.0, 0.0) for n in range(5)})
    report = scan(library, synths=[str(plugin(behaviour))], folders=[tmp_path / "fxp"], jobs=1)
    assert report.added == 0 and len(report.failed) == 6 == len(library.quarantined())
    assert scan(library, synths=[str(plugin(behaviour))]).failed == [], "not tried again"
    if behaviour == "SILENT":
        retried = scan(library, synths=[str(plugin(behaviour))], retry_failed=True)
        assert len(retried.failed) == 6


def test_a_plugin_that_hangs_is_given_up_soon(
    library: LibraryDatabase, plugin: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starling.presets.scan.embed_presets.TIMEOUT_S", 0.3)
    write_floats(tmp_path / "fxp", **{f"p{n:02}": (1.0, 0.0, n / 99, 0.0) for n in range(30)})
    start = time.monotonic()
    report = scan(
        library, synths=[str(plugin("HANG_IN_RENDER"))], folders=[tmp_path / "fxp"], jobs=2
    )
    assert report.added == 0 and time.monotonic() - start < 20
    assert all("hung" in reason for _, reason in report.failed)
    tried = len(library.quarantined())
    assert 3 <= tried <= 6, "three in a row in each of two chunks"
    assert len(waiting(library)) == 31 - tried
    which, why = report.failed[-1]
    assert which == f"{31 - tried} presets of hang_in_render.so"
    assert why.startswith("left for another scan: ")


def test_what_cannot_be_opened_is_said_before_anything_is_done(
    library: LibraryDatabase, plugin: Builder
) -> None:
    with pytest.raises(PluginError, match=r"abort_on_open\.so crashed"):
        scan(library, synths=[str(plugin("ABORT_ON_OPEN"))])
    with pytest.raises(MissingError, match="no plugin at"):
        scan(library, synths=["/none/such.so"])


def test_the_users_folder_beside_the_library_is_scanned(
    library: LibraryDatabase, bank_folder: Path
) -> None:
    shutil.copytree(bank_folder, library.folder / "banks" / "deep")
    assert scan(library, synths=()).added == 8


def test_by_default_all_installed_banks_are_scanned(amsynth_path: Path) -> None:
    assert default_synths()[:2] == ["starling", "amsynth"]
    files = files_to_scan(default_synths(), []).files
    assert sum(path.suffix == ".bank" for path in files) == 28
    assert "factory.json" in {path.name for path in files}


def test_a_wav_of_a_preset_finds_it(
    library: LibraryDatabase, bank_folder: Path, tmp_path: Path
) -> None:
    """Recorded at another rate, at another level, after silence: still the same preset."""
    import soundfile

    from starling.presets.sandbox.client import Sandbox

    scan(library, synths=(), folders=[bank_folder])
    preset = library.named("Synth Strings 1")
    with Sandbox("amsynth") as box:
        audio = box.render(preset.values, 60, 100, 0.65, 2.0, 48_000)
    quiet = np.pad(0.2 * audio.T, ((30_000, 0), (0, 0)))
    soundfile.write(tmp_path / "query.wav", quiet, 48_000, subtype="PCM_24")
    hits = search_file(library, tmp_path / "query.wav", 3).hits
    assert hits[0].name == "Synth Strings 1" and hits[0].score > 0.6 > hits[1].score
    assert len(hits) == 3 and hits[0].synth == "amsynth"
    only = search_file(library, tmp_path / "query.wav", 8, "derren").hits
    assert {hit.name.split()[0] for hit in only} == {"Derren"}
