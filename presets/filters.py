"""The words of a search box to a full-text query: `synth:amsynth tag:pad warm str`. Pure.

Every word must match, in the name, bank, author, tags or synth; the beginning of a word is enough.
`field:word` looks in one field only; quotes keep words together: `bank:"Brians Bank"`.
"""

from __future__ import annotations

import re

from starling.models.errors import InputError
from starling.presets.tags import words

# What a user writes before the colon, and the column of the full-text table.
FIELDS = {"synth": "synth", "bank": "bank", "tag": "tags", "author": "author", "name": "name"}
COLUMNS = ("name", "bank", "author", "tags", "synth", "words")
TERM = re.compile(r'(?:(?P<field>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))')
MAX_LENGTH = 500  # characters; a search box, not a program


def full_text_query(text: str) -> str:
    """The FTS5 query for a filter; "" when it asks for nothing.

    >>> full_text_query("tag:pad warm str")
    '{tags} : "pad" * AND "warm" * AND "str" *'

    Raises InputError for an unknown field or an overlong text.
    """
    if len(text) > MAX_LENGTH:
        raise InputError(f"filter must have at most {MAX_LENGTH} characters, got {len(text)}")
    terms = [_term(match) for match in TERM.finditer(text)]
    return " AND ".join(term for term in terms if term)


def _term(match: re.Match[str]) -> str:
    field, phrase = match["field"], match["quoted"] or match["plain"] or ""
    if field is not None and field.lower() not in FIELDS:
        known = ", ".join(f"{name}:" for name in FIELDS)
        raise InputError(f"filter has no field {field}:; known are {known}")
    parts = re.findall(r"\w+", phrase)
    if not parts:
        return ""
    column = f"{{{FIELDS[field.lower()]}}} : " if field else ""
    return f'{column}"{" ".join(parts)}" *'


def indexed_words(name: str, bank: str) -> str:
    """What else a preset can be found by: the words inside `StrangeWhistle2`."""
    return " ".join(dict.fromkeys([*words(name), *words(bank)]))
