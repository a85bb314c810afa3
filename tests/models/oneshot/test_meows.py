"""The shipped meows: they sing as cats do, and whose recordings they learnt from is said."""

import json

import numpy as np
import pytest

from starling.models.artifacts import catalogue
from starling.models.evaluation import features
from starling.models.oneshot import pitch_contour
from starling.models.oneshot.generator import Generator

RATE = 44_100


@pytest.fixture(scope="module")
def meows() -> Generator:
    return Generator(catalogue.catalogue()["meows"])


def test_they_have_a_pitch_and_it_is_that_of_cats(meows: Generator) -> None:
    """Of recordings 80 % of frames are voiced, at 370 to 870 Hz in nine of ten."""
    found = []
    for seed in range(24):
        signal = features.standardise(meows.generate(seed, {})[0], RATE)
        assert signal is not None
        found.append(features.pitch_statistics(signal)[:2])
    hertz, voiced = np.array(found).T
    assert voiced.mean() > 0.5
    assert 500 < np.nanmedian(hertz) < 900
    assert np.isfinite(hertz).mean() > 0.7


def test_they_are_told_a_melody(meows: Generator) -> None:
    config = meows.model.config
    assert config.contour == pitch_contour.KNOTS
    assert len(meows.point(1, {}).latent) == config.drawn + config.descriptors


def test_the_card_names_the_authors_and_their_licence() -> None:
    card = json.loads(catalogue.catalogue()["meows"].path.read_text())
    (source,) = card["data"]["sources"]
    assert source["licence"] == "CC-BY-4.0"
    assert source["files"] == card["data"]["sounds"] == 440
    for name in ("Ludovico", "Ntalampiras", "Presti", "Cannas", "Battini", "Mattiello"):
        assert name in source["attribution"]
    assert "doi:10.5281/zenodo.4008297" in source["attribution"]
