"""What a scan finds out about presets by playing them: vectors, tags, quarantine."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from starling.presets.features.distance import deviation_of, unit
from starling.presets.library import saved_favourites
from starling.presets.library.database import USABLE, LibraryDatabase, Preset
from starling.presets.library.tables import read_meta
from starling.presets.library.tags import SOUND_TAGS
from starling.presets.library.text_query import indexed_words


@dataclass(frozen=True, slots=True)
class ScannedPreset:
    """What became of a preset: its vector and aspects, or the reason for its quarantine."""

    preset: int
    vector: NDArray[np.float32] | None
    reason: str = ""
    tags: tuple[str, ...] = field(default=())
    aspects: bytes | None = None  # float32 as `features/aspects` describes a sound


def index_words(db: sqlite3.Connection, preset_id: int) -> None:
    """Let words find a preset by what it is called now."""
    row = db.execute("SELECT * FROM presets WHERE id = ?", (preset_id,)).fetchone()
    db.execute("DELETE FROM preset_words WHERE rowid = ?", (preset_id,))
    db.execute(
        "INSERT INTO preset_words (rowid, name, bank, author, tags, synth, words) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            preset_id,
            row["name"],
            row["bank"],
            row["author"],
            row["tags"],
            row["synth"],
            indexed_words(row["name"], row["bank"]),
        ),
    )


def sound_tags_of(tags: str) -> tuple[str, ...]:
    """Those of a preset's stored tags that were found by its sound."""
    return tuple(tag for tag in tags.split(",") if tag in SOUND_TAGS)


def waiting(library: LibraryDatabase) -> list[Preset]:
    """The presets that have no vector yet, in the order of their ids."""
    return library.select("vector IS NULL AND quarantine = '' ORDER BY id")


def sounds_of(library: LibraryDatabase, presets: Sequence[Preset]) -> dict[int, str]:
    """By id, what each preset sounds by; of one whose sound nobody named, a name of its own."""
    query = "SELECT sound FROM presets WHERE id = ?"
    db = library.connection()
    named = {preset.id: db.execute(query, (preset.id,)).fetchone() for preset in presets}
    return {each: (row["sound"] if row else "") or f"#{each}" for each, row in named.items()}


def heard_before(library: LibraryDatabase, sounds: Mapping[int, str]) -> list[ScannedPreset]:
    """Of the presets with these sounds, those of which another one has been heard already."""
    query = f"SELECT vector, tags, aspects FROM presets WHERE sound = ? AND {USABLE} LIMIT 1"
    db = library.connection()
    found = {sound: db.execute(query, (sound,)).fetchone() for sound in set(sounds.values())}
    rows = [row["vector"] for row in found.values() if row]
    vectors = library.vectors.rows(max(rows) + 1) if rows else None
    return [
        ScannedPreset(each, vectors[row["vector"]], "", sound_tags_of(row["tags"]), row["aspects"])
        for each, sound in sounds.items()
        if vectors is not None and (row := found[sound])
    ]


def release_quarantine(library: LibraryDatabase) -> None:
    """Let presets that failed to play be tried again; those that could not be read stay."""
    with library.transaction() as db:
        db.execute(
            "UPDATE presets SET quarantine = '' WHERE quarantine <> '' AND parameters <> '{}'"
        )


def commit_scanned(library: LibraryDatabase, scanned: Sequence[ScannedPreset]) -> None:
    """Store a batch: the vectors first, then, in one transaction, everything that names them."""
    good = [(result, result.vector) for result in scanned if result.vector is not None]
    with library.transaction() as db:
        rows = _free_rows(db, len(good))
        library.vectors.write(rows, [_comparable(library, vector) for _, vector in good])
        generation = advance_generation(db)
        for row, (result, _) in zip(rows, good, strict=True):
            _keep(db, result, row, generation)
        db.executemany(
            "UPDATE presets SET quarantine = ?, vector = NULL WHERE id = ?",
            [(result.reason, result.preset) for result in scanned if result.vector is None],
        )


def _comparable(library: LibraryDatabase, vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector as the file holds it: at length 1 where cosines are compared.

    One that has it already, as a copy of another preset's, stays as it is to the bit.
    """
    if library.embedder.metric != "cosine" or abs(float(np.linalg.norm(vector)) - 1) < 1e-6:
        return vector
    return unit(vector)


def _free_rows(db: sqlite3.Connection, count: int) -> list[int]:
    """Rows of the vector file that no preset uses: holes first, then the end."""
    used, top = db.execute(
        "SELECT COUNT(vector), COALESCE(MAX(vector), -1) FROM presets"
    ).fetchone()
    holes: list[int] = []
    if used <= top:
        taken = db.execute("SELECT vector FROM presets WHERE vector >= 0 ORDER BY vector")
        holes = list(islice(_holes(row[0] for row in taken), count))
    return holes + list(range(top + 1, top + 1 + count - len(holes)))


def _holes(taken: Iterable[int]) -> Iterator[int]:
    """The numbers from 0 on that rising ones leave out."""
    awaited = 0
    for row in taken:
        yield from range(awaited, row)
        awaited = row + 1


def _keep(db: sqlite3.Connection, result: ScannedPreset, row: int, generation: int) -> None:
    found = db.execute("SELECT tags FROM presets WHERE id = ?", (result.preset,)).fetchone()
    if found is None:
        return  # removed by another scan meanwhile; its row stays unused
    tags = dict.fromkeys([*filter(None, found["tags"].split(",")), *result.tags])
    db.execute(
        "UPDATE presets SET vector = ?, heard = ?, quarantine = '', tags = ?, aspects = ? "
        "WHERE id = ?",
        (row, generation, ",".join(tags), result.aspects, result.preset),
    )
    index_words(db, result.preset)


def finish(library: LibraryDatabase) -> None:
    """Store the statistics by which vectors are compared, of all presets that can be found."""
    query = f"SELECT vector FROM presets WHERE {USABLE}"
    with library.transaction() as db:
        zscores = library.embedder.metric == "zscore"
        rows = np.array([row[0] for row in db.execute(query)] if zscores else [], np.int64)
        if len(rows):
            deviation = deviation_of(library.vectors.rows(int(rows.max()) + 1), rows)
            text = json.dumps([float(number) for number in deviation])
            db.execute("INSERT OR REPLACE INTO meta VALUES ('deviation', ?)", (text,))
        advance_generation(db)
    saved_favourites.save(library.connection(), library.folder)


def advance_generation(db: sqlite3.Connection) -> int:
    """Raise the library's generation, by which readers see that their snapshot is old."""
    db.execute(
        "INSERT INTO meta VALUES ('generation', '1') ON CONFLICT (key) "
        "DO UPDATE SET value = CAST(value AS INTEGER) + 1"
    )
    return int(read_meta(db, "generation", "0"))
