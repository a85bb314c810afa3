"""Cards of textures: what they can hold, and what those that come with Starling promise."""

import json
from pathlib import Path
from typing import Any

import pytest

from starling.models.artifacts import catalogue
from starling.models.errors import InputError
from starling.models.samplernn.publish import controls, require_labels

SHIPPED = [card.path for card in catalogue.catalogue().values() if card.is_texture]
MOST_BYTES = 12e6
MOST_BITS = 0.02  # a sample: what int8 may cost


def test_a_card_holds_a_control_for_each_label() -> None:
    require_labels([], "rain")
    require_labels(["rain", "metal guitar"], "rain")
    names = [each["name"] for each in controls(["rain", "metal guitar"])]
    assert names[-2:] == ["mix_rain", "mix_metal guitar"]


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([f"artist {at}" for at in range(80)], r"album rain: the controls take .* 80 classes"),
        (["a\nb", "c"], "album rain: a control's text holds characters that cannot be printed"),
    ],
)
def test_labels_that_no_card_can_hold_are_refused(labels: list[str], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        require_labels(labels, "rain")
    assert caught.value.code == "bad_labels" and "--class-by none" in str(caught.value)


@pytest.fixture(params=SHIPPED, ids=lambda path: path.stem)
def shipped(request: pytest.FixtureRequest) -> tuple[Path, dict[str, Any]]:
    return request.param, json.loads(request.param.read_text(encoding="utf-8"))


def test_int8_costs_a_shipped_texture_little(shipped: tuple[Path, dict[str, Any]]) -> None:
    metrics = shipped[1]["metrics"]
    assert metrics["bits_int8"] - metrics["bits_float32"] <= MOST_BITS


def test_a_shipped_texture_is_small_and_says_whose_sound_it_is(
    shipped: tuple[Path, dict[str, Any]],
) -> None:
    path, card = shipped
    assert path.with_suffix(".safetensors").stat().st_size <= MOST_BYTES
    for source in card["data"]["sources"]:
        assert source["licence"] not in ("", "not stated") and source["attribution"]


def test_a_shipped_texture_beats_the_frequencies_of_levels(
    shipped: tuple[Path, dict[str, Any]],
) -> None:
    card = shipped[1]
    assert card["metrics"]["bits_int8"] < card["training"]["learning"]["trivial"] - 0.1
