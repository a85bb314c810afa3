"""Which known preset a new one is: by content first, then by name, each taken once."""

from starling.presets.library.identity import (
    Identity,
    by_both,
    by_content,
    by_name,
    content_of,
    followed,
)

ALL = (by_both, by_content, by_name)


def same(new: str, known: str) -> list[int | None]:
    """`a1 b2`: the content a under the name 1, and so on; a dash is a content that is not known."""

    def identities(text: str) -> list[Identity]:
        return [Identity(each[0].replace("-", ""), each[1]) for each in text.split()]

    return followed(identities(new), identities(known), ALL)


def test_what_did_not_change_is_found_wherever_it_stands() -> None:
    assert same("b2 a1", "a1 b2") == [1, 0]


def test_one_more_of_the_same_name_takes_nobodys_place() -> None:
    assert same("x1 a1 b1", "a1 b1") == [None, 0, 1]


def test_renamed_and_edited_ones_are_followed() -> None:
    assert same("a9 x2", "a1 b2") == [0, 1]


def test_content_is_surer_than_a_name() -> None:
    assert same("b1 a2", "a1 b2") == [1, 0]


def test_copies_are_told_apart_by_name_then_order() -> None:
    assert same("a2 a1 a1", "a1 a1 a2") == [2, 0, 1]


def test_unknown_contents_go_by_name_alone() -> None:
    assert same("-1 -1 -9", "a1 b1 -2") == [0, 1, None]


def test_a_plugin_counts_by_its_files_name() -> None:
    assert content_of("/old/Big.vst3", "{}") == content_of("/new/Big.vst3", "{}")
    assert content_of("/old/Big.vst3", "{}") != content_of("/old/Small.vst3", "{}")
    assert content_of("a", "{}") != content_of("a", "{}", b"state")
