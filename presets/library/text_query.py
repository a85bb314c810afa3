"""The words of a search box to a full-text query: `synth:amsynth tag:pad warm str`. Pure.

Every word must match, in the name, bank, author, tags or synth; the beginning of a word is enough.
`field:word` looks in one field only; quotes keep words together: `bank:"Brians Bank"`.
`is:favourite` lets only favourites through. A minus before a term leaves out what it finds:
`pad -dark -tag:slow`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from starling.models.errors import InputError
from starling.presets.library.tags import words

# What a user writes before the colon, and the column of the full-text table.
FIELDS = {"synth": "synth", "bank": "bank", "tag": "tags", "author": "author", "name": "name"}
COLUMNS = ("name", "bank", "author", "tags", "synth", "words")
TERM = re.compile(
    r'(?P<minus>(?<!\S)-)?(?:(?P<field>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))'
)
MAX_LENGTH = 500  # characters; a search box, not a program
MARKS = {"favourite": "favourite", "favorite": "favourite"}  # after is:, in either spelling


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter: an FTS5 query ("" for any words), whether only favourites (None: whether
    or not), and a query whose matches are left out.
    """

    words: str
    favourite: bool | None = None
    without: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether every preset passes."""
        return not self.words and self.favourite is None and not self.without


def parsed(text: str) -> Filter:
    """Parse a filter.

    >>> parsed("tag:pad warm str is:favourite")
    Filter(words='{tags} : "pad" * AND "warm" * AND "str" *', favourite=True, without='')
    >>> parsed("pad -dark")
    Filter(words='"pad" *', favourite=None, without='"dark" *')

    Raises InputError for an unknown field, an unknown word after is:, or an overlong text.
    """
    if len(text) > MAX_LENGTH:
        raise InputError(f"filter must have at most {MAX_LENGTH} characters, got {len(text)}")
    found = list(TERM.finditer(text))
    marks = {_mark(match): not match["minus"] for match in found if _field(match) == "is"}
    terms = [(_term(match), match["minus"]) for match in found if _field(match) != "is"]
    return Filter(
        " AND ".join(term for term, minus in terms if term and not minus),
        marks.get("favourite"),
        " OR ".join(term for term, minus in terms if term and minus),
    )


def _field(match: re.Match[str]) -> str:
    return (match["field"] or "").lower()


def _mark(match: re.Match[str]) -> str:
    word = (match["quoted"] or match["plain"] or "").lower()
    for name, mark in MARKS.items():
        if word and name.startswith(word):  # as with words, the beginning is enough
            return mark
    raise InputError(f"filter has no is:{word}; known is is:favourite")


def _term(match: re.Match[str]) -> str:
    field, phrase = _field(match), match["quoted"] or match["plain"] or ""
    if field and field not in FIELDS:
        known = ", ".join(f"{name}:" for name in [*FIELDS, "is"])
        raise InputError(f"filter has no field {field}:; known are {known}")
    parts = re.findall(r"\w+", phrase)
    if not parts:
        return ""
    column = f"{{{FIELDS[field]}}} : " if field else ""
    return f'{column}"{" ".join(parts)}" *'


def indexed_words(name: str, bank: str) -> str:
    """What else a preset can be found by: the words inside `StrangeWhistle2`."""
    return " ".join(dict.fromkeys([*words(name), *words(bank)]))
