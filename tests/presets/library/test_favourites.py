"""Favourites, which outlive scans and older files, and the facets that a window offers."""

import sqlite3
from typing import Any

import pytest

from starling.models.errors import InputError
from starling.presets.library import writer
from starling.presets.library.database import DATABASE, LibraryDatabase
from starling.presets.search.by_sound import search_preset

# The tables that Starling 0.1 made, where its libraries differ from today's.
VERSION_1 = """
DROP TABLE favourites;
ALTER TABLE presets DROP COLUMN heard;
PRAGMA user_version = 1;
"""


def test_a_favourite_is_marked_found_and_forgotten(shelf: Any) -> None:
    shelf.put("Brass", "Pad", "Lead")
    shelf.library.favourite(2, True)
    shelf.library.favourite(2, True)  # once more changes nothing
    assert [(hit.name, hit.favourite) for hit in shelf.library.find("", 9)] == [
        ("Brass", False),
        ("Lead", False),
        ("Pad", True),
    ]
    assert shelf.names("is:favourite") == ["Pad"] and shelf.names("is:favourite brass") == []
    assert [(h.name, h.favourite) for h in search_preset(shelf.library, 1, 9, "is:fav")] == [
        ("Pad", True)
    ]
    assert shelf.library.preset(2).favourite and not shelf.library.preset(1).favourite
    shelf.library.favourite(2, False)
    assert shelf.names("is:favourite") == [] and len(shelf.names("")) == 3


def test_an_unknown_preset_is_no_favourite(shelf: Any) -> None:
    shelf.put("Brass")
    for on in (True, False):
        with pytest.raises(InputError, match="no preset 7") as told:
            shelf.library.favourite(7, on)
        assert told.value.code == "unknown_preset"


def test_scans_and_banks_that_are_away_keep_favourites(shelf: Any) -> None:
    shelf.put("A", "B", "B")
    shelf.library.favourite(3, True)  # the second B
    shelf.put("B", "New", shelf.new("B", fingerprint="changed"), "A")
    assert [(p.id, p.name) for p in shelf.library.select("1") if p.favourite] == [(3, "B")]
    writer.forget_missing(shelf.library)  # the bank's file is gone
    assert shelf.library.count() == 0
    shelf.put("A", "B", "B")
    kept = [p for p in shelf.library.select("1 ORDER BY id") if p.favourite]
    assert [p.name for p in kept] == ["B"] and kept[0].id == 7  # as new, and still a favourite


def test_a_library_of_version_1_keeps_all_that_it_holds(shelf: Any) -> None:
    shelf.put("Brass", "Pad")
    before = [hit.name for hit in search_preset(shelf.library, 1, 5)]
    shelf.library.close()
    with sqlite3.connect(shelf.library.folder / DATABASE) as db:
        db.executescript(VERSION_1)
    db.close()
    with_favourites = LibraryDatabase.open(shelf.library.folder)
    assert [hit.name for hit in search_preset(with_favourites, 1, 5)] == before == ["Pad"]
    with_favourites.favourite(1, True)
    assert [hit.name for hit in with_favourites.find("is:favourite", 5)] == ["Brass"]
    with_favourites.close()


def test_facets_count_what_can_be_found(shelf: Any) -> None:
    shelf.put(shelf.new("Brass", tags=("brass", "warm")), shelf.new("Horn", tags=("brass",)))
    shelf.put(shelf.new("Kick", "Drums", synth="starling"), path="b.bank")
    shelf.put(shelf.new("Bad", "Broken", problem="no number"), path="c.bank")
    shelf.put(shelf.new("Unheard", "Silent"), path="d.bank", embed=False)
    assert [tuple(facet) for facet in shelf.library.facets()] == [
        ("synth", "amsynth", 2),
        ("synth", "starling", 1),
        ("bank", "Bank", 2),
        ("bank", "Drums", 1),
        ("tag", "brass", 2),
        ("tag", "percussion", 1),  # from the name
        ("tag", "warm", 1),
    ]


def test_an_empty_library_has_no_facets(shelf: Any) -> None:
    assert shelf.library.facets() == []
