"""Presets for another version of a synth, unknown names, values that are no numbers: all named."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from starling.presets.formats import version_differences
from starling.presets.formats.bank import Bank, BankPreset
from starling.presets.formats.schema import Parameter, Schema
from starling.presets.library.database import LibraryDatabase
from starling.presets.scan.update import scan
from starling.presets.synths.faust import read_schema
from starling.presets.synths.plugin import SCHEMAS

OLD = Schema(
    "toy",
    "1",
    (
        Parameter("cutoff", 0, 1, 0.5),
        Parameter("wave", 0, 1, 0, "discrete", 2, ("Saw", "Sine")),
        Parameter("drive", 0, 1, 0),
    ),
)
NEW = Schema(
    "toy",
    "2",
    (
        Parameter("cutoff", 0, 2, 0.5),
        Parameter("wave", 0, 2, 0, "discrete", 3, ("Saw", "Sine", "Noise")),
        Parameter("width", 0, 1, 1),
    ),
)


def test_differences_name_each_parameter() -> None:
    assert version_differences.differences(OLD, NEW) == [
        "drive is gone",
        "width is new",
        "cutoff: maximum 1 is now 2",
        "wave: maximum 1 is now 2, steps 2 is now 3, labels Saw/Sine is now Saw/Sine/Noise",
    ]
    assert version_differences.differences(OLD, replace(OLD, version="9")) == []


def test_a_schema_is_kept_by_its_hash(tmp_path: Path) -> None:
    version_differences.keep(tmp_path, OLD)
    version_differences.keep(tmp_path, OLD)
    assert version_differences.kept(tmp_path, OLD.hash) == OLD
    assert version_differences.kept(tmp_path, NEW.hash) is None
    assert version_differences.kept(tmp_path, "../../etc/passwd") is None
    [path] = tmp_path.iterdir()
    path.write_text(path.read_text().replace("cutoff", "cutof"))
    assert version_differences.kept(tmp_path, OLD.hash) is None, "damaged: not what its name says"


def test_remarks_say_what_differs(tmp_path: Path) -> None:
    made_for_old = BankPreset("A", {"cutoff": 0.5, "drive": 0.1}, schema=OLD.hash)
    bank = Bank("b", "toy", (made_for_old, made_for_old, BankPreset("B", {}, schema=NEW.hash)))
    assert version_differences.remarks(bank, NEW, tmp_path) == [
        "made for another version of toy, which was never scanned here: "
        "drive is gone; wave is not in it; width is not in it"
    ]
    version_differences.keep(tmp_path, OLD)
    [remark] = version_differences.remarks(bank, NEW, tmp_path)
    assert remark.startswith("made for another version of toy: drive is gone; width is new; cutoff")


@pytest.mark.parametrize(
    ("values", "schema", "sentence"),
    [
        ({"cutoff": 1.0}, "", ""),
        ({"cutoff": 1.0}, OLD.hash, ""),
        ({"drive": 0.1}, "", "toy has no parameter 'drive'"),
        (
            {"drive": 0.1, "cutoff": 9.0, "widht": 1.0},
            OLD.hash,
            "it was made for another version of toy: toy has no parameter 'drive'; "
            "cutoff must be 0..2, got 9; toy has no parameter 'widht'; did you mean 'width'?",
        ),
        ({"cutoff": float("nan")}, "", "cutoff must be 0..2, got nan"),
        ({str(n): 0.0 for n in range(9)}, "", "toy has no parameter '4'; and 4 more"),
    ],
)
def test_a_misfit_names_every_value(values: dict[str, float], schema: str, sentence: str) -> None:
    said = version_differences.misfit(NEW, BankPreset("A", values, schema=schema))
    assert said.endswith(sentence) and bool(said) == bool(sentence)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LibraryDatabase]:
    opened = LibraryDatabase.open(tmp_path / "library")
    yield opened
    opened.close()


def preset_file(folder: Path, name: str, **fields: object) -> None:
    folder.mkdir(exist_ok=True)
    content = {"format": "starling-preset", "version": 1, "name": name, "synth": "starling"}
    content |= {"schema": read_schema().hash, "values": {}, **fields}
    (folder / f"{name}.starling-preset").write_text(json.dumps(content))


def test_a_scan_reports_misfits_and_loses_nothing(library: LibraryDatabase, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    older = replace(read_schema(), version="0", parameters=read_schema().parameters[1:])
    version_differences.keep(library.folder / SCHEMAS, older)
    first = read_schema().parameters[0].name
    preset_file(folder, "same")
    preset_file(folder, "older", schema=older.hash)
    preset_file(folder, "unknown", values={"warp": 1, "cutoff": float("nan"), "drive": None})
    report = scan(library, synths=(), folders=[folder], jobs=1)
    assert report.added == 2
    [(name, reason)] = report.failed
    assert name == "unknown (mine)" and reason == "not a number: cutoff = nan, drive = None"
    remarks = dict(report.remarks)
    assert remarks["older.starling-preset"] == (
        f"made for another version of starling: {first} is new"
    )
    assert remarks["duplicates"].startswith("1 of the presets are copies")
    assert [p.name for p in library.quarantined()] == ["unknown"]
    preset_file(folder, "unknown", values={"warp": 1, "cutoff": 300})
    [(_, reason)] = scan(library, synths=(), folders=[folder], jobs=1).failed
    assert reason == "starling has no parameter 'warp'"
