"""Favourites, which outlive scans and older files, and the facets that a window offers."""

import json
from typing import Any

import pytest

from starling.models.errors import InputError
from starling.presets.library import sources
from starling.presets.search.by_sound import search_preset


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
    assert shelf.names("-is:favourite") == ["Brass", "Lead"]
    assert shelf.library.preset(2).favourite and not shelf.library.preset(1).favourite
    shelf.library.favourite(2, False)
    assert shelf.names("is:favourite") == [] and len(shelf.names("")) == 3


def test_an_unknown_preset_is_no_favourite(shelf: Any) -> None:
    shelf.put("Brass")
    for on in (True, False):
        with pytest.raises(InputError, match="no preset 7") as told:
            shelf.library.favourite(7, on)
        assert told.value.code == "unknown_preset"


def test_a_favourite_is_a_sound_under_a_name_wherever_its_file_is(shelf: Any) -> None:
    """Of presets of one name, the marked sound is followed: another before it, elsewhere, back."""
    inits = [shelf.new("INIT", fingerprint=f"algorithm {n}") for n in (31, 3, 7, 20)]
    shelf.put(*inits)
    shelf.library.favourite(3, True)
    shelf.put(shelf.new("INIT", fingerprint="algorithm 12"), *inits)  # one more, before all
    assert favourites(shelf) == [(3, "algorithm 7")]
    gone = sources.detach_missing(shelf.library)
    shelf.put(*inits, path="elsewhere/renamed.bank")
    assert gone == 1 and favourites(shelf) == [(3, "algorithm 7")]
    sources.forget_files(shelf.library, ["elsewhere/renamed.bank"])
    assert shelf.library.count() == 0
    shelf.put(*inits, path="back.bank")
    assert [sound for _, sound in favourites(shelf)] == ["algorithm 7"]


def test_a_favourite_follows_a_new_name_and_an_edit(shelf: Any) -> None:
    shelf.put("A", "B")
    shelf.library.favourite(2, True)
    shelf.put("A", shelf.new("B 2", fingerprint="B"))
    assert favourites(shelf) == [(2, "B")] and shelf.names("is:favourite") == ["B 2"]
    shelf.put("A", shelf.new("B 2", fingerprint="brighter"))
    assert favourites(shelf) == [(2, "brighter")]
    rows = shelf.library.connection().execute("SELECT content, name FROM favourites")
    assert [tuple(row) for row in rows] == [("brighter", "B 2")]


def test_a_preset_that_cannot_be_read_for_a_while_keeps_its_mark(shelf: Any) -> None:
    """As when its synth is not installed: its values are not known, its name is."""
    shelf.put("A", "B")
    shelf.library.favourite(2, True)
    shelf.put("A", shelf.new("B", problem="not installed"), embed=False)
    shelf.put("A", "B")
    assert favourites(shelf) == [(2, "B")]


def test_favourites_are_saved_beside_the_library(shelf: Any) -> None:
    shelf.put("A", "B")
    shelf.library.favourite(2, True)
    saved = json.loads((shelf.library.folder / "favourites.json").read_text())
    assert saved == {"format": 1, "favourites": [{"content": "B", "name": "B"}]}


def favourites(shelf: Any) -> list[tuple[int, str]]:
    """Id and sound of the marked presets."""
    ids = [preset.id for preset in shelf.library.select("TRUE ORDER BY id") if preset.favourite]
    query = "SELECT sound FROM presets WHERE id = ?"
    db = shelf.library.connection()
    return [(each, db.execute(query, (each,)).fetchone()[0]) for each in ids]


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
