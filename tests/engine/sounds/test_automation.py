from pathlib import Path

import pytest

from starling.engine.sounds.automation import automated, checked, parse_curve, start_values, turns
from starling.models.artifacts.catalogue import Control, ModelCard
from starling.models.errors import InputError

CARD = ModelCard(
    name="rain",
    title="Rain",
    kind="samplernn",
    path=Path("rain.json"),
    sample_rate=1_000,
    root=60,
    controls=(
        Control("temperature", "Temperature", 0.5, 1.5, 1.0),
        Control("variety", "Variety", 0.0, 1.0, 0.5),
        Control("seconds", "Seconds", 1.0, 60.0, 8.0),
    ),
    weights_hash="",
)


def test_a_curve_is_read_from_text() -> None:
    text = "temperature=0:0.8,10:1.3,12.5:0.7"
    assert parse_curve(CARD, text) == ("temperature", [(0, 0.8), (10, 1.3), (12.5, 0.7)])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("temperature=0.8", "automation must be CONTROL=SECONDS:VALUE"),
        ("temperature=x:0.8", "automation must be CONTROL=SECONDS:VALUE"),
        ("temperature", "automation must be CONTROL=SECONDS:VALUE"),
        ("temperature=0:loud", "control temperature must be one of 0.5..1.5; got 'loud'"),
        ("loudness=0:1", "control must be NAME=VALUE with a name of temperature"),
        ("temperature=5:1,5:2", "need times from 0 s on that rise; got 5, 5"),
        ("temperature=-1:1", "need times from 0 s on that rise; got -1"),
        ("temperature=nan:1", "need times from 0 s on that rise; got nan"),
        ("temperature=inf:1", "need times from 0 s on that rise; got inf"),
    ],
)
def test_bad_text_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence.replace(".", r"\.")) as caught:
        parse_curve(CARD, text)
    assert caught.value.code == "bad_control"


def test_no_breakpoint_is_refused() -> None:
    with pytest.raises(InputError, match="got none"):
        checked("temperature", [])


def test_a_line_becomes_steps_that_lie_on_it() -> None:
    found = turns({"temperature": [(1.0, 0.5), (2.0, 1.5)]}, 4.0, 1_000)
    assert start_values({"temperature": [(1.0, 0.5), (2.0, 1.5)]}) == {"temperature": 0.5}
    assert found[0] == (1_050, (("temperature", 0.55),))
    assert found[-1] == (2_000, (("temperature", 1.5),))
    assert len(found) == 20
    for frame, ((_, value),) in found:
        assert value == pytest.approx(frame / 1_000 - 0.5, abs=1e-3)


def test_a_steady_curve_needs_no_turns() -> None:
    assert turns({"temperature": [(0.0, 0.9)]}, 60.0, 16_000) == ()


def test_long_textures_have_no_more_turns_than_a_recipe_holds() -> None:
    curves = {name: [(0.0, 0.0), (60.0, 1.0)] for name in ("a", "b", "c")}
    found = turns(curves, 60.0, 16_000)
    assert sum(len(values) for _, values in found) <= 100
    assert found[-1] == (950_400, (("a", 0.99), ("b", 0.99), ("c", 0.99)))


def test_what_a_take_reads_as_it_begins_cannot_be_automated() -> None:
    with pytest.raises(InputError, match="control variety cannot change while a texture plays"):
        automated(CARD, {"variety": [(0.0, 0.0)]}, {})


def test_a_texture_of_default_length_is_automated_to_its_end() -> None:
    curves = {"temperature": [(0.0, 0.5), (8.0, 1.5)]}
    assert automated(CARD, curves, {})[-1] == (8_000, (("temperature", 1.5),))
    assert automated(CARD, curves, {"seconds": 1.0})[-1][0] == 1_000
