"""The index beside the library: built, extended, damaged, dropped; searches answer the same."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from starling.models.errors import CancelledError, InputError, MissingError
from starling.presets.features.embedders import CLASSICAL
from starling.presets.index import nearest
from starling.presets.library import writer
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.search_snapshot import StoredIndex, stored_index
from starling.presets.library.writer import ScannedPreset
from starling.presets.scan.update import scan
from starling.presets.search import build_index
from starling.presets.search.build_index import choose, refresh, tier_for
from starling.presets.search.by_sound import search_preset

COSINE = replace(CLASSICAL, metric="cosine")
FEW = 300  # presets that stand for 200,001

Found = list[tuple[int, float]]


@pytest.fixture(params=["ivf", "lance"])
def tier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tier, with limits so low that a small library needs it."""
    if request.param == "lance":
        pytest.importorskip("lancedb", reason="pip install -e '.[lance]'")
    monkeypatch.setattr(build_index, "MAX_EXACT", 100)
    monkeypatch.setattr(build_index, "STALE_LEAST", 10)
    monkeypatch.setattr(nearest, "MAX_EXACT_FILTERED", 20)
    return str(request.param)


@pytest.fixture
def full(shelf: Any, tier: str, tmp_path: Path) -> Iterator[Any]:
    """A library of 300 presets, compared by cosine, whose index is built."""
    library = LibraryDatabase.open(tmp_path / "full", COSINE)
    filled = replace(shelf, library=library)
    fill(filled, tier)
    yield filled
    library.close()


def fill(shelf: Any, tier: str) -> None:
    shelf.put(*(f"P{n}" for n in range(FEW)))
    writer.finish(shelf.library)
    choose(shelf.library, tier)
    stored = refresh(shelf.library)
    assert stored is not None and (stored.tier, stored.count) == (tier, FEW)


def stored(library: LibraryDatabase) -> StoredIndex | None:
    return stored_index(library.meta("index", "null"))


def compared(
    library: LibraryDatabase, words: str = "", presets: Callable[[], range] | None = None
) -> None:
    """Searches through the index find what searches without one do."""
    for preset in presets() if presets else range(1, FEW, 23):
        through = [(hit.preset, hit.score) for hit in search_preset(library, preset, 10, words)]
        assert through == exactly(library, preset, words)


def exactly(library: LibraryDatabase, preset: int, words: str = "") -> Found:
    snapshot = library.snapshot()
    allowed = library.matching(words)
    passing = snapshot.ids != preset
    if allowed is not None:
        passing &= np.isin(snapshot.ids, allowed)
    query = snapshot.vectors[snapshot.rows[snapshot.ids == preset][0]]
    metric = snapshot.searched.metric
    best, distances = nearest.Vectors(snapshot.vectors, snapshot.rows, metric).nearest(
        [metric.query(query)], 10, passing
    )
    scores = metric.similarity(distances)
    return [(int(snapshot.ids[at]), float(s)) for at, s in zip(best, scores, strict=True)]


def has_index(library: LibraryDatabase) -> bool:
    return library.snapshot().searched.indexed is not None


def test_searches_through_an_index_are_exact(full: Any) -> None:
    assert has_index(full.library)
    compared(full.library)
    compared(full.library, "name:P1")  # 111 of 300
    compared(full.library, "name:P29")  # 11: compared without the index
    assert search_preset(full.library, 1, 10, "name:nothing") == []


def test_nothing_to_do_changes_nothing(full: Any) -> None:
    before = stored(full.library)
    assert refresh(full.library) == before == stored(full.library)


def test_new_presets_are_found_before_the_index_knows_them(full: Any) -> None:
    before = stored(full.library)
    full.put(*(f"N{n}" for n in range(8)), path="b.bank")
    writer.finish(full.library)
    assert refresh(full.library) == before  # too few to be worth it
    compared(full.library)
    compared(full.library, presets=lambda: range(FEW + 1, FEW + 9))


def test_an_index_follows_new_and_removed_presets(full: Any) -> None:
    before = stored(full.library)
    full.put(*(f"P{n}" for n in range(0, FEW, 2)))  # half of them go
    full.put(*(f"N{n}" for n in range(100)), path="b.bank")  # and leave their rows to others
    writer.finish(full.library)
    compared(full.library, presets=lambda: range(1, FEW, 46))
    after = refresh(full.library)
    assert after is not None and before is not None and has_index(full.library)
    assert (after.count, after.trained) == (FEW // 2 + 100, FEW) and after.generation > 1
    compared(full.library, presets=lambda: range(FEW + 1, FEW + 100, 9))
    snapshot = full.library.snapshot()
    assert snapshot.searched.indexed is not None and snapshot.searched.indexed.whole
    kept = [path.name for path in full.library.folder.glob("index-*")]
    assert len(kept) == 1 and kept[0].startswith(after.name)


def test_cells_are_found_anew_when_the_library_has_grown(full: Any) -> None:
    full.put(*(f"N{n}" for n in range(2 * FEW)), path="b.bank")
    writer.finish(full.library)
    after = refresh(full.library)
    assert after is not None and after.trained == after.count == 3 * FEW
    compared(full.library)


def test_a_lost_index_is_made_again(full: Any, caplog: pytest.LogCaptureFixture) -> None:
    remove(next(full.library.folder.glob("index-*")))
    again = LibraryDatabase.open(full.library.folder, COSINE)
    compared(again)
    assert not has_index(again) and len(caplog.records) == 1  # said once
    refresh(again)
    assert has_index(again)
    compared(again)
    again.close()


def remove(path: Path) -> None:
    if path.is_file():
        path.unlink()
        return
    for inner in sorted(path.rglob("*"), reverse=True):
        inner.rmdir() if inner.is_dir() else inner.unlink()
    path.rmdir()


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_a_damaged_file_is_not_used(full: Any, damage: str, tier: str) -> None:
    if tier == "lance":
        pytest.skip("LanceDB looks after its own files")
    path = next(full.library.folder.glob("index-*.ivf"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    wrong = {"cut": data[: len(data) // 2], "changed": data, "empty": b""}[damage]
    path.write_bytes(wrong)
    again = LibraryDatabase.open(full.library.folder, COSINE)
    compared(again)
    assert not has_index(again)
    refresh(again)
    assert has_index(again)
    compared(again)
    again.close()


def test_another_process_takes_the_new_index_up(full: Any) -> None:
    other = LibraryDatabase.open(full.library.folder, COSINE)
    assert has_index(other)
    full.put(*(f"N{n}" for n in range(50)), path="b.bank")
    refresh(full.library)
    snapshot = other.snapshot()
    assert snapshot.searched.indexed is not None and snapshot.searched.indexed.whole
    compared(other)
    other.close()


def test_a_cancelled_build_leaves_the_old_index(full: Any) -> None:
    before = stored(full.library)
    full.put(*(f"N{n}" for n in range(50)), path="b.bank")
    with pytest.raises(CancelledError):
        refresh(full.library, cancelled=lambda: True)
    assert stored(full.library) == before and has_index(full.library)
    compared(full.library)


def test_other_deviations_make_another_index(shelf: Any, tier: str) -> None:
    """Among z-scores: an index for scores that have moved would propose the wrong ones."""
    fill(shelf, tier)
    before = stored(shelf.library)
    assert before is not None and has_index(shelf.library)
    compared(shelf.library)
    shelf.put(*(f"N{n}" for n in range(20)), path="b.bank", embed=False)
    loud = [ScannedPreset(p.id, 5 * shelf.vector(p.id)) for p in writer.waiting(shelf.library)]
    writer.commit_scanned(shelf.library, loud)
    writer.finish(shelf.library)
    assert not has_index(shelf.library)
    compared(shelf.library)
    after = refresh(shelf.library)
    assert after is not None and after.name != before.name and has_index(shelf.library)
    compared(shelf.library)


def test_a_small_library_drops_its_index(full: Any) -> None:
    choose(full.library, "auto")
    full.put("P1", "P2", "P3")
    assert refresh(full.library) is None and stored(full.library) is None
    assert not list(full.library.folder.glob("index-*.ivf"))
    assert len(search_preset(full.library, 2, 10)) == 2


def test_leftovers_of_a_crash_go_after_a_day(full: Any) -> None:
    names = ("old.part", "old.ivf", "young.part", "young.ivf")  # half written; whole and not used
    left = {name: full.library.folder / f"index-{name}" for name in names}
    for name, path in left.items():
        path.touch()
        if name.startswith("old"):
            os.utime(path, (0, 0))
    full.put(*(f"N{n}" for n in range(50)), path="b.bank")
    refresh(full.library)
    assert [name for name, path in left.items() if path.exists()] == ["young.part", "young.ivf"]
    compared(full.library)


def test_the_tier_follows_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_index, "_memory", lambda: 8 << 30)
    assert [tier_for(count, 128) for count in (0, 200_000, 200_001)] == ["exact", "exact", "ivf"]
    assert tier_for(10**9, 128) in {"ivf", "lance"}  # whether LanceDB is installed


def test_an_unknown_tier_is_a_sentence(shelf: Any) -> None:
    with pytest.raises(InputError, match="one of auto, exact, ivf, lance, got 'hnsw'"):
        choose(shelf.library, "hnsw")


def test_without_its_package_lance_is_a_sentence(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lancedb", None)
    with pytest.raises(MissingError, match=r"pip install -e '\.\[lance\]'"):
        choose(shelf.library, "lance")


def test_a_package_that_is_gone_is_said_by_a_scan_and_costs_a_search_nothing(
    full: Any, tier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if tier == "ivf":
        pytest.skip("faiss is always there")
    monkeypatch.setitem(sys.modules, "lancedb", None)
    again = LibraryDatabase.open(full.library.folder, COSINE)
    assert not has_index(again)
    compared(again)
    with pytest.raises(MissingError, match=r"pip install -e '\.\[lance\]'"):
        scan(again, synths=[])
    again.close()
