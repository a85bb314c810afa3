"""What a preset is, whatever its file is called: a hash of its synth and values. Pure.

A preset that a file held before is found again among those it holds now, so that its id, vector and
favourite mark follow it when the file around it is edited, renamed or moved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "Identity",
    "by_both",
    "by_content",
    "by_name",
    "content_of",
    "followed",
    "unread_content",
]


class Identity(NamedTuple):
    """The content of a preset ("" where it could not be read) and its name."""

    content: str
    name: str


def content_of(synth: str, parameters: str, state: bytes = b"") -> str:
    """The hash (hex) of a preset's values, as the JSON that is stored, and its plugin's state.

    A plugin counts by its file's name: it may lie elsewhere tomorrow.
    """
    parts = (Path(synth).name, parameters, hashlib.sha256(state).hexdigest() if state else "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def unread_content(source: str, name: str, occurrence: int) -> str:
    """What stands for the content of a preset that could never be read: its place."""
    return hashlib.sha256(f"unread\n{source}\n{name}\n{occurrence}".encode()).hexdigest()


def followed(
    new: Sequence[Identity],
    known: Sequence[Identity],
    keys: Sequence[Callable[[Identity], Hashable]],
) -> list[int | None]:
    """For each new preset the position of the known one that it is, each taken once.

    `keys` are ways to be the same, the surest first; a key that is "" or None fits nothing.

    >>> old = [Identity("a", "INIT"), Identity("b", "INIT")]
    >>> followed([Identity("c", "INIT"), Identity("b", "INIT")], old, [by_both, by_name])
    [0, 1]
    """
    found: list[int | None] = [None] * len(new)
    free = dict(enumerate(known))
    for key in keys:
        places: dict[Hashable, list[int]] = {}
        for at, identity in free.items():
            places.setdefault(key(identity), []).append(at)
        for at, identity in enumerate(new):
            wanted = key(identity)
            if found[at] is None and wanted and places.get(wanted):
                found[at] = places[wanted].pop(0)
        free = {at: identity for at, identity in free.items() if at not in found}
    return found


def by_both(identity: Identity) -> Hashable:
    """The same sound under the same name."""
    return identity if identity.content else None


def by_content(identity: Identity) -> Hashable:
    """The same sound, renamed."""
    return identity.content


def by_name(identity: Identity) -> Hashable:
    """The same name, with another sound: edited."""
    return identity.name
