import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.engine.protocol import MAX_SEED
from starling.engine.recipe import (
    Audition,
    Recipe,
    check_seed,
    fresh_seed,
    rounded,
    sorted_controls,
)
from starling.models.errors import InputError

DRUM = Recipe("drums", "ab12", 1, 7, sorted_controls({"kind": 2, "decay": np.float32(0.1)}))


def test_the_canonical_text_is_pinned() -> None:
    """Projects store it: a change here makes every saved recipe another sound."""
    assert DRUM.json == (
        '{"controls":{"decay":0.1,"kind":2.0},"kind":"model","model":"drums","render":1,'
        '"seed":7,"version":1,"weights":"ab12"}'
    )
    assert DRUM.id == "1c96e573c4bc9a9c0df6c83ed9312a60"


def test_the_order_of_controls_does_not_matter() -> None:
    forth = sorted_controls({"a": 1.0, "b": 0.25})
    assert forth == sorted_controls({"b": 0.25, "a": 1.0})


@pytest.mark.parametrize(
    "other",
    [
        Recipe("drum", "ab12", 1, 7, DRUM.controls),
        Recipe("drums", "ab13", 1, 7, DRUM.controls),
        Recipe("drums", "ab12", 2, 7, DRUM.controls),
        Recipe("drums", "ab12", 1, 8, DRUM.controls),
        Recipe("drums", "ab12", 1, 7, sorted_controls({"kind": 2, "decay": 0.10001})),
    ],
)
def test_any_difference_is_another_sound(other: Recipe) -> None:
    assert other.id != DRUM.id


def test_an_audition_is_told_by_its_values() -> None:
    one = Audition("amsynth", "s1", "r1", (("cutoff", 0.5),), 60, 100, 2.0, 48_000)
    two = Audition("amsynth", "s1", "r1", (("cutoff", 0.6),), 60, 100, 2.0, 48_000)
    updated = Audition("amsynth", "s1", "r2", (("cutoff", 0.5),), 60, 100, 2.0, 48_000)
    assert len({one.id, two.id, updated.id}) == 3
    assert json.loads(one.json)["kind"] == "preset"


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_rounded_values_survive_osc_and_json(value: float) -> None:
    assert np.float32(rounded(value)) == np.float32(value)
    assert rounded(json.loads(json.dumps(rounded(value)))) == rounded(value)
    assert str(rounded(-0.0)) == "0.0"


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
def test_seeds_beyond_int32_are_refused(seed: int) -> None:
    with pytest.raises(InputError) as caught:
        check_seed(seed)
    assert caught.value.code == "bad_seed"
    assert str(seed) in str(caught.value) and str(MAX_SEED) in str(caught.value)


def test_fresh_seeds_are_those_of_the_plugin() -> None:
    assert fresh_seed(0, 0, 0) == 1_000_003
    assert fresh_seed(5, 36, 2) == 5 + 37 * 1_000_003 + 2 * 7_919
    assert check_seed(fresh_seed(999_999, 127, 7)) == 999_999 + 128 * 1_000_003 + 7 * 7_919
    assert (
        len({fresh_seed(v, k, s) for v in range(4) for k in range(128) for s in range(8)}) == 4096
    )
