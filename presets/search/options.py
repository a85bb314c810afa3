"""What a search weighs and in which direction it moves its query: a table, and its values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from starling.models.errors import InputError
from starling.presets.features.aspects import ASPECTS, NAMES, TIMBRE

SHIFT = "shift_"  # begins the options that move the query in an aspect


@dataclass(frozen=True, slots=True)
class Option:
    """One number of a search, as the wire and the command line take it."""

    name: str
    low: float
    high: float
    text: str


OPTIONS: tuple[Option, ...] = (
    *(Option(name, 0, 1, f"how much {name} counts; {int(name == TIMBRE)} if left out")
      for name in NAMES),
    *(Option(f"{SHIFT}{aspect.name}", -3, 3,
             f"look for {aspect.less} (-) or {aspect.more} (+) sounds than the query; a step is "
             f"{aspect.scale:g} {aspect.unit}")
      for aspect in ASPECTS),
    Option("family", 0, 1, "how much the family of instruments counts within timbre against which "
           "sound it is; if left out .85 for a file, .5 for a preset"),
    Option("from", 0, 600, "seconds into the file at which the sound is taken; if left out its "
           "onset"),
    Option("to", 0, 600, "seconds into the file at which it ends; if left out one second later"),
)  # fmt: skip
_KNOWN = {option.name: option for option in OPTIONS}


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """The options of one search. `weights` and `shifts` are by aspect; None is left out."""

    weights: dict[str, float] = field(default_factory=dict)
    shifts: dict[str, float] = field(default_factory=dict)
    family: float | None = None
    start: float | None = None
    end: float | None = None

    @property
    def weighs(self) -> dict[str, float]:
        """The weights of timbre and of all aspects that count, which sum to 1."""
        aspects = {name: self.weights.get(name, float(name == TIMBRE)) for name in NAMES}
        for name, amount in self.shifts.items():  # what is moved must count
            if amount and not self.weights.get(name):
                aspects[name] = MOVED
        total = sum(aspects.values()) or 1.0
        return {name: weight / total for name, weight in aspects.items() if weight}


MOVED = 0.7  # how much an aspect counts in which the query was moved, where nobody said


def parsed(pairs: Iterable[tuple[str, float]]) -> SearchOptions:
    """Options by name, the last of each counting.

    Raises InputError (code `bad_option`) for an unknown one, or a value that is out of range.
    """
    values: dict[str, float] = {}
    for name, value in pairs:
        option = _KNOWN.get(name)
        if option is None:
            known = ", ".join(_KNOWN)
            raise InputError(f"no option is called {name[:40]!r}; use {known}", code="bad_option")
        if not (math.isfinite(value) and option.low <= value <= option.high):
            raise InputError(
                f"{name} must be {option.low:g}..{option.high:g}, got {value:g}", code="bad_option"
            )
        values[name] = value
    weights = {name: values[name] for name in NAMES if name in values}
    if weights.get(TIMBRE, 1.0) == 0 and not any(weights.values()):
        raise InputError("at least one weight must be above 0", code="bad_option")
    shifts = {
        aspect.name: values[SHIFT + aspect.name]
        for aspect in ASPECTS
        if values.get(SHIFT + aspect.name)
    }
    start, end = values.get("from"), values.get("to")
    if end is not None and end <= (start or 0.0):
        raise InputError("`to` must lie after `from`", code="bad_option")
    return SearchOptions(weights, shifts, values.get("family"), start, end)
