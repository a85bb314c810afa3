from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starling.models.errors import InputError, ParseError
from starling.models.nes.vgm import gd3
from starling.models.nes.vgm.gd3 import Tags

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)


@settings(deadline=None)
@given(st.builds(Tags, *[TEXT] * 11), st.binary(max_size=5))
def test_tags_survive_their_bytes(tags: Tags, before: bytes) -> None:
    content = gd3.to_bytes(tags)
    assert gd3.read(before + content, len(before)) == tags if content else tags == Tags()


def test_each_text_has_its_own_place() -> None:
    tags = Tags(*"abcdefghijk")
    assert gd3.to_bytes(tags)[12:] == b"".join(
        bytes((letter, 0, 0, 0)) for letter in b"abcdefghijk"
    )


def test_missing_texts_are_empty_and_more_are_passed_over() -> None:
    for body, tags in (("A\0B\0", Tags("A", "B")), ("\0" * 10 + "k\0more\0", Tags(notes="k"))):
        raw = body.encode("utf-16-le")
        assert gd3.read(gd3.HEAD.pack(b"Gd3 ", 0x100, len(raw)) + raw, 0) == tags


@pytest.mark.parametrize(
    "content",
    [b"", b"Gd3 ", gd3.HEAD.pack(b"Gd3 ", 256, 9), gd3.HEAD.pack(b"gd3 ", 256, 0)],
)
def test_damaged_tags_are_refused(content: bytes) -> None:
    with pytest.raises(ParseError, match=r"the GD3 tag is (damaged|cut short)"):
        gd3.read(content, 0)


def test_texts_that_no_tag_holds_are_refused() -> None:
    with pytest.raises(InputError, match=r"game must not hold a zero character, got 'a\\x00b'"):
        gd3.to_bytes(Tags(game="a\0b"))
    with pytest.raises(InputError, match="tags may take 1024 kB, got"):
        gd3.to_bytes(Tags(notes="x" * 2**20))
