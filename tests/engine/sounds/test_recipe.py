import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.engine.sounds.recipe import (
    MAX_RECIPE,
    Audition,
    Recipe,
    check_seed,
    fresh_seed,
    parse_recipe,
    rounded,
    sorted_controls,
)
from starling.engine.wire.protocol import MAX_SEED
from starling.models.errors import InputError
from starling.models.oneshot.latent_point import point_of

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


POINT = point_of({"kick": 3, "snare": 1}, [0.1, -2.5])
MOVED = replace(DRUM, point=POINT)


def test_the_text_with_a_point_is_pinned() -> None:
    assert MOVED.json == (
        '{"controls":{"decay":0.1,"kind":2.0},"kind":"model","model":"drums",'
        '"point":{"kinds":{"kick":0.75,"snare":0.25},"latent":[0.1,-2.5]},'
        '"render":1,"seed":7,"version":1,"weights":"ab12"}'
    )
    assert MOVED.id == "46e54b2f74120e937520eecac7744980"


SUBSTITUTED = replace(DRUM, player="pytorch")


def test_what_plays_in_place_of_the_kernel_makes_another_sound() -> None:
    assert SUBSTITUTED.json == DRUM.json.replace('"render"', '"player":"pytorch","render"')
    assert SUBSTITUTED.id != DRUM.id


@pytest.mark.parametrize("recipe", [DRUM, MOVED, SUBSTITUTED])
def test_a_recipe_is_read_back(recipe: Recipe) -> None:
    assert parse_recipe(recipe.json) == recipe
    assert parse_recipe(json.dumps(json.loads(recipe.json), indent=1)).id == recipe.id


@given(
    st.dictionaries(st.text(max_size=4), st.floats(0.01, 1e6), min_size=1, max_size=5),
    st.lists(st.floats(-6, 6, width=32), min_size=1, max_size=8),
)
def test_any_point_is_read_back(kinds: dict[str, float], latent: list[float]) -> None:
    recipe = replace(DRUM, point=point_of(kinds, latent))
    assert parse_recipe(recipe.json) == recipe


def changed(**fields: object) -> str:
    return json.dumps({**json.loads(MOVED.json), **fields})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_recipe"),
        ("{", "bad_recipe"),
        ("[]", "bad_recipe"),
        ("7", "bad_recipe"),
        ("[" * 6000, "bad_recipe"),
        ("1" * 6000, "bad_recipe"),
        (" " * 9000, "bad_recipe"),
        (changed(more=1), "bad_recipe"),
        (changed(kind="preset"), "bad_recipe"),
        (changed(version=2), "bad_recipe"),
        (changed(model=None), "bad_recipe"),
        (changed(render="1"), "bad_recipe"),
        (changed(render=True), "bad_recipe"),
        (changed(player=1), "bad_recipe"),
        (changed(seed=1.5), "bad_recipe"),
        (changed(seed=-1), "bad_seed"),
        (changed(seed=2**31), "bad_seed"),
        (changed(controls=[]), "bad_recipe"),
        (changed(controls={"decay": "0.5"}), "bad_recipe"),
        (changed(controls={"decay": True}), "bad_recipe"),
        (changed(controls={"decay": math.nan}), "bad_recipe"),
        (changed(controls={"decay": -math.inf}), "bad_recipe"),
        (changed(controls={"decay": 1e300}), "bad_recipe"),
        (changed(controls={"decay": 10**4000}), "bad_recipe"),
        (changed(point=[]), "bad_point"),
        (changed(point={"kinds": {"kick": 1}}), "bad_point"),
        (changed(point={"kinds": {"kick": math.nan}, "latent": [0]}), "bad_point"),
        (changed(point={"kinds": {"kick": 1}, "latent": [math.inf]}), "bad_point"),
        (changed(point={"kinds": {"kick": 1}, "latent": [10**400]}), "bad_point"),
        (changed(point={"kinds": {"a": 1e308, "b": 1e308}, "latent": [0]}), "bad_point"),
        (changed(point={"kinds": {"kick": 1}, "latent": [[0], [0, 1]]}), "bad_point"),
    ],
)
def test_other_text_is_refused(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_recipe(text)
    assert caught.value.code == code
    assert 10 < len(str(caught.value)) < 300


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_recipe(text)


def test_a_recipe_has_room_in_a_datagram() -> None:
    full = {f"c{at}": 0.5 for at in range(700)}
    with pytest.raises(InputError, match=str(MAX_RECIPE)):
        parse_recipe(replace(DRUM, controls=sorted_controls(full)).json)


@pytest.mark.parametrize(
    "other",
    [
        Recipe("drum", "ab12", 1, 7, DRUM.controls),
        Recipe("drums", "ab13", 1, 7, DRUM.controls),
        Recipe("drums", "ab12", 2, 7, DRUM.controls),
        Recipe("drums", "ab12", 1, 8, DRUM.controls),
        Recipe("drums", "ab12", 1, 7, sorted_controls({"kind": 2, "decay": 0.10001})),
        MOVED,
        replace(MOVED, point=point_of({"kick": 3, "snare": 1}, [0.1, -2.50001])),
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
