"""Classes that a model mixes, beside those of a source."""

from dataclasses import replace
from pathlib import Path

import pytest
from tiny import TINY, album, card

from starling.models.errors import InputError
from starling.models.evaluation.textures.classes import in_common, mix


def test_classes_of_both_in_the_order_of_the_source(tmp_path: Path) -> None:
    made = card(tmp_path, replace(TINY, labels=("one", "two", "three")))
    assert in_common(made, album(labels=("three", "one", "four"))) == ["three", "one"]
    assert mix(made, "two") == {"mix_one": 0.0, "mix_two": 1.0, "mix_three": 0.0}


def test_a_model_without_classes_is_of_all(tmp_path: Path) -> None:
    made = card(tmp_path)
    assert in_common(made, album(labels=("one", "two"))) == [""] and mix(made, "") == {}


def test_none_in_common_is_refused(tmp_path: Path) -> None:
    made = card(tmp_path, replace(TINY, labels=("x", "y")))
    with pytest.raises(InputError, match="tiny has the classes x, y and tones has one: none in"):
        in_common(made, album())
