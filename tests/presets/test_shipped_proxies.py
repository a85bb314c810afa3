"""The shipped preset encoders fit the synths and the embedder that are shipped with them."""

from pathlib import Path

import numpy as np
import pytest

from starling.models import artifact, proxy
from starling.models.catalogue import WEIGHTS
from starling.presets import amsynth, embed

CARDS = [
    path for path in sorted(WEIGHTS.glob("*.json")) if artifact.read_card(path)["kind"] == "proxy"
]


@pytest.mark.skipif(not CARDS, reason="no preset encoder is shipped")
@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.stem)
def test_it_predicts_the_shipped_embedder(card: Path) -> None:
    shipped = proxy.load_proxy(card)
    assert shipped.embedding == embed.timbre().key
    initial = np.array([[knob.default for knob in shipped.space.knobs]], np.float32)
    given = shipped.predict(initial)
    assert given.shape == (1, embed.timbre().size)
    assert 0.3 < float(np.linalg.norm(given)) < 1.1  # unit vectors, shrunk where it is unsure
    assert shipped.card["metrics"]["valid_mrr"] > 0.7


def test_amsynth_has_one_for_its_schema() -> None:
    found = proxy.find_proxy(amsynth.NAME, amsynth.SCHEMA.hash)
    if found is None:
        pytest.skip("no encoder of amsynth is shipped")
    assert proxy.load_proxy(found).space.schema_hash == amsynth.SCHEMA.hash
