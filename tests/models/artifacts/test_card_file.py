"""Cards and weights: round trip, golden card, and every way they can be wrong."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from starling.models.artifacts import card_file
from starling.models.errors import MissingError, ParseError

CARD = {
    "kind": "oneshot",
    "name": "tiny",
    "title": "Tiny",
    "sample_rate": 44100,
    "root": 60,
    "controls": [],
    "config": {},
    "training": {},
    "data": {},
    "metrics": {},
}
TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor([7], dtype=torch.float16)}
GOLDEN_SHA256 = "f4fbd0e5bf2c67a6dced73cc5a561c8a33af71e3e16e309dee867f597b8b8910"


def test_round_trip(tmp_path: Path) -> None:
    path, weights = card_file.write(tmp_path, CARD, TENSORS)
    card = card_file.read_card(path)
    assert card["sha256"] == card_file.sha256(weights)
    assert {key: card[key] for key in CARD} == CARD
    tensors = card_file.read_weights(card, tmp_path)
    assert all(torch.equal(tensors[name], value) for name, value in TENSORS.items())
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["tiny.json", "tiny.safetensors"]


def test_weights_are_golden_bytes(tmp_path: Path) -> None:
    _, weights = card_file.write(tmp_path, CARD, TENSORS)
    assert card_file.sha256(weights) == GOLDEN_SHA256


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_unknown_version_is_refused(tmp_path: Path, version) -> None:
    path, _ = card_file.write(tmp_path, CARD, TENSORS)
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": version}))
    with pytest.raises(ParseError, match="format"):
        card_file.read_card(path)


def test_missing_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(ParseError, match="format version"):
        card_file.read_card(tmp_path / "x.json")


@pytest.mark.parametrize("field", sorted(card_file.REQUIRED))
def test_missing_field_is_named(tmp_path: Path, field: str) -> None:
    path, _ = card_file.write(tmp_path, CARD, TENSORS)
    card = json.loads(path.read_text())
    del card[field]
    path.write_text(json.dumps(card))
    with pytest.raises(ParseError, match=field):
        card_file.read_card(path)


@pytest.mark.parametrize("weights", ["../tiny.safetensors", "/etc/passwd", "a/b", ""])
def test_weights_outside_the_folder_are_refused(tmp_path: Path, weights: str) -> None:
    path, _ = card_file.write(tmp_path, CARD, TENSORS)
    path.write_text(json.dumps({**json.loads(path.read_text()), "weights": weights}))
    with pytest.raises(ParseError, match="beside"):
        card_file.read_card(path)


@pytest.mark.parametrize("name", ["", "Tiny", "../x", "a b", "x" * 65])
def test_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParseError):
        card_file.write(tmp_path, {**CARD, "name": name}, TENSORS)


def test_flipped_byte_is_noticed(tmp_path: Path) -> None:
    path, weights = card_file.write(tmp_path, CARD, TENSORS)
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ParseError, match="hash"):
        card_file.read_weights(card_file.read_card(path), tmp_path)


def test_truncated_weights_are_noticed(tmp_path: Path) -> None:
    path, weights = card_file.write(tmp_path, CARD, TENSORS)
    weights.write_bytes(weights.read_bytes()[:-3])
    with pytest.raises(ParseError, match="hash"):
        card_file.read_weights(card_file.read_card(path), tmp_path)


def test_right_hash_over_nonsense_is_still_refused(tmp_path: Path) -> None:
    path, weights = card_file.write(tmp_path, CARD, TENSORS)
    weights.write_bytes(b"nonsense")
    card = {**card_file.read_card(path), "sha256": card_file.sha256(weights)}
    with pytest.raises(ParseError, match="safetensors"):
        card_file.read_weights(card, tmp_path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    path, weights = card_file.write(tmp_path, CARD, TENSORS)
    weights.unlink()
    with pytest.raises(MissingError, match=r"tiny\.safetensors"):
        card_file.read_weights(card_file.read_card(path), tmp_path)
    with pytest.raises(MissingError):
        card_file.read_card(tmp_path / "none.json")


def test_oversized_card_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    path.write_bytes(b" " * (card_file.MAX_CARD_BYTES + 1))
    with pytest.raises(ParseError, match="larger"):
        card_file.read_card(path)


@settings(max_examples=60, deadline=None)
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_as_card_are_a_parse_error(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("card") / "x.json"
    path.write_bytes(content)
    with pytest.raises(ParseError):
        card_file.read_card(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(field=st.sampled_from(sorted(card_file.REQUIRED)), value=json_values)
def test_any_value_in_a_field_is_read_or_refused(field: str, value) -> None:
    card = {"format": 1, **CARD, "weights": "tiny.safetensors", "sha256": "0", field: value}
    try:
        card_file.check_card(card, "x")
    except ParseError:
        return
    assert isinstance(card[field], card_file.REQUIRED[field])
