"""The library with made-up presets and no synth: what is put, changed, removed, read at once."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from starling.models.errors import InputError, MissingError
from starling.presets.library import sources, writer
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.writer import ScannedPreset
from starling.presets.search.by_sound import search_preset


def test_what_is_put_is_read_back(shelf: Any) -> None:
    shelf.put(shelf.new("Brass", author="A", tags=("brass", "warm")))
    preset = shelf.library.preset(1)
    assert (preset.name, preset.bank, preset.author) == ("Brass", "Bank", "A")
    assert (preset.tags, preset.values, preset.synth) == (
        ("brass", "warm"),
        {"x": 0.5},
        "amsynth",
    )
    assert (preset.source, preset.source_hash, preset.quarantine) == ("a.bank", "h", "")
    assert shelf.library.count() == 1


def test_presets_not_heard_yet_are_not_found(shelf: Any) -> None:
    shelf.put("Brass", embed=False)
    assert shelf.library.count() == 0
    with pytest.raises(MissingError, match="presets scan") as caught:
        shelf.library.find("brass", 5)
    assert caught.value.code == "empty_library"


def test_a_preset_in_quarantine_keeps_its_reason_and_is_not_found(shelf: Any) -> None:
    shelf.put("Good", shelf.new("Bad", problem="amp_attack must be a number"))
    shelf.put("Silent", path="b.bank", embed=False)
    writer.commit_scanned(shelf.library, [ScannedPreset(3, None, "the sound is silent")])
    reasons = {p.name: p.quarantine for p in shelf.library.quarantined()}
    assert reasons == {"Bad": "amp_attack must be a number", "Silent": "the sound is silent"}
    assert shelf.names("") == ["Good"]
    with pytest.raises(InputError, match="has no sound: the sound is silent"):
        search_preset(shelf.library, 3, 5)


def test_an_unknown_preset_is_a_sentence(shelf: Any) -> None:
    with pytest.raises(InputError, match="no preset 7") as caught:
        shelf.library.preset(7)
    assert caught.value.code == "unknown_preset"


def test_by_name_whatever_the_case_or_the_rest(shelf: Any) -> None:
    shelf.put("Brass Section", "Brass")
    assert [shelf.library.named(n).name for n in ("brass", "BRASS SECTION", "Brass S")] == [
        "Brass",
        "Brass Section",
        "Brass Section",
    ]
    with pytest.raises(InputError, match="no preset is called 'Lead'"):
        shelf.library.named("Lead")


def test_a_changed_source_keeps_what_did_not_change(shelf: Any) -> None:
    shelf.put("A", "B", "B", "C")
    before = shelf.library.snapshot()
    shelf.put("B", shelf.new("A", fingerprint="louder"), "D", embed=False)
    assert [p.name for p in shelf.library.select("1 ORDER BY id")] == ["A", "B", "D"]
    assert [p.name for p in writer.waiting(shelf.library)] == ["A", "D"]
    assert shelf.names("") == ["B"]
    after = shelf.library.snapshot()
    assert np.array_equal(after.vectors[after.rows[0]], before.vectors[before.rows[1]])


def test_rows_of_removed_presets_are_used_again(shelf: Any) -> None:
    shelf.put("A", "B", "C")
    shelf.put("C")
    shelf.put("D", "E", "F", path="b.bank")
    snapshot = shelf.library.snapshot()
    assert sorted(snapshot.rows) == [0, 1, 2, 3]
    for preset_id, row in zip(snapshot.ids, snapshot.rows, strict=True):
        assert np.array_equal(snapshot.vectors[row], shelf.vector(int(preset_id)))


def test_a_missing_file_takes_its_presets_along(shelf: Any, tmp_path: Path) -> None:
    kept = tmp_path / "kept.bank"
    kept.touch()
    shelf.put("A", path=str(kept))
    shelf.put("B", path=str(tmp_path / "gone.bank"))
    assert sources.detach_missing(shelf.library) == 1
    assert sources.forget_detached(shelf.library) == 1
    assert shelf.names("") == ["A"] and list(sources.known_sources(shelf.library)) == [str(kept)]


def test_threads_read_while_one_writes(shelf: Any) -> None:
    """Each reader sees whole batches: every hit has a vector that belongs to it."""
    shelf.put(*(f"P{n}" for n in range(20)))
    faults: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                assert search_preset(shelf.library, 1, 10)[0].score <= 1
                assert shelf.library.find("P1", 5)
        except BaseException as exc:
            faults.append(exc)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(10):
        shelf.put(*(f"Q{number}-{n}" for n in range(5)), path=f"{number}.bank")
    done.set()
    for reader in readers:
        reader.join()
    assert not faults and shelf.library.count() == 70


def test_two_processes_worth_of_libraries_see_each_others_batches(shelf: Any) -> None:
    other = LibraryDatabase.open(shelf.library.folder)
    shelf.put("A", "B")
    assert [hit.name for hit in search_preset(other, 1, 5)] == ["B"]
    replace(shelf, library=other).put("C", path="c.bank")
    assert len(search_preset(shelf.library, 1, 5)) == 2
    other.close()
