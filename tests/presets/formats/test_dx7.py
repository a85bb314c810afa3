"""The DX7's voice: parameters in the order of its bytes, limits, names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.errors import InputError
from starling.presets.formats.dx7 import (
    PARAMETERS,
    SCHEMA,
    VOICE_BYTES,
    is_initial,
    voice_bytes,
    voice_of,
)

# The initial voice as Dexed has it: six operators from the sixth to the first, pitch envelope,
# common parameters, name.
INITIAL = (
    bytes.fromhex("63636363 63636300 000000 0000 00 00 00 00 00 01 00 07") * 5
    + bytes.fromhex("63636363 63636300 000000 0000 00 00 00 63 00 01 00 07")
    + bytes.fromhex("63636363 32323232 00 00 01 23 00 00 00 01 00 03 18")
    + b"INIT VOICE"
)


def test_the_initial_voice() -> None:
    assert voice_bytes("INIT VOICE", {}) == INITIAL and len(INITIAL) == VOICE_BYTES
    assert voice_of(INITIAL).values == SCHEMA.defaults()


def test_the_initial_voice_is_known_by_sound_and_name() -> None:
    assert is_initial(voice_of(INITIAL)) and is_initial(voice_of(voice_bytes("", {})))
    assert is_initial(voice_of(voice_bytes("", {"op3_breakpoint": 39})))
    assert not is_initial(voice_of(voice_bytes("MY SINE", {})))
    assert not is_initial(voice_of(voice_bytes("", {"feedback": 1})))


def test_all_145_parameters_are_there() -> None:
    assert len(PARAMETERS) == len(set(SCHEMA.names())) == 145
    assert all(p.kind == "discrete" and p.steps == p.maximum + 1 for p in PARAMETERS)
    labelled = {p.name.partition("_")[2] if p.name[:2] == "op" else p.name: p for p in PARAMETERS}
    named = {name for name, p in labelled.items() if p.labels}
    assert named == {
        "left_curve", "right_curve", "mode", "algorithm", "key_sync", "lfo_sync", "lfo_wave"
    }  # fmt: skip
    assert all(len(p.labels) in (0, p.steps) for p in PARAMETERS)


def test_each_byte_is_a_parameter_of_its_own() -> None:
    for place, parameter in enumerate(PARAMETERS):
        high = parameter.maximum if parameter.default < parameter.maximum else 0
        changed = voice_bytes("INIT VOICE", {parameter.name: high})
        differing = [i for i, (a, b) in enumerate(zip(changed, INITIAL, strict=True)) if a != b]
        assert differing == [place] and changed[place] == high


def test_bytes_out_of_range_are_limited_and_named() -> None:
    data = bytearray(INITIAL)
    data[0], data[142] = 127, 7
    voice = voice_of(bytes(data))
    assert voice.limited == ("op6_rate1", "lfo_wave")
    assert (voice.values["op6_rate1"], voice.values["lfo_wave"]) == (99.0, 5.0)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("BRASS 1", "BRASS 1"),
        ("a name that is longer", "a name tha"),
        ("5¥ →←", "5¥ →←"),
        (r"a\b~c", "a/b-c"),
        ("Glöckchen", "Gl?ckchen"),
        ("", ""),
        ("tab\tend", "tab?end"),
    ],
)
def test_names_in_the_dx7s_ten_letters(name: str, read: str) -> None:
    assert voice_of(voice_bytes(name, {})).name == read


def test_values_that_the_schema_refuses() -> None:
    with pytest.raises(InputError, match=r"algorithm must be 0\.\.31, got 32"):
        voice_bytes("X", {"algorithm": 32})
    with pytest.raises(InputError, match="dexed has no parameter 'algoritm'; did you mean"):
        voice_bytes("X", {"algoritm": 1})
    with pytest.raises(InputError, match="got nan"):
        voice_bytes("X", {"feedback": float("nan")})


VALUES = st.fixed_dictionaries({p.name: st.integers(0, p.steps - 1).map(float) for p in PARAMETERS})


@given(VALUES)
def test_any_voice_survives_its_bytes(values: dict[str, float]) -> None:
    voice = voice_of(voice_bytes("ANY", values))
    assert voice.values == values and voice.limited == ()
