import math

import pytest

from starling.models.errors import InputError
from starling.presets.search.options import OPTIONS, parsed


def test_without_options_only_timbre_counts() -> None:
    assert parsed([]).weighs == {"timbre": 1.0}


def test_weights_sum_to_one() -> None:
    found = parsed([("timbre", 1), ("brightness", 0.5), ("pitch", 0.5)]).weighs
    assert found == {"timbre": 0.5, "brightness": 0.25, "pitch": 0.25}
    assert parsed([("timbre", 0), ("envelope", 0.2)]).weighs == {"envelope": 1.0}


def test_what_is_moved_counts() -> None:
    found = parsed([("shift_brightness", -1)])
    assert found.shifts == {"brightness": -1} and found.weighs["brightness"] > 0.3
    assert parsed([("shift_brightness", 0)]).weighs == {"timbre": 1.0}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_is_taken_within_its_range_only(option) -> None:  # type: ignore[no-untyped-def]
    if option.name not in {"timbre", "to"}:
        parsed([(option.name, option.low)])
    parsed([(option.name, option.high)])
    for value in (option.low - 0.1, option.high + 0.1, math.nan, math.inf):
        with pytest.raises(InputError, match=f"{option.name} must be") as caught:
            parsed([(option.name, value)])
        assert caught.value.code == "bad_option"


@pytest.mark.parametrize(
    "pairs", [[("loudness", 1)], [("timbre", 0)], [("from", 2), ("to", 1)], [("x" * 5000, 0)]]
)
def test_other_options_are_refused_in_a_sentence(pairs: list[tuple[str, float]]) -> None:
    with pytest.raises(InputError) as caught:
        parsed(pairs)
    assert caught.value.code == "bad_option" and len(str(caught.value)) < 400
