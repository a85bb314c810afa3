"""An import of sounds as a request, and the outcome for each of its files. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from starling.models.datasets.albums.tuning import PITCH_CLASSES
from starling.models.datasets.discover import ClassBy
from starling.models.errors import InputError

Near = Literal["keep", "drop"]
Kind = Literal["oneshots", "album", "nes"]
RATES, SECONDS = (8_000, 192_000), (0.05, 30.0)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A request to import a folder; `near` drop leaves out nearly equal sounds of a class.

    An album has recordings of any length: `seconds` and `near` are not for it, nor for scores
    (nes), which have no sample rate either. `tune`, a pitch class, is for an album of notes.
    Raises InputError for a rate or a length out of range, and for what is no pitch class.
    """

    folder: Path
    name: str = ""
    rate: int = 44_100
    seconds: float = 2.0
    class_by: ClassBy = "folder"
    near: Near = "keep"
    licence: str = ""
    attribution: str = ""
    kind: Kind = "oneshots"
    tune: str = ""

    def __post_init__(self) -> None:
        for field, (low, high) in (("rate", RATES), ("seconds", SECONDS)):
            if not low <= getattr(self, field) <= high:
                raise InputError(f"{field} must be {low}..{high}, got {getattr(self, field)}")
        if self.tune and self.tune not in PITCH_CLASSES:
            raise InputError(f"tune must be one of {', '.join(PITCH_CLASSES)}, got {self.tune!r}")


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The outcome for one source file: `fields` of the sound it became, or the `reason` why not."""

    source: str
    label: str
    file: str
    size: int
    mtime_ns: int
    reason: str
    fields: dict[str, Any]
