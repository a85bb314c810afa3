"""Search a library by sound: the presets nearest to a sound file, or to another preset.

Presets that sound the same fill one place of the list: banks hold copies of each other, and every
synth's banks are full of its initial sound (305 of amsynth's 3,482 presets have a copy).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.presets.index.nearest import Vectors
from starling.presets.library.database import LibraryDatabase, SearchHit, Snapshot, hit_of
from starling.presets.search.audio_query import load_query, query_variants

__all__ = ["MAX_K", "SearchHit", "search_file", "search_preset", "search_sound"]

MAX_K = 100
WIDENING = 4  # times as many are looked at when copies leave too few


def search_file(
    library: LibraryDatabase,
    path: Path,
    k: int,
    filter: str = "",
    cancelled: Callable[[], bool] = lambda: False,
) -> list[SearchHit]:
    """The k presets that sound most like a file's first sounding second, the nearest first.

    Raises MissingError (`empty_library`, or no such file), ParseError (`bad_file`) and InputError
    (`silent`, or a bad `k` or filter), and CancelledError once `cancelled` says so.
    """
    library.require_presets()
    return search_sound(library, load_query(path, library.embedder, cancelled), k, filter)


def search_sound(
    library: LibraryDatabase, signal: NDArray[np.float32], k: int, filter: str = ""
) -> list[SearchHit]:
    """As `search_file`, for mono samples (frames,) at the embedder's rate."""
    queries = [
        library.embedder.embed(variant) for variant in query_variants(signal, library.embedder)
    ]
    return _hits(library, library.snapshot(), queries, k, filter)


def search_preset(
    library: LibraryDatabase, preset_id: int, k: int, filter: str = ""
) -> list[SearchHit]:
    """The k presets that sound most like one of the library, without itself.

    Raises InputError (`unknown_preset`, also for one in quarantine, which has no sound).
    """
    preset = library.preset(preset_id)
    snapshot = library.snapshot()
    at = _positions(snapshot.ids, np.array([preset_id]))
    if not len(at):
        reason = preset.quarantine or "it has not been scanned yet"
        raise InputError(f"{preset.name!r} has no sound: {reason}", code="unknown_preset")
    query = snapshot.vectors[snapshot.rows[at[:1]]][0]
    return _hits(library, snapshot, [query], k, filter, without=int(at[0]))


def _hits(
    library: LibraryDatabase,
    snapshot: Snapshot,
    queries: Sequence[NDArray[np.float32]],
    k: int,
    filter_text: str,
    without: int = -1,
) -> list[SearchHit]:
    if not 1 <= k <= MAX_K:
        raise InputError(f"k must be 1..{MAX_K}, got {k}")
    library.require_presets()
    allowed = library.matching(filter_text)
    mask = None
    if allowed is not None:
        mask = np.zeros(len(snapshot.ids), np.bool_)
        mask[_positions(snapshot.ids, allowed)] = True
    best, distances, copies = distinct(snapshot.searched, queries, k, mask, without)
    scores = snapshot.searched.metric.similarity(distances)
    ids = [int(preset_id) for preset_id in snapshot.ids[best]]
    marks = ", ".join("?" * len(ids))
    found = {preset.id: preset for preset in library.select(f"id IN ({marks})", ids)}
    return [
        hit_of(found[preset_id], float(score), int(count))
        for preset_id, score, count in zip(ids, scores, copies, strict=True)
        if preset_id in found  # another process may have removed it meanwhile
    ]


def _positions(ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where in rising ids the wanted ones are; those that are not there are left out."""
    at = np.searchsorted(ids, wanted)  # (wanted,)
    there = at < len(ids)
    there[there] = ids[at[there]] == wanted[there]
    return at[there]


def distinct(
    among: Vectors,
    queries: Sequence[NDArray[np.float32]],
    k: int,
    mask: NDArray[np.bool_] | None,
    without: int = -1,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Positions and distances of the k nearest sounds, each with the number of its copies.

    The nearest of the copies of a sound stands for all. The position `without` is left out.
    """
    looked_at = 2 * k
    while True:
        best, distances = among.nearest(queries, looked_at + 1, mask)
        all_seen = len(best) <= looked_at
        best, distances = best[best != without], distances[best != without]
        firsts, copies = _grouped(among, best, k)
        if all_seen or (len(firsts) == k and _beyond(among, distances, firsts[-1])):
            return best[firsts], distances[firsts], copies
        looked_at *= WIDENING


def _grouped(
    among: Vectors, best: NDArray[np.int64], k: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of the best begin the first k groups of copies, and how many more each group has."""
    sounds = among.metric.scaled(among.file[among.rows[best]])  # (n, size)
    left = np.ones(len(best), np.bool_)
    groups: list[tuple[int, int]] = []
    while left.any() and len(groups) < k:
        first = int(np.argmax(left))
        apart = np.sqrt(np.square(sounds - sounds[first]).sum(axis=1))  # (n,)
        same = left & (apart <= among.metric.copy_distance)
        same[first] = True
        left &= ~same
        groups.append((first, int(same.sum()) - 1))
    firsts, copies = np.array(groups, np.int64).reshape(-1, 2).T
    return firsts, copies


def _beyond(among: Vectors, distances: NDArray[np.float32], last: int) -> bool:
    """Whether so much was looked at that no copy of the last group can lie further away."""
    return bool(distances[-1] > distances[last] + among.metric.copy_distance)
