"""Starling's own preset files: what they hold, and what is wrong with those that others wrote."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.errors import ParseError
from starling.presets.formats.bank import MAX_PRESETS, MAX_VALUES, BankPreset
from starling.presets.formats.json_bank import STARLING_PRESET
from starling.presets.formats.table import read_bank

WHERE = Path("My Sounds/Warm.starling-preset")
GOLDEN = """{
 "format": "starling-preset",
 "version": 1,
 "synth": "amsynth",
 "schema": "abc",
 "name": "Wärme",
 "author": "A",
 "tags": [
  "pad"
 ],
 "values": {
  "osc_mix": 0.5
 }
}
""".encode()


def changed(**fields: object) -> bytes:
    return json.dumps({**json.loads(GOLDEN), **fields}).encode()


def test_golden_text_of_a_preset() -> None:
    preset = BankPreset("Wärme", {"osc_mix": 0.5}, ("pad",), "A", schema="abc")
    assert STARLING_PRESET.write is not None
    assert STARLING_PRESET.write("amsynth", [preset]) == GOLDEN
    bank = STARLING_PRESET.read(GOLDEN, WHERE)
    assert (bank.name, bank.synth, bank.presets) == ("My Sounds", "amsynth", (preset,))
    assert STARLING_PRESET.read(changed(bank="Matches"), WHERE).name == "Matches"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"[]", 'no JSON with "format", "version" and "synth"'),
        (b"{", 'no JSON with "format"'),
        (b'{"format": "starling-preset"}', 'no JSON with "format"'),
        (changed(version=2), "its format is 'starling-preset' 2; this Starling reads"),
        (changed(format=1), "its format is 1 1; this"),
        (changed(synth=None), '"synth" must be a name'),
        (b"[" * 100_000, 'no JSON with "format"'),
    ],
)
def test_files_that_are_no_presets_of_ours(data: bytes, sentence: str) -> None:
    with pytest.raises(ParseError) as caught:
        STARLING_PRESET.read(data, WHERE)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": 3}, "it has no name"),
        ({"values": [1, 2]}, 'its "values" are not numbers by parameter name'),
        ({"values": {"a": float("nan"), "b": 1, "c": "x"}}, "not a number: a = nan, c = x"),
        ({"values": {"a": 10**400}}, "not a number: a = 10000000000000000000"),
        ({"values": {str(n): None for n in range(9)}}, "3 = None, 4 = None and 4 more"),
        ({"values": {"a": True}}, "not a number: a = True"),
    ],
)
def test_a_preset_that_cannot_be_played_says_why(fields: dict, problem: str) -> None:
    [preset] = STARLING_PRESET.read(changed(**fields), WHERE).presets
    assert problem in preset.problem and preset.values == {}


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.starling-preset"
    path.write_bytes(b" " * (4 * 2**20 + 1))
    with pytest.raises(ParseError, match="more than 4 MB"):
        read_bank(path)


TEXT = st.text(max_size=20)
VALUES = st.dictionaries(TEXT, st.floats(allow_nan=False, allow_infinity=False), max_size=5)


@given(TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple), VALUES, TEXT)
def test_round_trip(
    name: str, author: str, tags: tuple[str, ...], values: dict[str, float], schema: str
) -> None:
    preset = BankPreset(name, values, tags, author, schema=schema)
    assert STARLING_PRESET.write is not None
    written = STARLING_PRESET.write("any", [preset])
    assert STARLING_PRESET.read(written, WHERE).presets == (preset,)


def test_more_presets_or_values_than_any_bank_has_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    head = {"format": 1, "synth": "starling", "bank": "B"}
    path.write_text(json.dumps({**head, "presets": [{}] * (MAX_PRESETS + 1)}))
    with pytest.raises(ParseError, match="20,001 presets; at most 20,000"):
        read_bank(path)
    values = {str(number): 0 for number in range(MAX_VALUES + 1)}
    path.write_text(json.dumps({**head, "presets": [{"name": "A", "values": values}]}))
    [preset] = read_bank(path).presets
    assert preset.problem == "it has 20,001 values; at most 20,000 are read"
    (tmp_path / "x.bank").write_text("amSynth\n" + "<preset> <name> A\n" * (MAX_PRESETS + 1))
    with pytest.raises(ParseError, match="20,001 presets; at most 20,000"):
        read_bank(tmp_path / "x.bank")
