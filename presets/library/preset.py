"""A preset of the library and a result of a search, as values. Knows SQL rows, but no database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Preset:
    """One preset; `values` are in the synth's own units. `quarantine` says why it cannot play.

    `state` is the file that its plugin must be given, where its sound is more than its values.
    """

    id: int
    name: str
    bank: str
    author: str
    tags: tuple[str, ...]
    synth: str
    values: Mapping[str, float]
    schema_hash: str
    source: str
    source_hash: str
    quarantine: str = ""
    favourite: bool = False
    state: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One result of a search. `score` is 1 for the same sound, and 0 for a search by words.

    `copies` counts the other presets that a search by sound left out, since they sound the same.
    """

    preset: int
    name: str
    synth: str
    bank: str
    tags: tuple[str, ...]
    score: float
    favourite: bool = False
    copies: int = 0
    aspects: tuple[float, ...] = ()  # similarity in timbre and in each aspect, by features/aspects


RELATIONS: tuple[tuple[float, str], ...] = (  # scores from which on a result is called so
    (0.9, "same"),  # as a preset and another of its notes
    (0.5, "near"),  # of the same family of instruments: so three of four are
    (0.25, "related"),  # halfway there from any other sound
    (0.0, "far"),
)


def relation_of(score: float) -> str:
    """What a score means in a word.

    >>> relation_of(0.95), relation_of(0.5), relation_of(0.1)
    ('same', 'near', 'far')
    """
    return next((word for least, word in RELATIONS if score >= least), RELATIONS[-1][1])


def preset_of(row: sqlite3.Row) -> Preset:
    """A row of the table `presets`, with the column `favourite`, as a value."""
    return Preset(
        id=row["id"],
        name=row["name"],
        bank=row["bank"],
        author=row["author"],
        tags=tuple(row["tags"].split(",")) if row["tags"] else (),
        synth=row["synth"],
        values=json.loads(row["parameters"]),
        schema_hash=row["schema_hash"],
        source=row["source"],
        source_hash=row["source_hash"],
        quarantine=row["quarantine"],
        favourite=bool(row["favourite"]),
        state=row["state"],
    )


def hit_of(
    preset: Preset, score: float, copies: int = 0, aspects: tuple[float, ...] = ()
) -> SearchHit:
    """A preset as a search result."""
    return SearchHit(
        *(preset.id, preset.name, preset.synth, preset.bank, preset.tags),
        score,
        preset.favourite,
        copies,
        aspects,
    )
