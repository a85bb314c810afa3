"""The words of a search box as a query, and what they find."""

import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.errors import InputError
from starling.presets.library.text_query import parsed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("brass", {"Brass Section", "Soft Pad"}),
        ("bra sec", {"Brass Section"}),
        ("whistle", {"StrangeWhistle2"}),
        ("strangewh", {"StrangeWhistle2"}),
        ("tag:pad", {"Soft Pad"}),
        ("name:brass", {"Brass Section"}),
        ("bank:two", {"Soft Pad"}),
        ('bank:"brass bank" soft', {"Soft Pad"}),
        ("synth:ams author:ann", {"StrangeWhistle2"}),
        ("nothing", set()),
        ("brass -tag:pad", {"Brass Section"}),
        ("-brass", {"StrangeWhistle2"}),
        ("-brass -whistle", set()),
        ('-bank:"brass bank"', {"Brass Section", "StrangeWhistle2"}),
        ("soft-pad", {"Soft Pad"}),
        ("soft -- -", {"Soft Pad"}),
        ("!!! --", {"Brass Section", "Soft Pad", "StrangeWhistle2"}),
        ('"', {"Brass Section", "Soft Pad", "StrangeWhistle2"}),
    ],
)
def test_words_and_fields(shelf: Any, text: str, found: set[str]) -> None:
    shelf.put(shelf.new("Brass Section", "One"), shelf.new("StrangeWhistle2", "One", author="Anna"))
    shelf.put(shelf.new("Soft Pad", "Brass Bank Two"), path="b.bank")
    assert set(shelf.names(text)) == found


def test_an_unknown_field_names_the_known() -> None:
    with pytest.raises(InputError, match="no field colour:; known are synth:, bank:, tag:"):
        parsed("colour:red")
    with pytest.raises(InputError, match="at most 500 characters, got 501"):
        parsed("x" * 501)


@given(st.text(max_size=60).filter(lambda text: ":" not in text))
def test_no_text_breaks_the_query(text: str) -> None:
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE VIRTUAL TABLE t USING fts5 (name, bank, author, tags, synth, words)")
        for query in filter(None, (parsed(text).words, parsed(text).without)):
            # an empty table: nothing is found, and nothing is a syntax error
            assert db.execute("SELECT * FROM t WHERE t MATCH ?", (query,)).fetchall() == []
    db.close()


@pytest.mark.parametrize("text", ["is:favourite", "IS:fav", 'is:"favorite"', "is:favourite is:f"])
def test_favourites_in_either_spelling(text: str) -> None:
    wanted = parsed(f"tag:pad {text}")
    assert (wanted.words, wanted.favourite) == (parsed("tag:pad").words, True)
    assert parsed("").is_empty and not parsed(text).is_empty


@pytest.mark.parametrize("text", ["is:new", 'is:""', "is:favourites"])
def test_other_marks_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="known is is:favourite"):
        parsed(text)
