"""Change a library's embedder: remember the user's choice, or follow this Starling's default.

Without a choice, a scan changes to the default of this Starling when that is another than what made
the library, and embeds everything again.
"""

from __future__ import annotations

import json

from starling.presets.features.embedder import Embedder
from starling.presets.features.embedders import default
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.embedder import CHOICE_KEY


def remember(library: LibraryDatabase, embedder: Embedder) -> None:
    """Store the user's choice; choosing the default means to follow it in future."""
    choice = {"name": embedder.name, "weights": str(embedder.weights or "")}
    with library.transaction() as db:
        if embedder.key == default().key:
            db.execute("DELETE FROM meta WHERE key = ?", (CHOICE_KEY,))
        else:
            values = (CHOICE_KEY, json.dumps(choice))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", values)


def due(library: LibraryDatabase) -> Embedder | None:
    """The default, where the user chose no other and the library was heard by another one."""
    new = default()
    if library.pinned or library.meta(CHOICE_KEY, "") or new.key == library.embedder.key:
        return None
    return new


def follow_default(library: LibraryDatabase) -> tuple[str, Embedder | None]:
    """Change to the default where the user chose no other: a sentence if that is a change, and
    the embedder by which all is to be heard anew while the old vectors serve.
    """
    new, old = due(library), library.embedder
    if new is None:
        return "", None
    sentence = f"the library was heard by {old.key}; everything is heard again by {new.key}"
    if not library.count():
        library.reembed(new)
        return sentence, None
    return sentence, new
