"""Words, aspects and families in a library of made-up vectors."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from starling.models.errors import InputError
from starling.presets.features import aspects
from starling.presets.features.embedder import Embedder, Families
from starling.presets.library import writer
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.preset import relation_of
from starling.presets.library.writer import ScannedPreset
from starling.presets.search.by_sound import search_preset, search_sound, search_words
from starling.presets.search.by_text import find
from starling.presets.search.options import parsed

BRASS, FLUTE = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
SCALE = ((0.0, 0.0), (0.6, 0.5), (0.9, 0.9), (1.0, 1.0))


def heard(signal: np.ndarray) -> np.ndarray:
    """Which sound: by the first sample; of which family: by the second."""
    number, family = int(signal[0] * 10 + 0.5), BRASS if signal[1] < 0 else FLUTE
    return np.concatenate([np.eye(4, dtype=np.float32)[number], family]) / np.sqrt(np.float32(2))


def words(text: str) -> np.ndarray | None:
    return {"brass": BRASS, "flute": FLUTE}.get(text.lower())


TOY = Embedder(
    "toy", 1, 44_100, 44_100, 6, heard, "cosine", parts=(4, 2),
    families=Families(0.9, dict.fromkeys(("preset", "recording", "words"), SCALE), words),
)  # fmt: skip


def described(brightness: float, note: float = 60.0) -> bytes:
    values = aspects.neutral()
    values[0], values[10] = note, brightness
    return values.astype("<f4").tobytes()


@pytest.fixture
def library(shelf: Any, tmp_path: Path) -> Iterator[LibraryDatabase]:
    """Sounds 0 and 1 are brass, 2 and 3 flutes; each is brighter than the one before."""
    opened = LibraryDatabase.open(tmp_path / "toy", TOY)
    type(shelf)(opened).put("Dull One", "One", "Two", "Shrill Two", embed=False)
    waiting = writer.waiting(opened)
    scanned = [
        ScannedPreset(
            preset.id, heard(np.array([at / 10, (-1, -1, 1, 1)[at]])), aspects=described(at - 1)
        )
        for at, preset in enumerate(waiting)
    ]
    writer.commit_scanned(opened, scanned)
    writer.finish(opened)
    yield opened
    opened.close()


def names(hits: Any) -> list[str]:
    return [hit.name for hit in hits]


def test_words_find_the_family_that_they_mean(library: LibraryDatabase) -> None:
    hits = search_words(library, "Brass", 4)
    assert set(names(hits)[:2]) == {"Dull One", "One"} and hits[0].score == pytest.approx(1)
    assert [hit.score for hit in hits[2:]] == pytest.approx([0, 0], abs=1e-6)
    assert names(search_words(library, "flute", 1, "name:shrill")) == ["Shrill Two"]


def test_adjectives_move_aspects(library: LibraryDatabase) -> None:
    assert names(search_words(library, "bright brass", 1)) == ["One"]
    assert names(search_words(library, "darker brass", 1)) == ["Dull One"]
    assert names(search_words(library, "brilliant", 1)) == ["Two"]  # an octave above the middle


@pytest.mark.parametrize("text", ["", "   ", "zither", "12 34", "орган", "ø" * 500])
def test_words_that_mean_no_sound_are_told(library: LibraryDatabase, text: str) -> None:
    with pytest.raises(InputError, match=r"say what to search for|mean no sound") as caught:
        search_words(library, text, 4)
    assert caught.value.code == "no_query"


def test_too_many_words_are_refused(library: LibraryDatabase) -> None:
    with pytest.raises(InputError, match="at most 500 characters") as caught:
        search_words(library, "brass " * 2_000, 4)
    assert caught.value.code == "bad_words"


def test_a_preset_and_words_together(library: LibraryDatabase) -> None:
    assert names(search_preset(library, 2, 3))[0] == "Dull One", "its family"
    found = search_preset(library, 2, 3, words="flute")
    assert set(names(found)[:2]) == {"Two", "Shrill Two"}


def test_the_family_counts_as_it_is_weighed(library: LibraryDatabase) -> None:
    """A recording that is sound 0 but of the other family."""
    sound = np.array([0.0, 1.0, *np.zeros(44_098)], np.float32)
    sound[2] = 1.0
    as_family = names(search_sound(library, [sound], 4))
    as_sound = names(search_sound(library, [sound], 4, options=parsed([("family", 0)])))
    assert set(as_family[:3]) == {"Dull One", "Two", "Shrill Two"}, "its sound, then its family"
    assert as_sound[0] == "Dull One"


def test_aspects_are_told_and_weighed(library: LibraryDatabase) -> None:
    hit = search_preset(library, 2, 3)[0]
    assert len(hit.aspects) == len(aspects.NAMES)
    told = dict(zip(aspects.NAMES, hit.aspects, strict=True))
    assert told["pitch"] == told["envelope"] == told["noisiness"] == 1.0
    assert told["brightness"] == pytest.approx(np.exp(-1), abs=1e-5)
    by_brightness = search_preset(library, 2, 3, options=parsed([("timbre", 0), ("brightness", 1)]))
    assert set(names(by_brightness)[:2]) == {"Dull One", "Two"}
    brighter = search_preset(library, 2, 3, options=parsed([("shift_brightness", 2)]))
    assert brighter[0].name != "Dull One"


def test_presets_that_no_one_has_described_can_still_be_found(library: LibraryDatabase) -> None:
    with library.transaction() as db:
        db.execute("UPDATE presets SET aspects = NULL WHERE id = 1")
        db.execute("UPDATE presets SET aspects = x'00' WHERE id = 3")
        writer.advance_generation(db)
    found = search_preset(library, 2, 3, options=parsed([("brightness", 1)]))
    assert len(found) == 3
    assert {hit.name: hit.aspects[3] for hit in found}["Dull One"] == 0


def test_one_field_finds_letters_first_and_then_what_is_meant(library: LibraryDatabase) -> None:
    hits = find(library, "one", 4)
    assert set(names(hits)) == {"One", "Dull One"} and all(hit.score == 0 for hit in hits)
    hits = find(library, "brass", 4)
    assert set(names(hits)[:2]) == {"One", "Dull One"} and hits[0].score == pytest.approx(1)
    assert names(find(library, "brass -dull", 4))[0] == "One"
    assert "Dull One" not in names(find(library, "brass -dull", 4))


def test_an_embedder_without_families_knows_only_adjectives(library: LibraryDatabase) -> None:
    library.embedder = replace(TOY, families=None)
    assert names(search_words(library, "brilliant", 1)) == ["Two"]
    with pytest.raises(InputError, match=r"say what to search for|mean no sound"):
        search_words(library, "brass", 1)


@pytest.mark.parametrize(
    ("score", "word"),
    [(1.0, "same"), (0.9, "same"), (0.89, "near"), (0.5, "near"), (0.49, "related"), (0, "far")],
)
def test_scores_in_words(score: float, word: str) -> None:
    assert relation_of(score) == word


def test_words_alone_compare_only_what_they_say(library: LibraryDatabase) -> None:
    hit = search_words(library, "bright brass", 1)[0]
    told = dict(zip(aspects.NAMES, hit.aspects, strict=True))
    assert told["timbre"] > 0.9 and told["brightness"] > 0.3
    assert told["pitch"] == told["envelope"] == told["noisiness"] == 0
