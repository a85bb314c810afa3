"""Schemas: values are checked by name and range, discrete ones snap, equal meanings hash alike."""

import math
from dataclasses import replace

import pytest

from starling.models.errors import InputError
from starling.presets.formats.schema import Parameter, Schema

CUTOFF = Parameter("cutoff", 20.0, 18_000.0, 8_000.0, unit="Hz", group="filter")
WAVE = Parameter("wave", 0, 2, 0, "discrete", 3, ("Saw", "Square", "Sine"))
SCHEMA = Schema("toy", "1", (CUTOFF, WAVE))


def test_validate_fills_in_defaults_in_order():
    assert list(SCHEMA.validate({"wave": 1}).items()) == [("cutoff", 8_000.0), ("wave", 1.0)]


def test_validate_snaps_discrete_values():
    assert SCHEMA.validate({"wave": 1.4})["wave"] == 1.0


def test_discrete_plugin_values_are_fractions():
    thirds = Parameter("mode", 0, 1, 0, "discrete", 4)
    assert thirds.canonical(0.35) == pytest.approx(1 / 3)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 19.9, 18_001, True, "9", None])
def test_validate_refuses_and_names_the_parameter(value):
    with pytest.raises(InputError, match="cutoff must be") as error:
        SCHEMA.validate({"cutoff": value})
    assert error.value.code == "bad_value"


def test_validate_suggests_a_name():
    with pytest.raises(InputError, match="no parameter 'cutof'; did you mean 'cutoff'") as error:
        SCHEMA.validate({"cutof": 100.0})
    assert error.value.code == "unknown_parameter"


def test_sparse_keeps_only_what_differs():
    assert SCHEMA.sparse({"cutoff": 8_000.0, "wave": 2}) == {"wave": 2.0}


def test_hash_is_golden():
    expected = "59a47d5188d2b0bd790b12eb191238cd3f6478136a75c8684487248a84c1503d"
    assert SCHEMA.hash == expected  # stored in libraries and presets: must never change


def test_hash_ignores_what_is_only_shown():
    shown = replace(SCHEMA, parameters=(replace(CUTOFF, unit="kHz", group="tone"), WAVE))
    assert shown.hash == SCHEMA.hash


@pytest.mark.parametrize(
    "change", [{"minimum": 10.0}, {"maximum": 9e3}, {"default": 900.0}, {"name": "freq"}]
)
def test_hash_changes_with_meaning(change):
    changed = replace(SCHEMA, parameters=(replace(CUTOFF, **change), WAVE))
    assert changed.hash != SCHEMA.hash
