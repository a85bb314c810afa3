"""Which preset files the library holds, and which presets they have; a preset keeps what it is
when its file is renamed, moved or edited around it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starling.presets.library.database import LibraryDatabase
from starling.presets.library.identity import (
    Identity,
    by_both,
    by_content,
    by_name,
    followed,
    unread_content,
)
from starling.presets.library.migrations import settle_places
from starling.presets.library.tables import real_path, stored_values
from starling.presets.library.writer import advance_generation, index_words, sound_tags_of


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
    """A preset to put into the library.

    Presets of equal `content` are the same preset ("" where it could not be read), those of equal
    `sound` need be heard only once.
    """

    name: str
    bank: str
    author: str
    tags: tuple[str, ...]
    synth: str
    values: Mapping[str, float]
    schema_hash: str
    fingerprint: str
    problem: str = ""
    content: str = ""
    sound: str = ""
    state: bytes = b""


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

    A preset that this source had, or one that went, is known again by its content, then its name,
    and keeps its id and favourite mark; it keeps its vector unless it sounds different now. Those
    no longer in the file lose their source; see `forget_detached`. Files that had presets before
    come before new ones, which may hold those now. Presets of the synths `keep`
    stay what they were where the new ones have a problem: those synths did not open.
    """
    with library.transaction() as db:
        rows = _followed_rows(db, source.path, presets)
        _detach(db, [source.path])
        seen: Counter[str] = Counter()
        for preset, row in zip(presets, rows, strict=True):
            place = (source.path, preset.name, seen[preset.name])
            seen[preset.name] += 1
            if preset.problem and row and row["synth"] in keep:
                _place(db, place, row["id"])
            else:
                _put_preset(db, source, preset, place[2], row)
        settle_places(db)
        db.execute(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)",
            (source.path, source.hash, source.mtime_ns, source.size, source.stamp),
        )
        advance_generation(db)


def _followed_rows(
    db: sqlite3.Connection, path: str, presets: Sequence[NewPreset]
) -> list[sqlite3.Row | None]:
    """The row of each preset that is known already: from this source, or one that went."""
    query = "SELECT * FROM presets WHERE source = ? ORDER BY occurrence, id"
    own = db.execute(query, (path,)).fetchall()
    gone = [row for each in {p.content for p in presets} for row in _detached(db, each)]
    new = [Identity(preset.content, preset.name) for preset in presets]
    steps = ((own, (by_both, by_content)), (gone, (by_both, by_content)), (own, (by_name,)))
    found: list[sqlite3.Row | None] = [None] * len(new)
    taken: set[int] = set()
    for rows, keys in steps:
        left = [at for at, row in enumerate(found) if row is None]
        free = [row for row in rows if row["id"] not in taken]
        identities = [Identity(row["content"], row["name"]) for row in free]
        for at, position in zip(
            left, followed([new[n] for n in left], identities, keys), strict=True
        ):
            if position is not None:
                found[at] = free[position]
                taken.add(free[position]["id"])
    return found


def _detached(db: sqlite3.Connection, content: str) -> list[sqlite3.Row]:
    """The presets of a content that have no source any more."""
    if not content:
        return []
    query = "SELECT * FROM presets WHERE content = ? AND source = '' ORDER BY id"
    return db.execute(query, (content,)).fetchall()


def _detach(db: sqlite3.Connection, paths: Sequence[str]) -> None:
    """Take their source from presets; with it goes their place in it."""
    db.executemany(
        "UPDATE presets SET source = '', occurrence = id WHERE source = ?",
        [(path,) for path in paths],
    )


def _place(db: sqlite3.Connection, place: tuple[str, str, int], preset_id: int) -> None:
    values = (*place, preset_id)
    db.execute("UPDATE presets SET source = ?, name = ?, occurrence = ? WHERE id = ?", values)


def _put_preset(
    db: sqlite3.Connection,
    source: SourceFile,
    preset: NewPreset,
    occurrence: int,
    known: sqlite3.Row | None,
) -> None:
    place = (source.path, preset.name, occurrence)
    before = known["content"] if known else unread_content(*place)
    fields: dict[str, object] = {
        "source": source.path,
        "name": preset.name,
        "occurrence": occurrence,
        "bank": preset.bank,
        "author": preset.author,
        "tags": ",".join(preset.tags),
        "synth": preset.synth,
        "parameters": stored_values(preset.values),
        "schema_hash": preset.schema_hash,
        "source_hash": source.hash,
        "fingerprint": preset.fingerprint,
        "quarantine": preset.problem,
        "content": preset.content or before,
        "sound": preset.sound,
        "state": preset.state,
        "vector": None,
    }
    if known is None:
        names = ", ".join(fields)
        marks = ", ".join(f":{name}" for name in fields)
        row = db.execute(f"INSERT INTO presets ({names}) VALUES ({marks}) RETURNING id", fields)
        index_words(db, int(row.fetchone()[0]))
        return
    if _sounds_as(known, preset):
        fields |= {"vector": known["vector"], "quarantine": known["quarantine"]}
        fields["tags"] = ",".join(dict.fromkeys([*preset.tags, *sound_tags_of(known["tags"])]))
    db.execute(
        f"UPDATE presets SET {', '.join(f'{n} = :{n}' for n in fields)} WHERE id = :id",
        {**fields, "id": known["id"]},
    )
    _move_mark(db, (known["content"], known["name"]), (str(fields["content"]), preset.name))
    index_words(db, known["id"])


def _sounds_as(known: sqlite3.Row, preset: NewPreset) -> bool:
    """Whether what was found out about a preset by playing it still holds."""
    if preset.problem:
        return False
    if known["sound"]:
        return bool(known["sound"] == preset.sound)
    return bool(known["fingerprint"] == preset.fingerprint)  # put by an earlier Starling


def _move_mark(db: sqlite3.Connection, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Let a favourite's mark follow a preset that was edited or renamed."""
    if (
        old == new
        or not db.execute("SELECT 1 FROM favourites WHERE (content, name) = (?, ?)", old).fetchone()
    ):
        return
    db.execute("INSERT OR IGNORE INTO favourites VALUES (?, ?)", new)
    db.execute(
        "DELETE FROM favourites WHERE (content, name) = (:content, :name) AND NOT EXISTS "
        "(SELECT 1 FROM presets WHERE content = :content AND name = :name)",
        {"content": old[0], "name": old[1]},
    )


def detach_missing(library: LibraryDatabase, away: Sequence[Path] = ()) -> int:
    """Take their source from the presets of files that are no longer there; how many files.

    What lies in a folder that is `away` stays as it is, and so does what cannot be looked at.
    """
    known = known_sources(library)
    gone = [
        path for path in known if not _is_below(real_path(path), away) and is_gone(real_path(path))
    ]
    if gone:
        with library.transaction() as db:
            _detach(db, gone)
            db.executemany("DELETE FROM sources WHERE path = ?", [(path,) for path in gone])
            advance_generation(db)
    return len(gone)


def forget_detached(library: LibraryDatabase) -> int:
    """Remove the presets that no file holds any more; how many."""
    with library.transaction() as db:
        ids = [row[0] for row in db.execute("SELECT id FROM presets WHERE source = ''")]
        _remove(db, ids)
        if ids:
            advance_generation(db)
    return len(ids)


def forget_folder(library: LibraryDatabase, folder: Path, kept: Sequence[Path] = ()) -> int:
    """Remove the presets of the files in a folder, but for those in folders to be `kept`."""
    inside = [
        path
        for path in known_sources(library)
        if _is_below(real_path(path), [folder]) and not _is_below(real_path(path), kept)
    ]
    return forget_files(library, inside)


def forget_files(library: LibraryDatabase, paths: Sequence[str]) -> int:
    """Remove the presets of some files; how many. Favourite marks stay, should they come back."""
    query = "SELECT id FROM presets WHERE source = ?"
    with library.transaction() as db:
        ids = [row[0] for path in paths for row in db.execute(query, (path,))]
        _remove(db, ids)
        db.executemany("DELETE FROM sources WHERE path = ?", [(path,) for path in paths])
        advance_generation(db)
    return len(ids)


def presets_below(library: LibraryDatabase, folder: Path) -> int:
    """How many presets the files in a folder have."""
    counts = library.connection().execute("SELECT source, COUNT(*) FROM presets GROUP BY source")
    return sum(count for path, count in counts if path and _is_below(real_path(path), [folder]))


def _is_below(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def is_gone(path: Path) -> bool:
    """Whether a file is no longer there; not where the system does not let anybody look."""
    try:
        return not path.exists()
    except OSError:
        return False  # it cannot be looked at: a disk or a permission, not a file that went


def _remove(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    db.executemany("DELETE FROM presets WHERE id = ?", [(preset_id,) for preset_id in ids])
    db.executemany("DELETE FROM preset_words WHERE rowid = ?", [(preset_id,) for preset_id in ids])
