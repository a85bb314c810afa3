"""The embedder of a library: what the user chose, else what made it, else the default.

A choice is remembered in the library; `embedder_choice` writes it. Imported by `database`, and so
it does not import that.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from starling.models.errors import InputError, MissingError
from starling.presets.features.embedder import Embedder
from starling.presets.features.embedders import EMBEDDERS, default, find
from starling.presets.index.vector_file import VectorFile
from starling.presets.library.tables import DATABASE, read_meta, read_only

VECTORS = "vectors.f32"
CHOICE_KEY = "embedder"  # of the library: the user's choice as JSON
NEXT = "next_embedder"  # of the library: what it is being heard anew by (`scan/rehear`), as JSON
NEXT_VECTORS = "vectors-next.f32"


def library_embedder(folder: Path) -> Embedder:
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


def recover(db: sqlite3.Connection, vectors: VectorFile) -> None:
    """Finish what a crash has interrupted after the new file had taken its place; in a transaction.

    Raises ParseError for a file that is no vector file.
    """
    wanted = read_meta(db, NEXT, "")
    if wanted and vectors.path.exists() and json.dumps(vectors.made_by()[0]) == wanted:
        take_over(db)


def take_over(db: sqlite3.Connection) -> None:
    """Let every preset have its row of the new file."""
    generation = int(read_meta(db, "generation", "0")) + 1
    db.execute("UPDATE presets SET vector = NULL WHERE vector IS NOT NULL")
    db.execute(
        "UPDATE presets SET vector = r.row, heard = ?, aspects = r.aspects FROM reheard AS r "
        "WHERE r.preset = presets.id",
        (generation,),
    )
    db.execute("DELETE FROM reheard")
    db.execute("DELETE FROM meta WHERE key IN ('deviation', 'index', ?)", (NEXT,))
    db.execute("INSERT OR REPLACE INTO meta VALUES ('generation', ?)", (str(generation),))


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
        with closing(sqlite3.connect(read_only(database), uri=True)) as db:
            return read_meta(db, CHOICE_KEY, "")
    except sqlite3.DatabaseError:
        return ""
