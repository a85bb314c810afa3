"""A library embedded again by another embedder, while its old vectors still serve every search.

New vectors go into a file beside the library's, and which preset has which row of it into a table
of its own, batch by batch: a scan that ends early goes on there. When all are embedded, one
transaction makes them the library's; a crash within it is made good when the library is opened
(`library/embedder`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from starling.models.errors import CancelledError, ParseError
from starling.presets.features.distance import unit
from starling.presets.features.embedder import Embedder
from starling.presets.index.vector_file import VectorFile
from starling.presets.library.database import LibraryDatabase, Preset
from starling.presets.library.embedder import NEXT, NEXT_VECTORS, take_over
from starling.presets.library.tables import USABLE
from starling.presets.library.writer import ScannedPreset, sounds_of
from starling.presets.scan.embed_presets import EmbeddingPool
from starling.presets.synths.plugin import SCHEMAS

Progress = Callable[[float, str], None]


def rehear(
    library: LibraryDatabase,
    embedder: Embedder,
    jobs: int,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> list[tuple[str, str]]:
    """Embed every preset again, then change to the new vectors; what could not be, and why.

    Presets of one sound are rendered once. Raises CancelledError; what was embedded until then is
    kept, and the old vectors serve on.
    """
    run = begin(library, embedder)
    left: list[tuple[str, str]] = []
    total = library.count()
    while waiting := run.pending():
        sounds = sounds_of(library, waiting)
        copies: dict[str, list[Preset]] = {}  # of each sound
        for preset in waiting:
            copies.setdefault(sounds[preset.id], []).append(preset)
        pool = EmbeddingPool(jobs, embedder, library.folder / SCHEMAS)
        tried: set[int] = set()
        for batch in pool.embed([same[0] for same in copies.values()], cancelled):
            results = [
                replace(result, preset=preset.id)
                for result in batch
                for preset in copies[sounds[result.preset]]
            ]
            run.commit(results)
            tried |= {each.preset for each in results}
            done = total - len(waiting) + len(tried)
            progress(done / max(total, 1), f"heard {done} of {total} presets anew")
        if cancelled():
            raise CancelledError("the scan was cancelled; what it had heard is kept")
        missed = [preset for preset in waiting if preset.id not in tried]
        run.commit([ScannedPreset(preset.id, None) for preset in missed])
        left += [(synth, f"not heard anew: {why}") for synth, why in sorted(pool.left.items())]
    run.finish()
    return left


@dataclass(frozen=True, slots=True)
class Rehearing:
    """One that is under way."""

    library: LibraryDatabase
    embedder: Embedder
    file: VectorFile

    def pending(self) -> list[Preset]:
        """The presets that searches find now and that have no new vector yet."""
        return self.library.select(
            f"{USABLE} AND presets.id NOT IN (SELECT preset FROM reheard) ORDER BY presets.id"
        )

    def commit(self, heard: Sequence[ScannedPreset]) -> None:
        """Store a batch: the vectors first, then which preset has which."""
        with self.library.transaction() as db:
            top = db.execute("SELECT COALESCE(MAX(row), -1) FROM reheard").fetchone()[0]
            good = [(each, each.vector) for each in heard if each.vector is not None]
            rows = range(top + 1, top + 1 + len(good))
            cosine = self.embedder.metric == "cosine"
            self.file.write(list(rows), [unit(v) if cosine else v for _, v in good])
            stored = [
                (each.preset, row, each.aspects) for row, (each, _) in zip(rows, good, strict=True)
            ]
            failed = [(each.preset, None, None) for each in heard if each.vector is None]
            db.executemany("INSERT OR REPLACE INTO reheard VALUES (?, ?, ?)", [*stored, *failed])

    def finish(self) -> None:
        """Make the new vectors the library's. What could not be embedded waits for another scan."""
        library = self.library
        with library.transaction() as db:
            self.file.path.replace(library.vectors.path)
            take_over(db)
        library.follow()


def begin(library: LibraryDatabase, embedder: Embedder) -> Rehearing:
    """Begin to embed a library again, or go on where that was left."""
    file = VectorFile(library.folder / NEXT_VECTORS, embedder.key, embedder.size)
    if library.meta(NEXT, "") != json.dumps(embedder.key) or not _is_whole(file):
        with library.transaction() as db:
            db.execute("DELETE FROM reheard")
            file.create()
            values = (NEXT, json.dumps(embedder.key))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)
    return Rehearing(library, embedder, file)


def _is_whole(file: VectorFile) -> bool:
    try:
        return file.made_by() == (file.key, file.size)
    except ParseError:
        return False
