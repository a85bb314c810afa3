import json
from dataclasses import replace

import pytest

from starling.engine.sounds.passage import LAST_FRAME, NO_PASSAGE, Passage, parse
from starling.engine.sounds.recipe import Recipe, parse_recipe, sorted_controls
from starling.models.errors import InputError

PRIME = "0123456789abcdef" * 2
DRONE = Recipe("drone", "ab12", 1, 7, sorted_controls({"temperature": 0.9}))
WHOLE = Passage(PRIME, (800, 16_000), ((320, (("temperature", 1.25),)), (960, (("mix", 0.5),))))


def test_the_text_of_a_passage_is_pinned() -> None:
    """Projects store it: a change here makes every frozen texture another sound."""
    assert replace(DRONE, passage=WHOLE).json == (
        '{"controls":{"temperature":0.9},"kind":"model","model":"drone",'
        '"prime":"0123456789abcdef0123456789abcdef","render":1,"seed":7,"span":[800,16000],'
        '"turns":[[320,{"temperature":1.25}],[960,{"mix":0.5}]],"version":1,"weights":"ab12"}'
    )


def test_a_recipe_without_a_passage_has_the_text_that_it_always_had() -> None:
    assert DRONE.passage == NO_PASSAGE
    assert DRONE.json == (
        '{"controls":{"temperature":0.9},"kind":"model","model":"drone","render":1,"seed":7,'
        '"version":1,"weights":"ab12"}'
    )


@pytest.mark.parametrize(
    "passage",
    [WHOLE, Passage(PRIME), Passage(span=(0, 1)), Passage(turns=WHOLE.turns), Passage(turns=PRIME)],
)
def test_a_passage_is_read_back(passage: Passage) -> None:
    recipe = replace(DRONE, passage=passage)
    assert parse_recipe(recipe.json) == recipe
    assert recipe.id != DRONE.id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prime", PRIME[1:]),
        ("prime", PRIME.upper()),
        ("prime", 0),
        ("prime", "../../secret"),
        ("span", [0, 0]),
        ("span", [-1, 5]),
        ("span", [0]),
        ("span", [0, 5.0]),
        ("span", [0, True]),
        ("span", [LAST_FRAME, 1]),
        ("span", "0,5"),
        ("turns", "short"),
        ("turns", {}),
        ("turns", [[320]]),
        ("turns", [[-1, {"temperature": 1}]]),
        ("turns", [[320, {}]]),
        ("turns", [[320, {"temperature": "hot"}]]),
        ("turns", [[320, {"temperature": 1e300}]]),
        ("turns", [[960, {"a": 1}], [320, {"a": 1}]]),
        ("turns", [[320, {"a": 1}], [320, {"b": 1}]]),
    ],
)
def test_what_is_no_passage_is_refused(field: str, value: object) -> None:
    with pytest.raises(InputError, match=field) as caught:
        parse({field: value})
    assert caught.value.code == "bad_recipe"
    with pytest.raises(InputError):
        parse_recipe(json.dumps({**json.loads(DRONE.json), field: value}))
