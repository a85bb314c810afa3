"""What encoders see of parameters, and how a wrong preset or schema is refused."""

from dataclasses import replace

import numpy as np
import pytest
from toy_synth import KNOBS, SPACE, draw

from starling.models.errors import InputError, ParseError
from starling.models.proxy.parameter_space import Space, SynthParameter


def test_forms() -> None:
    assert [knob.form for knob in KNOBS] == ["num", "cat", "num", "num", "bin", "num"]
    assert SynthParameter("slope", 0, 1, 0, "discrete", 2, ("12 dB", "24 dB")).form == "bin"
    assert SynthParameter("rate", 0, 2, 0, "discrete", 3, ("1 Hz", "2 Hz", "4 Hz")).form == "num"
    assert SynthParameter("plain", 0, 9, 0, "discrete", 10).form == "num"
    assert SPACE.cardinalities == (3,)


def test_unit_scales_numbers_and_counts_categories() -> None:
    values = np.array([[0.5, 2, 1.5, -1, 1, 2.5]], np.float32)
    assert SPACE.unit(values).tolist() == [[0.5, 2, 1, 0.25, 1, 1]]
    assert SPACE.distances(values).tolist() == [[0.5, 1, 0.25, 1, 1, 0, 0, 0.5]]


def test_json_round_trip() -> None:
    from dataclasses import asdict

    entry = {"synth": "toy", "schema_hash": "0" * 64, "parameters": [asdict(k) for k in KNOBS]}
    assert Space.from_json(entry) == SPACE
    with pytest.raises(ParseError, match="lack a field"):
        Space.from_json({"synth": "toy", "schema_hash": "", "parameters": [{"name": "a"}]})


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (2, float("nan"), r"cutoff must be -0.5..1.5, got nan \(preset 1\)"),
        (0, 1.5, "level must be 0..1, got 1.5"),
        (5, float("inf"), "decay must be"),
    ],
)
def test_check_names_the_parameter(place: int, value: float, message: str) -> None:
    values = draw(3, 0)
    SPACE.check(values)
    values[1, place] = value
    with pytest.raises(InputError, match=message):
        SPACE.check(values)


def test_check_names_the_shape() -> None:
    with pytest.raises(InputError, match=r"toy has 6 parameters; got values of shape \(3, 5\)"):
        SPACE.check(draw(3, 0)[:, :5])


def test_mismatch_says_which_parameters_differ() -> None:
    fewer = replace(SPACE, schema_hash="1" * 64, knobs=KNOBS[1:])
    with pytest.raises(InputError, match="missing: level"):
        SPACE.require(fewer, "the dataset")
    wider = (
        replace(KNOBS[0], maximum=2.0),
        *KNOBS[1:],
        SynthParameter("width", 0, 1, 0, "continuous"),
    )
    with pytest.raises(
        InputError, match=r"the dataset has another schema.*new: width.*different: level"
    ):
        SPACE.require(replace(SPACE, schema_hash="1" * 64, knobs=wider), "the dataset")
    turned = replace(SPACE, schema_hash="1" * 64, knobs=KNOBS[::-1])
    with pytest.raises(InputError, match="the order differs"):
        SPACE.require(turned, "the dataset")
    with pytest.raises(InputError, match="is of other; this model is of toy"):
        SPACE.require(replace(SPACE, synth="other"), "the dataset")
    SPACE.require(SPACE, "the dataset")


def test_mismatch_names_at_most_six() -> None:
    many = tuple(SynthParameter(f"new{i}", 0, 1, 0, "continuous") for i in range(9))
    with pytest.raises(InputError, match="new5 and 3 more"):
        SPACE.require(replace(SPACE, schema_hash="1" * 64, knobs=KNOBS + many), "it")
