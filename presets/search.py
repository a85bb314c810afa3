"""Search a library by sound: the presets nearest to a sound file, or to another preset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.presets.index import nearest, similarity
from starling.presets.library import Hit, Library, Snapshot, hit_of
from starling.presets.query import load_query, takes

__all__ = ["MAX_K", "Hit", "search_file", "search_preset", "search_sound"]

MAX_K = 100


def search_file(library: Library, path: Path, k: int, filter: str = "") -> list[Hit]:
    """The k presets that sound most like a file's first sounding second, the nearest first.

    Raises MissingError (`empty_library`, or no such file), ParseError (`bad_file`) and InputError
    (`silent`, or a bad `k` or filter).
    """
    library.require_presets()
    return search_sound(library, load_query(path, library.embedder), k, filter)


def search_sound(
    library: Library, signal: NDArray[np.float32], k: int, filter: str = ""
) -> list[Hit]:
    """As `search_file`, for mono samples (frames,) at the embedder's rate."""
    queries = [library.embedder.embed(take) for take in takes(signal, library.embedder)]
    return _hits(library, library.snapshot(), queries, k, filter)


def search_preset(library: Library, preset_id: int, k: int, filter: str = "") -> list[Hit]:
    """The k presets that sound most like one of the library, without itself.

    Raises InputError (`unknown_preset`, also for one in quarantine, which has no sound).
    """
    preset = library.preset(preset_id)
    snapshot = library.snapshot()
    at = np.flatnonzero(snapshot.ids == preset_id)
    if not len(at):
        reason = preset.quarantine or "it has not been scanned yet"
        raise InputError(f"{preset.name!r} has no sound: {reason}", code="unknown_preset")
    query = np.array(snapshot.vectors[snapshot.rows[at[0]]])
    return _hits(library, snapshot, [query], k, filter, without=preset_id)


def _hits(
    library: Library,
    snapshot: Snapshot,
    queries: Sequence[NDArray[np.float32]],
    k: int,
    filter_text: str,
    without: int = -1,
) -> list[Hit]:
    if not 1 <= k <= MAX_K:
        raise InputError(f"k must be 1..{MAX_K}, got {k}")
    library.require_presets()
    allowed = library.matching(filter_text)
    mask = snapshot.ids != without
    if allowed is not None:
        mask &= np.isin(snapshot.ids, allowed)
    best, distances = nearest(snapshot.scaled, queries, k, mask)
    scores = similarity(distances, library.embedder.size)
    ids = [int(preset_id) for preset_id in snapshot.ids[best]]
    marks = ", ".join("?" * len(ids))
    found = {preset.id: preset for preset in library.select(f"id IN ({marks})", ids)}
    return [
        hit_of(found[preset_id], float(score))
        for preset_id, score in zip(ids, scores, strict=True)
        if preset_id in found  # another process may have removed it meanwhile
    ]
