"""JSON as people write it."""

import pytest

from starling.models import json_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_any_encoding_with_a_mark_or_without(encoding: str) -> None:
    text = '{"name": "Größe", "inner": {"name": [1, 2.5]}}'
    assert json_text.parsed(text.encode(encoding)) == {"name": "Größe", "inner": {"name": [1, 2.5]}}


def test_a_key_given_twice_is_named() -> None:
    with pytest.raises(ValueError, match="the key 'master' is given twice in one object"):
        json_text.parsed(b'{"master": [1], "tracks": {"master": 0}, "master": [2]}')


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe{", b"{}{}"])
def test_what_is_no_json_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_text.parsed(data)
