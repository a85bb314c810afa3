"""Keep a library's index in step with its vectors; a scan does so when it has embedded everything.

Searches go on meanwhile. The new index is a file beside the old one, and one transaction makes it
the library's: whatever is interrupted, the old one stays, or none, and every preset is compared.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from starling.models.errors import InputError, MissingError, ParseError
from starling.presets.index.nearest import MAX_EXACT
from starling.presets.library.database import LibraryDatabase, Snapshot
from starling.presets.library.search_snapshot import StoredIndex, fits, open_index, stored_index
from starling.presets.library.writer import advance_generation

TIERS = ("auto", "exact", "ivf", "lance")
STALE_PART = 0.01  # of the rows that may be new or gone before the index follows
STALE_LEAST = 1_000
MAX_GROWTH = 2.0  # times as many rows as the cells were found with: they are found again
MEMORY_PART = 0.25  # of the machine's memory that the index of 8 bits a number may take
ASSUMED_MEMORY = 8 << 30  # bytes, where the system does not say
ORPHAN_AGE_S = 24 * 3600.0  # age of files that a crash left behind
ROW_BYTES = 8  # of an index beside its numbers: the row's own

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class _IndexWork:
    """What an index is made of, and where progress is reported."""

    library: LibraryDatabase
    snapshot: Snapshot
    progress: Progress
    cancelled: Callable[[], bool]

    def report(self, fraction: float) -> None:
        """Say how much of the rows is in the index."""
        self.progress(fraction, f"indexing {len(self.snapshot.rows)} presets")


def choose(library: LibraryDatabase, tier: str) -> None:
    """Remember the tier for the library's index: "auto" or one of them.

    Raises InputError for another word, MissingError when its package is not installed.
    """
    from starling.presets.index import lance_index

    if tier not in TIERS:
        raise InputError(f"index must be one of {', '.join(TIERS)}, got {tier!r}")
    if tier == "lance":
        lance_index.require()
    with library.transaction() as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES ('tier', ?)", (tier,))


def check_tier(library: LibraryDatabase) -> None:
    """Raise MissingError when the tier that was chosen needs a package that is not installed."""
    from starling.presets.index import lance_index

    if library.meta("tier", "auto") == "lance":
        lance_index.require()


def tier_for(count: int, size: int) -> str:
    """The tier for a number of vectors; memory decides between the last two, if both are there."""
    from starling.presets.index import lance_index

    if count <= MAX_EXACT:
        return "exact"
    if count * (size + ROW_BYTES) > MEMORY_PART * _memory():
        try:
            lance_index.require()
        except MissingError:
            return "ivf"  # it swaps, but it works
        return "lance"
    return "ivf"


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return ASSUMED_MEMORY  # Windows


def refresh(
    library: LibraryDatabase,
    progress: Progress = lambda fraction, text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> StoredIndex | None:
    """Build, extend, keep or drop the index, whatever the library needs; the one it has then.

    Raises CancelledError, and MissingError when the tier that was chosen is not installed.
    """
    snapshot = library.snapshot()
    work = _IndexWork(library, snapshot, progress, cancelled)
    tier = library.meta("tier", "auto")
    if tier == "auto":
        tier = tier_for(len(snapshot.rows), library.embedder.size)
    before = stored_index(library.meta("index", "null"))
    if tier == "exact" or not len(snapshot.rows):
        after = None
    elif before is None or not _usable(library, snapshot, before, tier):
        after = _build(work, tier)
    elif _stale(snapshot, before) <= max(STALE_LEAST, STALE_PART * len(snapshot.rows)):
        return before
    else:
        after = _extend(work, before)
    if after != before:
        _commit(library, after)
    _clean(library.folder, before, after)
    return after


def _usable(library: LibraryDatabase, snapshot: Snapshot, stored: StoredIndex, tier: str) -> bool:
    """Whether an index can be kept or extended."""
    count = len(snapshot.rows)
    if stored.tier != tier or not fits(stored, snapshot.searched.metric):
        return False
    if not stored.trained / MAX_GROWTH <= count <= stored.trained * MAX_GROWTH:
        return False
    if snapshot.searched.indexed is not None:
        return True  # it is open
    try:
        open_index(library.folder, stored)
    except ParseError:
        return False
    return True


def _stale(snapshot: Snapshot, stored: StoredIndex) -> int:
    """How many rows came since or are gone."""
    covered = int((snapshot.generations <= stored.generation).sum())
    return len(snapshot.rows) - covered + stored.count - covered


def _build(work: _IndexWork, tier: str) -> StoredIndex:
    from starling.presets.index import lance_index

    snapshot = work.snapshot
    metric = snapshot.searched.metric
    token = uuid.uuid4().hex[:12]
    stored = StoredIndex(
        tier,
        f"index-{token}" if tier == "lance" else f"index-{token}.ivf",
        snapshot.generation,
        len(snapshot.rows),
        len(snapshot.rows),
        None if metric.deviation is None else [float(each) for each in metric.deviation],
    )
    folder, what = work.library.folder, (snapshot.vectors, np.sort(snapshot.rows), metric)
    if tier == "lance":
        version = lance_index.build(folder, stored.name, *what, work.report, work.cancelled)
        return replace(stored, version=version)
    from starling.presets.index import faiss_index

    faiss_index.build(folder / stored.name, *what, work.report, work.cancelled)
    return stored


def _extend(work: _IndexWork, before: StoredIndex) -> StoredIndex:
    from starling.presets.index import faiss_index, lance_index

    snapshot = work.snapshot
    fresh = snapshot.generations > before.generation
    kept = np.zeros(int(snapshot.rows.max()) + 1, np.bool_)
    kept[snapshot.rows[~fresh]] = True
    metric = snapshot.searched.metric
    if before.deviation is not None:  # all of an index is scaled alike
        metric = replace(metric, deviation=np.array(before.deviation, np.float32))
    what = (snapshot.vectors, np.sort(snapshot.rows[fresh]), kept, metric)
    after = replace(before, generation=snapshot.generation, count=len(snapshot.rows))
    folder = work.library.folder
    if before.tier == "lance":
        version = lance_index.extend(
            folder, before.name, before.version, *what, work.report, work.cancelled
        )
        return replace(after, version=version)

    after = replace(after, name=f"index-{uuid.uuid4().hex[:12]}.ivf")
    old, new = folder / before.name, folder / after.name
    faiss_index.extend(old, new, *what, work.report, work.cancelled)
    return after


def _commit(library: LibraryDatabase, stored: StoredIndex | None) -> None:
    """Make an index the library's, or leave it without one; readers open it at once."""
    with library.transaction() as db:
        if stored is None:
            db.execute("DELETE FROM meta WHERE key = 'index'")
        else:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('index', ?)", (stored.json,))
        advance_generation(db)


def _clean(folder: Path, before: StoredIndex | None, after: StoredIndex | None) -> None:
    """Remove the index that was replaced, and after a day what crashes left behind."""
    old, name = ("" if stored is None else stored.name for stored in (before, after))
    for path in [*folder.glob("index-*.ivf"), *folder.glob("index-*.part")]:
        left = path.name == old or time.time() - path.stat().st_mtime > ORPHAN_AGE_S
        if path.name != name and left:
            with suppress(OSError):  # Windows: another process reads it just now
                path.unlink()
    from starling.presets.index import lance_index

    lance_index.drop_others(folder, name)
