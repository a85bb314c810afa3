"""Whose music a folder holds: by its own files.csv, or as the person who imports it says."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starling.models.errors import ParseError

FILE = "files.csv"  # columns file (its path below the folder), licence, attribution
COLUMNS = ("file", "licence", "attribution")
NOT_STATED = "not stated"
MAX_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Origin:
    """Licence and attribution of a file."""

    licence: str = NOT_STATED
    attribution: str = NOT_STATED


def stated(folder: Path) -> dict[str, Origin]:
    """What the folder's files.csv says of each file, by its path; nothing where there is none.

    Raises ParseError for a table that is damaged or lacks a column.
    """
    path = folder / FILE
    if not path.is_file():
        return {}
    if path.stat().st_size > MAX_BYTES:
        raise ParseError(f"{FILE} is larger than {MAX_BYTES >> 20} MB")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
            if missing:
                raise ParseError(f"{FILE} has no column {missing[0]}; needed: {', '.join(COLUMNS)}")
            return {str(row["file"]): _origin(row) for row in table}
    except (UnicodeDecodeError, csv.Error) as error:
        raise ParseError(f"{FILE} is not a table in UTF-8: {error}") from error


def _origin(row: dict[str, str | None]) -> Origin:
    return Origin(row["licence"] or NOT_STATED, row["attribution"] or NOT_STATED)


def summary(origins: Iterable[Origin]) -> list[dict[str, Any]]:
    """One entry for each licence and attribution, with its number of files, for cards."""
    counts = Counter(origins)
    ordered = sorted(counts.items(), key=lambda pair: (pair[0].licence, pair[0].attribution))
    return [
        {"licence": each.licence, "attribution": each.attribution, "files": count}
        for each, count in ordered
    ]
