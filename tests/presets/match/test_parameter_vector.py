"""Presets as vectors and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.presets.formats import amsynth
from starling.presets.formats.schema import Parameter, Schema
from starling.presets.match.parameter_vector import SearchSpace
from starling.presets.match.variants import differences

SPACE = SearchSpace(amsynth.SCHEMA)
HERTZ = SearchSpace(Schema("toy", "1", (Parameter("cutoff", 20, 20_000, 1_000),)))


def test_what_no_loss_can_hear_is_not_searched() -> None:
    names = {parameter.name for parameter in SPACE.parameters}
    assert len(names) == 37
    assert "master_vol" not in names and "amp_attack" in names


@given(st.lists(st.floats(-3, 3), min_size=37, max_size=37))
def test_any_vector_is_a_legal_preset_after_snapping(numbers: list[float]) -> None:
    vector = SPACE.snapped(np.array(numbers))
    values = SPACE.values(vector, {"master_vol": 0.25})
    assert values == amsynth.SCHEMA.validate(values)
    assert values["master_vol"] == 0.25
    np.testing.assert_allclose(SPACE.vector(values), vector, atol=1e-9)


def test_a_wide_range_is_searched_by_ratio() -> None:
    assert HERTZ.vector({"cutoff": 20 * 1000**0.5}) == pytest.approx([0.5])
    assert HERTZ.values(np.array([1.0]), {})["cutoff"] == pytest.approx(20_000)


def test_steps_are_kept() -> None:
    at = [parameter.name for parameter in SPACE.parameters].index("osc1_waveform")
    vector = SPACE.vector({"osc1_waveform": 3})
    assert vector[at] == 0.75
    vector[at] = 0.85
    assert SPACE.values(SPACE.snapped(vector), {})["osc1_waveform"] == 3


def test_differences_name_what_was_turned_most_first() -> None:
    before = {"filter_cutoff": 1.5, "amp_attack": 0.0}
    found = differences(amsynth.SCHEMA, before, {"filter_cutoff": -0.5, "amp_attack": 0.25})
    assert [(each.name, each.before, each.after) for each in found] == [
        ("filter_cutoff", 1.5, -0.5),
        ("amp_attack", 0.0, 0.25),
    ]
    assert [each.by for each in found] == pytest.approx([1.0, 0.1])
