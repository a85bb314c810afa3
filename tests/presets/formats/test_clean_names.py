"""Names as they may stand in a stranger's file."""

import pytest

from starling.presets.formats.clean_names import MAX_NAME, MAX_TAG, MAX_TAGS, cleaned, cleaned_tags


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("Warm Pad", "Warm Pad"),
        ("  Größe ♫ \U0001f3b9 ", "Größe ♫ \U0001f3b9"),
        ("a\0b\nc\td\x7fe\u2028f\x85g", "a b c d e f g"),
        ("\ud800lone\udfff", "lone"),
        ("\0\n", ""),
        ("x" * 9_000, "x" * MAX_NAME),
    ],
)
def test_a_name_fits_one_line(text: str, fit: str) -> None:
    assert cleaned(text) == fit
    fit.encode()


def test_tags_are_few_short_and_different() -> None:
    assert cleaned_tags(["pad", "a,b", "pad", "\0", "y" * 99]) == ("pad", "a b", "y" * MAX_TAG)
    assert len(cleaned_tags(str(n) for n in range(99))) == MAX_TAGS
