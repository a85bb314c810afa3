"""Which embedder a library is heard by: what the user chose, else what made it, else the default.

A choice is remembered in the library. Without one, a scan changes to the default of this Starling
when that is another than what the library was made by, and hears everything again.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from starling.models.errors import InputError, MissingError
from starling.presets.embed import EMBEDDERS, Embedder, default, find
from starling.presets.library_tables import DATABASE, remark
from starling.presets.vectors import VectorFile

if TYPE_CHECKING:
    from starling.presets.library import Library

VECTORS = "vectors.f32"
REMARK = "embedder"  # of the library: the user's choice as JSON


def chosen(folder: Path) -> Embedder:
    """The embedder of the library in a folder, which may not exist yet.

    Raises MissingError where the weights or the package of the user's choice are gone.
    """
    text = _remembered(folder / DATABASE)
    if text:
        choice = json.loads(text)
        weights = Path(choice["weights"]) if choice["weights"] else None
        try:
            return find(choice["name"], weights)
        except (InputError, MissingError) as exc:
            raise MissingError(
                f"the library is heard by {choice['name']}, which cannot be used: {exc}; or go "
                "back with `starling presets scan --embedder timbre`"
            ) from exc
    path = folder / VECTORS
    return (_maker(VectorFile(path, "", 0)) if path.is_file() else None) or default()


def replaceable(file: VectorFile) -> bool:
    """Whether a library's vectors were made by one of our embedders with other weights.

    So it is when a newer Starling brings better ones: nothing here can be compared with them.
    """
    key = file.made_by()[0]
    return key != file.key and key.partition("/")[0] in EMBEDDERS


def _maker(file: VectorFile) -> Embedder | None:
    """What made a vector file, if it is here."""
    try:
        return find(file.made_by()[0])
    except (InputError, MissingError):
        return None


def _remembered(database: Path) -> str:
    """The choice that is stored in a library, or nothing. A damaged file is reported elsewhere."""
    if not database.is_file():
        return ""
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as db:
            return remark(db, REMARK, "")
    except sqlite3.DatabaseError:
        return ""


def remember(library: Library, embedder: Embedder) -> None:
    """Store the user's choice; choosing the default means to follow it in future."""
    choice = {"name": embedder.name, "weights": str(embedder.weights or "")}
    with library.transaction() as db:
        if embedder.key == default().key:
            db.execute("DELETE FROM meta WHERE key = ?", (REMARK,))
        else:
            values = (REMARK, json.dumps(choice))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)


def follow_default(library: Library) -> str:
    """Change to the default where nobody chose otherwise; a sentence if that is a change."""
    new, old = default(), library.embedder
    if library.pinned or library.meta(REMARK, "") or new.key == old.key:
        return ""
    library.hear_anew(new)
    return f"the library was heard by {old.key}; everything is heard again by {new.key}"
