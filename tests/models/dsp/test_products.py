import numpy as np
import pytest

from starling.models.dsp.products import VARIABLE, product


@pytest.mark.parametrize("threads", ["1", "2", None])
def test_products_are_those_of_the_definition(
    threads: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if threads is None:
        monkeypatch.delenv(VARIABLE, raising=False)
    else:
        monkeypatch.setenv(VARIABLE, threads)
    rng = np.random.default_rng(0)
    rows, others = (rng.normal(size=(n, 70)).astype(np.float32) for n in (30, 5))
    expected = [[float(np.dot(a.astype(float), b.astype(float))) for b in others] for a in rows]
    found = product(rows, others)
    assert found.dtype == np.float32 and found == pytest.approx(np.array(expected), abs=1e-4)
    assert product(rows[:0], others).shape == (0, 5)
