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


def follow_default(library: LibraryDatabase) -> str:
    """Change to the default where the user chose no other; a sentence if that is a change."""
    new, old = default(), library.embedder
    if library.pinned or library.meta(CHOICE_KEY, "") or new.key == old.key:
        return ""
    library.reembed(new)
    return f"the library was heard by {old.key}; everything is heard again by {new.key}"
