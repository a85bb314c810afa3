"""How the file of an older Starling gets today's tables. Each step keeps all that the file holds.

| version | what it brought                                                              |
|---------|------------------------------------------------------------------------------|
| 1       | presets, their sources and words                                             |
| 2       | favourites, named by file, name and place within the file                    |
| 3       | in which generation a vector was written, for the index over them            |
| 4       | what a preset and its sound are (`content`, `sound`), which favourites go    |
|         | by; the state that a plugin must be given                                    |
| 5       | the aspects of each sound (`presets/features/aspects`), NULL until heard anew |
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from starling.presets.library.identity import content_of, unread_content

Step = Callable[[sqlite3.Connection], None]


def _add_generations(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE presets ADD COLUMN heard INTEGER NOT NULL DEFAULT 0")


def _add_contents(db: sqlite3.Connection) -> None:
    for column in ("content", "sound"):
        db.execute(f"ALTER TABLE presets ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE presets ADD COLUMN state BLOB NOT NULL DEFAULT x''")
    rows = db.execute("SELECT id, source, name, occurrence, synth, parameters FROM presets")
    contents = [
        (
            content_of(row[4], row[5]) if row[5] != "{}" else unread_content(*row[1:4]),
            row[0],
        )
        for row in rows.fetchall()
    ]
    db.executemany("UPDATE presets SET content = ? WHERE id = ?", contents)


def _add_aspects(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE presets ADD COLUMN aspects BLOB")


def _free_the_name(db: sqlite3.Connection) -> None:
    """Favourites of versions 2 and 3 become `favourite_places`; version 1 had none."""
    found = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'favourites'").fetchone()
    if found:
        db.execute("ALTER TABLE favourites RENAME TO favourite_places")


def _settle_all(db: sqlite3.Connection) -> None:
    """Favourites by content; the next scan reads every file once more, for what `sound` lacks."""
    settle_places(db)
    db.execute("UPDATE sources SET stamp = ''")


def settle_places(db: sqlite3.Connection) -> None:
    """Turn favourites that are named by place into ones by content, where the preset is there."""
    place = "(source, name, occurrence)"
    db.execute(
        f"INSERT OR IGNORE INTO favourites SELECT content, name FROM presets WHERE {place} IN "
        "favourite_places"
    )
    db.execute(
        f"DELETE FROM favourite_places WHERE {place} IN "
        "(SELECT source, name, occurrence FROM presets)"
    )


# Steps by the version that they lead to: before today's tables are made, and after.
BEFORE_TABLES: tuple[tuple[int, Step], ...] = (
    (3, _add_generations),
    (4, _add_contents),
    (4, _free_the_name),
    (5, _add_aspects),
)
AFTER_TABLES: tuple[tuple[int, Step], ...] = ((4, _settle_all),)
