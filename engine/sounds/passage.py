"""Which passage of a texture a sound is: its prime, its span, its turned controls. Pure.

In a recipe these fields stand only where they say something: recipes of one-shots have none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from starling.models.errors import InputError

LAST_FRAME = 2**31 - 1  # OSC's int32
MAX_VALUE = 3.4e38  # of a control: a float32
PRIME = re.compile(r"[0-9a-f]{32}")
FIELDS = ("prime", "span", "turns")
Turns = tuple[
    tuple[int, tuple[tuple[str, float], ...]], ...
]  # frame, and what is set from there on


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a texture; empty for all other sounds.

    `prime` is the id of the stored samples that the texture goes on from, `span` the first frame
    and how many. `turns` is a hash where there are more turns than a recipe can hold: such a sound
    is kept, but cannot be made again.
    """

    prime: str = ""
    span: tuple[int, int] | None = None
    turns: Turns | str = ()

    def fields(self) -> dict[str, object]:
        """The fields of a recipe that say something, ready for JSON."""
        shown: dict[str, object] = {}
        if self.prime:
            shown["prime"] = self.prime
        if self.span is not None:
            shown["span"] = list(self.span)
        if self.turns:
            held = self.turns
            shown["turns"] = (
                held if isinstance(held, str) else [[at, dict(set)] for at, set in held]
            )
        return shown


NO_PASSAGE = Passage()


def parse(fields: Mapping[str, Any]) -> Passage:
    """The passage of a recipe's fields, checked. Raises InputError (code `bad_recipe`)."""
    prime, span, turns = fields.get("prime", ""), fields.get("span"), fields.get("turns", [])
    if prime != "" and not _is_hash(prime):
        refuse(f"has a prime that is no id of a sound: {str(prime)[:80]!r}")
    if span is not None and not _is_span(span):
        refuse(f"needs a span [first frame, frames] of whole numbers; got {str(span)[:80]}")
    return Passage(prime, None if span is None else (span[0], span[1]), _turns(turns))


def refuse(why: str, error: BaseException | None = None) -> NoReturn:
    """Raise InputError (code `bad_recipe`): `a recipe` and the rest of the sentence."""
    raise InputError(f"a recipe {why}", code="bad_recipe") from error


def is_number(value: object) -> bool:
    """Whether it can be a control's value: NaN, infinity and truth values cannot."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= MAX_VALUE


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and PRIME.fullmatch(value) is not None


def _is_span(span: object) -> bool:
    if not (isinstance(span, list) and len(span) == 2):
        return False
    start, frames = span
    if type(start) is not int or type(frames) is not int:
        return False
    return start >= 0 and frames >= 1 and start + frames <= LAST_FRAME


def _turns(turns: object) -> Turns | str:
    if isinstance(turns, str) and _is_hash(turns):
        return turns
    if not isinstance(turns, list) or not all(map(_is_turn, turns)):
        refuse(f"needs turns [[frame, {{control: value}}], ...]; got {str(turns)[:80]}")
    frames = [frame for frame, _ in turns]
    if frames != sorted(set(frames)):
        refuse(f"has turns that are not in order of their frames: {str(frames)[:80]}")
    return tuple((frame, tuple(sorted(values.items()))) for frame, values in turns)


def _is_turn(turn: object) -> bool:
    if not (isinstance(turn, list) and len(turn) == 2 and isinstance(turn[1], dict) and turn[1]):
        return False
    frame, values = turn
    return type(frame) is int and 0 <= frame <= LAST_FRAME and all(map(is_number, values.values()))
