"""The shipped preset encoders fit the synths and the embedder that are shipped with them."""

from pathlib import Path

import numpy as np
import pytest

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import WEIGHTS
from starling.models.proxy import encoder
from starling.presets.features import embedders
from starling.presets.formats import amsynth

CARDS = [
    path for path in sorted(WEIGHTS.glob("*.json")) if card_file.read_card(path)["kind"] == "proxy"
]


@pytest.mark.skipif(not CARDS, reason="no preset encoder is shipped")
@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.stem)
def test_it_predicts_the_shipped_embedder(card: Path) -> None:
    shipped = encoder.load_proxy(card)
    assert shipped.embedding == embedders.timbre_alone().key
    initial = np.array([[knob.default for knob in shipped.space.knobs]], np.float32)
    given = shipped.predict(initial)
    assert given.shape == (1, embedders.timbre_alone().size)
    assert 0.3 < float(np.linalg.norm(given)) < 1.1  # unit vectors, shrunk where it is unsure
    assert shipped.card["metrics"]["valid_mrr"] > 0.7


def test_amsynth_has_one_for_its_schema() -> None:
    found = encoder.find_proxy(amsynth.NAME, amsynth.SCHEMA.hash)
    if found is None:
        pytest.skip("no encoder of amsynth is shipped")
    assert encoder.load_proxy(found).space.schema_hash == amsynth.SCHEMA.hash
