import pytest

from starling.models.timbre.families.table import FAMILIES, family_of, family_of_program, names


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("BRASS 5THS", "brass"),
        ("JUNOBRASS", "brass"),
        ("Brass Pad", "pad"),
        ("E.PIANO 9", "electric_piano"),
        ("FmRhodes18", "electric_piano"),
        ("PIANO 3", "piano"),
        ("ToyPiano3", "piano"),
        ("12String", "strings"),
        ("basss", "bass"),
        ("CEMBALO", "clavinet"),
        ("Steel Drum", "bell"),
        ("Streicher", "strings"),
        ("chitarra", "plucked"),
        ("Organic", "organ"),
        ("MellowYellow", None),
        ("", None),
    ],
)
def test_names_tell_families(name: str, family: str | None) -> None:
    assert family_of(name) == family


def test_words_that_are_kept_count_only_where_they_are_asked_for() -> None:
    for family in FAMILIES:
        for word in family.kept:
            bare = word.removesuffix("$")
            assert family_of(bare, kept=True) == family.name, bare
            assert family_of(bare) is None, bare


def test_the_first_text_that_tells_counts() -> None:
    assert family_of("Number 9", "voice", "pad") == "voice"


def test_every_program_of_general_midi_has_at_most_one_family() -> None:
    programs = [program for family in FAMILIES for program in family.programs]
    assert len(programs) == len(set(programs)) == 127  # 55, the orchestra hit, has none
    assert family_of_program(55) is None
    told = [family_of_program(at) for at in (0, 4, 19, 24, 33, 48, 52, 61, 73, 14, 81, 89)]
    assert told == [
        *("piano", "electric_piano", "organ", "plucked", "bass", "strings", "voice", "brass"),
        *("flute", "bell", "lead", "pad"),
    ]
    assert len(names()) == 16
