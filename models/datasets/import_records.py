"""What an import of sounds is asked for, and what became of each file. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from starling.models.datasets.discover import ClassBy
from starling.models.errors import InputError

Near = Literal["keep", "drop"]
RATES, SECONDS = (8_000, 192_000), (0.05, 30.0)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported, and how; `near` drop leaves out nearly equal sounds of a class.

    Raises InputError for a rate or a length out of range.
    """

    folder: Path
    name: str = ""
    rate: int = 44_100
    seconds: float = 2.0
    class_by: ClassBy = "folder"
    near: Near = "keep"
    licence: str = ""
    attribution: str = ""

    def __post_init__(self) -> None:
        for field, (low, high) in (("rate", RATES), ("seconds", SECONDS)):
            if not low <= getattr(self, field) <= high:
                raise InputError(f"{field} must be {low}..{high}, got {getattr(self, field)}")


@dataclass(frozen=True, slots=True)
class Done:
    """A source file that is done: `fields` of the sound it became, or the `reason` why not."""

    source: str
    label: str
    file: str
    size: int
    mtime_ns: int
    reason: str
    fields: dict[str, Any]
