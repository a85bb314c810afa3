"""Which embedder a library is heard by, through choices, new defaults and lost weights."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from starling.models.errors import MissingError
from starling.presets.features.embedders import CLASSICAL, default
from starling.presets.library import writer
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.embedder import NEXT
from starling.presets.library.embedder_choice import follow_default, remember
from starling.presets.library.writer import ScannedPreset
from starling.presets.scan.rehear import begin


@pytest.fixture
def old(shelf: object) -> Iterator[Path]:
    """A library of two presets that was heard by the classical embedder."""
    shelf.put("Bell", "Brass")  # type: ignore[attr-defined]
    folder = shelf.library.folder  # type: ignore[attr-defined]
    shelf.library.close()  # type: ignore[attr-defined]
    yield folder


def embed(library: LibraryDatabase) -> None:
    vector = np.ones(library.embedder.size, np.float32)
    writer.commit_scanned(library, [ScannedPreset(p.id, vector) for p in writer.waiting(library)])


def rehear(library: LibraryDatabase) -> None:
    run = begin(library, default())
    heard = [ScannedPreset(p.id, np.ones(default().size, np.float32)) for p in run.pending()]
    run.commit(heard)
    run.finish()


def test_hearing_anew_goes_on_after_a_crash_and_loses_nothing(old: Path) -> None:
    vector = np.ones(default().size, np.float32)
    with closing(LibraryDatabase.open(old)) as library:
        run = begin(library, default())
        first, second = run.pending()
        run.commit([ScannedPreset(first.id, vector, aspects=b"x" * 48)])
    with closing(LibraryDatabase.open(old)) as library:
        assert library.embedder is CLASSICAL and library.count() == 2, "the old vectors serve"
        run = begin(library, default())
        assert [preset.id for preset in run.pending()] == [second.id]
        run.commit([ScannedPreset(second.id, None)])
        run.file.path.replace(library.vectors.path)  # and here the process dies
    with closing(LibraryDatabase.open(old)) as library:
        assert library.embedder is default() and library.count() == 1
        assert [preset.id for preset in writer.waiting(library)] == [second.id]
        assert library.meta(NEXT, "") == ""
    with closing(LibraryDatabase.open(old)) as library:
        assert begin(library, CLASSICAL).pending() and library.count() == 1


def test_a_new_library_is_heard_by_the_default(tmp_path: Path) -> None:
    with closing(LibraryDatabase.open(tmp_path)) as library:
        assert library.embedder is default() and not library.pinned
        assert library.vectors.made_by() == (default().key, default().size)


def test_an_older_one_is_searched_as_it_is_and_changes_at_a_scan(old: Path) -> None:
    with closing(LibraryDatabase.open(old)) as library:
        assert library.embedder is CLASSICAL and library.count() == 2
        assert follow_default(library) == (
            f"the library was heard by classical/1; everything is heard again by {default().key}",
            default(),
        )
        assert library.count() == 2 and library.embedder is CLASSICAL, "the old vectors serve"
        rehear(library)
        assert library.count() == 2 and library.embedder is default()
        assert follow_default(library) == ("", None)
    with closing(LibraryDatabase.open(old)) as again:
        assert again.embedder is default() and again.count() == 2


def test_a_choice_is_remembered_and_outlives_scans(old: Path) -> None:
    with closing(LibraryDatabase.open(old, CLASSICAL, reembed=True)) as library:
        remember(library, CLASSICAL)
        assert library.count() == 2, "it was made by the same"
    with closing(LibraryDatabase.open(old)) as library:
        assert follow_default(library) == ("", None) and library.embedder is CLASSICAL
    with closing(LibraryDatabase.open(old, default(), reembed=True)) as library:
        remember(library, default())
        assert library.count() == 0
    with closing(LibraryDatabase.open(old)) as library:
        assert library.embedder is default() and library.meta("embedder", "") == ""


def test_weights_that_are_gone_are_named_with_the_way_back(tmp_path: Path) -> None:
    lost = replace(CLASSICAL, name="clap", weights=tmp_path / "gone")
    with closing(LibraryDatabase.open(tmp_path, lost)) as library:
        remember(library, lost)
    with pytest.raises(MissingError, match=r"heard by clap.*gone.*--embedder timbre"):
        LibraryDatabase.open(tmp_path)
    with closing(LibraryDatabase.open(tmp_path, default(), reembed=True)) as library:
        remember(library, default())
    LibraryDatabase.open(tmp_path).close()


def test_better_weights_of_a_newer_starling_replace_the_old_ones(old: Path) -> None:
    earlier = replace(default(), weights_hash="0" * 64)
    with closing(LibraryDatabase.open(old, earlier, reembed=True)) as library:
        embed(library)
    with closing(LibraryDatabase.open(old)) as library:
        assert library.embedder is default()
        assert library.count() == 0 and len(writer.waiting(library)) == 2


def test_vectors_of_a_stranger_are_kept_and_refused(old: Path) -> None:
    with closing(
        LibraryDatabase.open(old, replace(CLASSICAL, name="ears"), reembed=True)
    ) as library:
        embed(library)
    with pytest.raises(MissingError, match="made by ears/1"):
        LibraryDatabase.open(old)


def test_an_open_library_follows_what_another_process_made_of_it(old: Path) -> None:
    with closing(LibraryDatabase.open(old)) as reader, closing(LibraryDatabase.open(old)) as other:
        assert reader.count() == 2
        rehear(other)
        writer.finish(other)
        assert reader.count() == 2 and reader.embedder is default()
        assert reader.snapshot().vectors.shape == (2, default().size)
