import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.samplernn.quantiser import (
    QUANTISERS,
    SILENCE,
    Quantiser,
    compress,
    decode,
    encode,
    expand,
    table,
)


@pytest.mark.parametrize("quantiser", QUANTISERS)
def test_every_level_comes_back(quantiser: Quantiser) -> None:
    levels = np.arange(256, dtype=np.uint8)
    assert encode(decode(levels, quantiser), quantiser).tolist() == levels.tolist()


@pytest.mark.parametrize("quantiser", QUANTISERS)
def test_silence_is_exact_and_levels_rise(quantiser: Quantiser) -> None:
    assert table(quantiser)[SILENCE] == 0 and encode(np.zeros(1, np.float32), quantiser) == SILENCE
    assert (np.diff(table(quantiser)) > 0).all() and np.abs(table(quantiser)).max() == 1


def test_mu_law_is_that_of_the_formula() -> None:
    # G.711's continuous form: 0.1 becomes ln(26.5) / ln(256)
    assert compress(np.array([0.1, -0.1], np.float32)) == pytest.approx(
        [0.59099, -0.59099], abs=1e-5
    )
    assert expand(np.array([0.5])) == pytest.approx([15 / 255])


@given(st.floats(-2, 2, width=32))
def test_what_is_outside_is_clipped_and_the_nearest_level_taken(value: float) -> None:
    for quantiser in QUANTISERS:
        sample = np.array([value], np.float32)
        steps = table(quantiser)
        found = int(encode(sample, quantiser)[0])
        clipped = float(np.clip(value, steps[0], steps[-1]))
        near = steps[max(0, found - 1)], steps[min(255, found + 1)]
        assert near[0] <= clipped <= near[1]
