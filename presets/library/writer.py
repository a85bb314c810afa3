"""What a scan writes into the library: sources, presets to be embedded, and their vectors."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.presets.features.distance import deviation_of, unit
from starling.presets.library.database import USABLE, LibraryDatabase, Preset
from starling.presets.library.tables import read_meta
from starling.presets.library.text_query import indexed_words


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A preset file as it was last read. `stamp` names the synth, schema and embedder in use."""

    path: str
    hash: str
    mtime_ns: int
    size: int
    stamp: str


@dataclass(frozen=True, slots=True)
class NewPreset:
    """A preset to put into the library; equal fingerprints mean that it sounds the same."""

    name: str
    bank: str
    author: str
    tags: tuple[str, ...]
    synth: str
    values: Mapping[str, float]
    schema_hash: str
    fingerprint: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ScannedPreset:
    """What became of a preset: its vector, or the reason for its quarantine."""

    preset: int
    vector: NDArray[np.float32] | None
    reason: str = ""
    tags: tuple[str, ...] = field(default=())


def known_sources(library: LibraryDatabase) -> dict[str, SourceFile]:
    """All sources of the library, by path."""
    rows = library.connection().execute("SELECT path, hash, mtime_ns, size, stamp FROM sources")
    return {row["path"]: SourceFile(*row) for row in rows}


def synths_of(library: LibraryDatabase, path: str) -> set[str]:
    """The synths that a source's presets have values for."""
    rows = library.connection().execute(
        "SELECT DISTINCT synth FROM presets WHERE source = ? AND parameters <> '{}'", (path,)
    )
    return {row[0] for row in rows}


def put_source(
    library: LibraryDatabase,
    source: SourceFile,
    presets: Sequence[NewPreset],
    *,
    keep: Collection[str] = (),
) -> None:
    """Make the library hold exactly these presets for a source.

    Presets whose fingerprint is unchanged keep their id, vector and tags; changed ones keep their
    id and wait to be embedded again; those no longer in the file are removed. Presets of the synths
    `keep` stay what they were where the new ones have a problem: those synths did not open.
    """
    with library.transaction() as db:
        known = {
            (row["name"], row["occurrence"]): row
            for row in db.execute("SELECT * FROM presets WHERE source = ?", (source.path,))
        }
        seen: Counter[str] = Counter()
        for preset in presets:
            key = (preset.name, seen[preset.name])
            seen[preset.name] += 1
            before = known.pop(key, None)
            if not (preset.problem and before and before["synth"] in keep):
                _put_preset(db, source, preset, key[1], before)
        _remove(db, [row["id"] for row in known.values()])
        db.execute(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)",
            (source.path, source.hash, source.mtime_ns, source.size, source.stamp),
        )
        advance_generation(db)


def _put_preset(
    db: sqlite3.Connection,
    source: SourceFile,
    preset: NewPreset,
    occurrence: int,
    known: sqlite3.Row | None,
) -> None:
    if known and known["fingerprint"] == preset.fingerprint:
        db.execute("UPDATE presets SET source_hash = ? WHERE id = ?", (source.hash, known["id"]))
        return
    values = json.dumps(dict(preset.values), sort_keys=True)
    fields = {
        "source": source.path,
        "name": preset.name,
        "occurrence": occurrence,
        "bank": preset.bank,
        "author": preset.author,
        "tags": ",".join(preset.tags),
        "synth": preset.synth,
        "parameters": values,
        "schema_hash": preset.schema_hash,
        "source_hash": source.hash,
        "fingerprint": preset.fingerprint,
        "quarantine": preset.problem,
        "vector": None,
    }
    if known:
        db.execute(
            f"UPDATE presets SET {', '.join(f'{n} = :{n}' for n in fields)} WHERE id = :id",
            {**fields, "id": known["id"]},
        )
        preset_id = int(known["id"])
    else:
        names = ", ".join(fields)
        marks = ", ".join(f":{name}" for name in fields)
        row = db.execute(f"INSERT INTO presets ({names}) VALUES ({marks}) RETURNING id", fields)
        preset_id = int(row.fetchone()[0])
    _index_words(db, preset_id)


def _index_words(db: sqlite3.Connection, preset_id: int) -> None:
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


def waiting(library: LibraryDatabase) -> list[Preset]:
    """The presets that have no vector yet, in the order of their ids."""
    return library.select("vector IS NULL AND quarantine = '' ORDER BY id")


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
    """A vector as the file holds it: at length 1 where cosines are compared."""
    return unit(vector) if library.embedder.metric == "cosine" else vector


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
        "UPDATE presets SET vector = ?, heard = ?, quarantine = '', tags = ? WHERE id = ?",
        (row, generation, ",".join(tags), result.preset),
    )
    _index_words(db, result.preset)


def forget_missing(library: LibraryDatabase) -> int:
    """Remove the presets of files that are no longer there; how many."""
    gone = [path for path in known_sources(library) if not Path(path).exists()]
    removed = 0
    for path in gone:
        with library.transaction() as db:
            ids = [row[0] for row in db.execute("SELECT id FROM presets WHERE source = ?", (path,))]
            _remove(db, ids)
            db.execute("DELETE FROM sources WHERE path = ?", (path,))
            advance_generation(db)
            removed += len(ids)
    return removed


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


def _remove(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    db.executemany("DELETE FROM presets WHERE id = ?", [(preset_id,) for preset_id in ids])
    db.executemany("DELETE FROM preset_words WHERE rowid = ?", [(preset_id,) for preset_id in ids])


def advance_generation(db: sqlite3.Connection) -> int:
    """Raise the library's generation, by which readers see that their snapshot is old."""
    db.execute(
        "INSERT INTO meta VALUES ('generation', '1') ON CONFLICT (key) "
        "DO UPDATE SET value = CAST(value AS INTEGER) + 1"
    )
    return int(read_meta(db, "generation", "0"))
