"""Composers are listed from their cards, loaded once, and anew where a card has changed."""

from pathlib import Path

import pytest
from tiny_composer import published

from starling.engine.music.composers import Composers
from starling.models.artifacts import catalogue
from starling.models.errors import InputError


def test_a_network_is_loaded_once_and_anew_when_it_is_another(tmp_path: Path) -> None:
    published(tmp_path)
    composers = Composers(catalogue.composers(tmp_path))
    first = composers.network("toy")
    assert composers.network("toy") is first
    published(tmp_path, seed=1)
    composers.renew(catalogue.composers(tmp_path))
    assert composers.network("toy") is not first


def test_an_unknown_composer_is_named_with_those_that_there_are(composers: Composers) -> None:
    with pytest.raises(InputError, match=r"no composer 'drums'; there are: .*toy") as caught:
        composers.card("drums")
    assert caught.value.code == "unknown_model"
    with pytest.raises(InputError, match="`starling train nes` makes one"):
        Composers({}).card("toy")
