"""Controls as set, to controls as used."""

from dataclasses import replace
from pathlib import Path

import pytest

from starling.models.artifacts.catalogue import Control, ModelCard, catalogue
from starling.models.artifacts.controls import canonical
from starling.models.errors import InputError

DRUMS = catalogue()["drums"]


def test_by_key_becomes_what_the_key_means() -> None:
    knobs = {"brightness": 0.5, "decay": 0.5, "noisiness": 0.5, "pitch": 0.0}
    wanted = {"kind": 2.0, **knobs, "key": 0.0}
    assert canonical(DRUMS, {"kind": 0, "key": 38}) == wanted
    assert canonical(DRUMS, {"kind": 2, "key": 99}) == wanted
    assert canonical(DRUMS, wanted) == wanted
    assert canonical(DRUMS, {})["kind"] == 1.0


def test_a_model_without_keys_keeps_its_controls() -> None:
    controls = (Control("size", "Size", 0, 1, 0.5), Control("key", "Key", 0, 127, 36))
    card = ModelCard("tone", "Tone", "ab", 8_000, 60, controls, Path("tone.json"))
    assert canonical(card, {"key": 38.4}) == {"size": 0.5, "key": 38.0}


def test_unknown_controls_are_told_the_known() -> None:
    with pytest.raises(InputError, match="no control 'colour'; it has kind, brightness") as caught:
        canonical(replace(DRUMS, keys=()), {"colour": 1})
    assert caught.value.code == "bad_control"
