"""Scans of strangers' files: none may end a scan, or spoil what another one gave."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from starling.presets.formats import fxp
from starling.presets.library.database import LibraryDatabase
from starling.presets.scan.preset_files import describe_file
from starling.presets.scan.update import scan

Builder = Callable[..., Path]
AMSYNTH = "amSynth\n<preset> <name> {name}\n<parameter> amp_attack 0.1\n{more}EOF\n"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LibraryDatabase]:
    opened = LibraryDatabase.open(tmp_path / "library")
    yield opened
    opened.close()


@pytest.fixture
def banks(library: LibraryDatabase) -> Path:
    folder = library.folder / "banks"
    folder.mkdir()
    return folder


def json_bank(**fields: object) -> str:
    preset = {"name": "Odd", "values": {"filter_cutoff": 0.5}, **fields}
    return json.dumps({"format": 1, "synth": "amsynth", "presets": [preset]})


def floats(name: str, *values: float) -> bytes:
    return fxp.write(fxp.Program(b"Bad!", name, len(values), values=values))


def fxb(*presets: bytes) -> bytes:
    head = fxp.HEAD.pack(fxp.MAGIC, 0, fxp.BANK, 1, b"Bad!", 1, len(presets))
    return head + bytes(fxp.BANK_RESERVED) + b"".join(presets)


HOSTILE = {
    "huge_integer.json": json_bank(values={"filter_cutoff": 10**400}).encode(),
    "surrogate_name.json": json_bank(name="\ud800Odd", author="\udfff", tags=["\ud800"]).encode(),
    "surrogate_value.json": json_bank(values={"\ud800": 1.0}).encode(),
    "surrogate_synth.json": json_bank().replace('"amsynth"', '"\\ud800"').encode(),
    "form_feed.bank": AMSYNTH.format(name="Odd", more="\x0c\n").encode(),
    "no_break_space.bank": AMSYNTH.format(name="Odd", more="\xa0\n\0\xa0\0\n").encode(),
    "uneven.fxb": fxb(floats("Odd", 1, 0.5, 0, 0), floats("Few", 0.5)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_only_itself(
    name: str, library: LibraryDatabase, banks: Path, amsynth_path: Path, plugin: Builder
) -> None:
    (banks / name).write_bytes(HOSTILE[name])
    (banks / "zz_good.bank").write_text(AMSYNTH.format(name="Fine", more=""))
    report = scan(library, synths=[str(plugin("GOOD"))])
    assert library.named("Fine").synth == "amsynth"
    assert report.added >= 2
    for preset in library.select("TRUE"):
        str(preset).encode()


def test_a_file_whose_name_is_no_text_is_read_and_kept(
    library: LibraryDatabase, banks: Path, amsynth_path: Path
) -> None:
    """Linux lets a file name hold any bytes; SQLite takes UTF-8 only."""
    odd = banks / b"caf\xe9.bank".decode("utf-8", "surrogateescape")
    try:
        odd.write_text(AMSYNTH.format(name="Odd", more=""))
    except (OSError, UnicodeError):
        pytest.skip("this file system refuses such names")
    (banks / "zz_good.bank").write_text(AMSYNTH.format(name="Fine", more=""))
    report = scan(library, synths=())
    assert (report.added, report.failed) == (2, []) and library.named("Odd").bank == "caf"
    again = scan(library, synths=())
    assert (again.added, again.kept) == (0, 2)
    odd.unlink()
    assert scan(library, synths=()).kept == 1


def test_names_are_cut_to_what_an_answer_can_carry(
    library: LibraryDatabase, banks: Path, amsynth_path: Path
) -> None:
    fields = {"name": "N" * 9_000, "author": "A\0B\n" * 999, "tags": ["t" * 999, "a,b", "x\0"] * 9}
    (banks / "long.json").write_text(json_bank(**fields))
    scan(library, synths=())
    [hit] = library.find("", 9)
    assert hit.name == "N" * 200
    assert set(hit.tags) >= {"t" * 40, "a b", "x"} and max(map(len, hit.tags)) == 40
    author = library.preset(hit.preset).author
    assert len(author) <= 200 and author.startswith("A B A B") and author.isprintable()


def test_a_plain_scan_keeps_the_banks_of_a_plugin_by_path(
    library: LibraryDatabase, banks: Path, plugin: Builder
) -> None:
    (banks / "loud.fxp").write_bytes(floats("loud", 1.0, 0.5, 0.0, 0.0))
    path = str(plugin("GOOD"))
    assert scan(library, synths=[path]).added == 2
    before = library.named("loud")
    again = scan(library, synths=())
    assert (again.added, again.kept, again.failed) == (0, 2, [])
    assert library.named("loud") == before and before.synth == path

    (banks / "new.fxp").write_bytes(floats("new", 0.5, 0.5, 0.0, 0.0))
    assert scan(library, synths=()).added == 1
    assert library.named("new").synth == path


def test_a_plugin_that_stopped_opening_loses_no_banks(
    library: LibraryDatabase, banks: Path, plugin: Builder, tmp_path: Path
) -> None:
    path = tmp_path / "mine.so"
    path.write_bytes(plugin("GOOD").read_bytes())
    (banks / "loud.fxp").write_bytes(floats("loud", 1.0, 0.5, 0.0, 0.0))
    scan(library, synths=[str(path)])
    before = library.named("loud")
    path.write_bytes(plugin("ABORT_ON_OPEN").read_bytes())
    report = scan(library, synths=())
    assert [name for name, _ in report.failed] == ["mine.so", "loud (banks)"]
    assert library.named("loud") == before, "an update that crashes may be taken back"
    path.write_bytes(plugin("GOOD").read_bytes())
    assert scan(library, synths=()).failed == [] and library.named("loud") == before


def test_a_second_plugin_does_not_take_the_banks_of_the_first(
    library: LibraryDatabase, banks: Path, plugin: Builder
) -> None:
    (banks / "loud.fxp").write_bytes(floats("loud", 1.0, 0.5, 0.0, 0.0))
    first, second = str(plugin("GOOD")), str(plugin("NOISY"))
    scan(library, synths=[first])
    (banks / "late.fxp").write_bytes(floats("late", 0.5, 0.5, 0.0, 0.0))
    scan(library, synths=[second])
    assert library.named("loud").synth == first and library.named("late").synth == second
    (banks / "last.fxp").write_bytes(floats("last", 0.5, 0.5, 0.0, 0.0))
    [(_, reason)] = scan(library, synths=()).failed
    assert reason == "good.so, noisy.so all take 4 values"


def test_a_bundle_too_large_to_be_read_is_not_hashed_either(tmp_path: Path) -> None:
    bundle = tmp_path / "x.lv2"
    bundle.mkdir()
    (bundle / "manifest.ttl").write_text("")
    (bundle / "samples.bin").touch()
    os.truncate(bundle / "samples.bin", 2**40)  # a terabyte, none of which is on the disk
    first = describe_file(bundle / "manifest.ttl", "", None)
    assert first.size == 2**40
    assert describe_file(bundle / "manifest.ttl", "", None).hash == first.hash
    os.utime(bundle / "samples.bin", ns=(1, first.mtime_ns + 10**9))
    assert describe_file(bundle / "manifest.ttl", "", None).hash != first.hash


def test_floats_go_to_no_other_plugin_than_the_file_names(
    library: LibraryDatabase, banks: Path, plugin: Builder
) -> None:
    """As many parameters are no identity; a file that names nobody goes by them all the same."""
    values = (1.0, 0.5, 0.0, 0.0)
    for name, plugin_id in (("mine", b"Bad!"), ("foreign", b"MdaP"), ("nameless", b"\0\0\0\0")):
        program = fxp.Program(plugin_id, name, 4, values=values)
        (banks / f"{name}.fxp").write_bytes(fxp.write(program))
    path = str(plugin("GOOD"))
    report = scan(library, synths=[path])
    assert {p.name for p in library.select("synth = ?", (path,))} == {"Default", "mine", "nameless"}
    [(name, reason)] = report.failed
    assert name == "foreign (banks)"
    assert reason == "it is for the plugin 'MdaP', which was not scanned"
