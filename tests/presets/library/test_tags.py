"""Tags and words from the names of presets."""

import pytest

from starling.presets.library.tags import name_tags, words


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("BrassSection2", ("brass",)),
        ("Warm Pad", ("pad",)),
        ("Subterfuge", ()),
        ("Sub Drop", ("bass",)),
        ("E.Piano", ("keys",)),
        ("SynStrings", ("strings",)),
        ("Lead Guitar FX", ("effects", "lead", "pluck")),
    ],
)
def test_tags_from_names(name: str, tags: tuple[str, ...]) -> None:
    assert name_tags(name) == tags


def test_words_of_a_name() -> None:
    assert words("StrangeWhistle2_FX-bass TR808") == [
        "strange",
        "whistle",
        "2",
        "fx",
        "bass",
        "tr",
        "808",
    ]
