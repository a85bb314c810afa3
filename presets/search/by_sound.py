"""Search a library by sound and words: the presets nearest to a sound file, to another preset,
to words, or to a sound and words together.

Presets that sound the same fill one place of the list: banks hold copies of each other, and every
synth's banks are full of its initial sound (305 of amsynth's 3,482 presets have a copy).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.mel import levelled, log_mel
from starling.models.errors import InputError
from starling.presets.features import aspects
from starling.presets.features.embedder import Embedder
from starling.presets.index.nearest import Vectors
from starling.presets.library.database import LibraryDatabase, SearchHit, Snapshot, hit_of
from starling.presets.search.audio_query import query_variants
from starling.presets.search.options import SearchOptions
from starling.presets.search.ranking import Query, Ranking, ranking
from starling.presets.search.region import read_region

__all__ = [
    "MAX_K",
    "Found",
    "SearchHit",
    "search_file",
    "search_preset",
    "search_sound",
    "search_words",
]

MAX_K = 100
WIDENING = 4  # times as many are looked at when copies leave too few
PLAIN = SearchOptions()


@dataclass(frozen=True, slots=True)
class Found:
    """The results of a search, and what was taken of its file: seconds, and how many windows."""

    hits: list[SearchHit]
    start: float = 0.0
    end: float = 0.0
    windows: int = 0


def search_file(
    library: LibraryDatabase,
    path: Path,
    k: int,
    filter: str = "",
    cancelled: Callable[[], bool] = lambda: False,
    options: SearchOptions = PLAIN,
    words: str = "",
) -> Found:
    """The k presets that sound most like a file's first sounding second, the nearest first; or
    like the part of it that the options say.

    Raises MissingError (`empty_library`, or no such file), ParseError (`bad_file`) and InputError
    (`silent`, or a bad `k` or filter), and CancelledError once `cancelled` says so.
    """
    library.require_presets()
    region = read_region(path, library.embedder, cancelled, options.start, options.end)
    hits = search_sound(library, region.windows, k, filter, options, words)
    return Found(hits, region.start, region.end, len(region.windows))


def search_words(
    library: LibraryDatabase,
    words: str,
    k: int,
    filter: str = "",
    options: SearchOptions = PLAIN,
) -> list[SearchHit]:
    """The k presets whose sound is nearest to what words mean.

    Raises InputError (code `no_query`) for words that say nothing.
    """
    library.require_presets()
    return _hits(library, library.snapshot(), None, k, filter, options, words)


def search_sound(
    library: LibraryDatabase,
    windows: Sequence[NDArray[np.float32]],
    k: int,
    filter: str = "",
    options: SearchOptions = PLAIN,
    words: str = "",
) -> list[SearchHit]:
    """As `search_file`, for mono windows (frames,) at the embedder's rate. Of several, presets are
    compared with the mean; of one, also as if its key had been released.
    """
    embedder = library.embedder
    described = aspects.mean([aspects.describe(each, embedder.sample_rate) for each in windows])
    heard = list(windows) if len(windows) > 1 else query_variants(windows[0], embedder)
    vectors = list(_vectors(embedder, heard))
    if len(windows) > 1:
        vectors = [np.mean(vectors, axis=0)]
    query = Query(vectors, described)
    return _hits(library, library.snapshot(), query, k, filter, options, words)


def _vectors(embedder: Embedder, heard: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Vectors (n, size) of sounds (frames,): at once where the embedder takes log-mels."""
    if embedder.mels is None:
        return np.stack([embedder.embed(each) for each in heard])
    return embedder.from_log_mel(np.stack([log_mel(levelled(each)) for each in heard]))


def search_preset(
    library: LibraryDatabase,
    preset_id: int,
    k: int,
    filter: str = "",
    options: SearchOptions = PLAIN,
    words: str = "",
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
    vector = snapshot.vectors[snapshot.rows[at[:1]]][0]
    query = Query([vector], snapshot.aspects[at[0]], int(at[0]))
    return _hits(library, snapshot, query, k, filter, options, words)


def _hits(
    library: LibraryDatabase,
    snapshot: Snapshot,
    query: Query | None,
    k: int,
    filter_text: str,
    options: SearchOptions,
    words: str,
) -> list[SearchHit]:
    if not 1 <= k <= MAX_K:
        raise InputError(f"k must be 1..{MAX_K}, got {k}")
    library.require_presets()
    allowed = library.matching(filter_text)
    mask = None
    if allowed is not None:
        mask = np.zeros(len(snapshot.ids), np.bool_)
        mask[_positions(snapshot.ids, allowed)] = True
    asked = ranking(library.embedder, snapshot, query, options, words)
    best, distances, copies = distinct(snapshot.searched, asked, k, mask)
    timbre = snapshot.searched.distances(best, asked.queries)  # (hits,)
    details, scores = asked.details(best, timbre), asked.scores(distances)
    ids = [int(preset_id) for preset_id in snapshot.ids[best]]
    marks = ", ".join("?" * len(ids))
    found = {preset.id: preset for preset in library.select(f"id IN ({marks})", ids)}
    return [
        hit_of(found[preset_id], float(score), int(count), tuple(map(float, detail)))
        for preset_id, score, count, detail in zip(ids, scores, copies, details, strict=True)
        if preset_id in found  # another process may have removed it meanwhile
    ]


def _positions(ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where in rising ids the wanted ones are; those that are not there are left out."""
    at = np.searchsorted(ids, wanted)  # (wanted,)
    there = at < len(ids)
    there[there] = ids[at[there]] == wanted[there]
    return at[there]


def distinct(
    among: Vectors, asked: Ranking, k: int, mask: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """Positions and distances of the k nearest sounds, each with the number of its copies.

    The nearest of the copies of a sound stands for all.
    """
    looked_at = 2 * k if asked.adjusted is None else 2 * WIDENING * k  # means lie closer together
    while True:
        best, distances = among.nearest(asked.queries, looked_at + 1, mask, asked.adjusted)
        all_seen = len(best) <= looked_at
        best, distances = best[best != asked.without], distances[best != asked.without]
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
