"""What lies beyond a limit never reads like the limit."""

import math

from hypothesis import given
from hypothesis import strategies as st

from starling.models.figures import unlike


@given(st.floats(0, 1e6), st.floats(1, 1e4), st.integers(0, 3))
def test_a_value_reads_unlike_its_limit(value: float, limit: float, decimals: int) -> None:
    if value != limit:
        said = unlike(value, limit, decimals)
        assert said != f"{limit:.{decimals}f}"
        assert math.isclose(float(said), value, abs_tol=0.5 * 10**-decimals + 1e-9)


def test_no_more_decimals_than_it_takes() -> None:
    assert unlike(10.2 * 60, 600) == "612"
    assert unlike(60.04, 60) == "60.04"
