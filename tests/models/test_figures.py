"""Figures in sentences, and strangers' text: what is beyond a limit never reads like it, and what
others wrote is shown and never obeyed.
"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from starling.models.figures import unlike
from starling.models.plain import plain, plain_label


@given(st.floats(0, 1e6), st.floats(1, 1e4), st.integers(0, 3))
def test_a_value_reads_unlike_its_limit(value: float, limit: float, decimals: int) -> None:
    if value != limit:
        said = unlike(value, limit, decimals)
        assert said != f"{limit:.{decimals}f}"
        assert math.isclose(float(said), value, abs_tol=0.5 * 10**-decimals + 1e-9)


def test_no_more_decimals_than_it_takes() -> None:
    assert unlike(10.2 * 60, 600) == "612"
    assert unlike(60.04, 60) == "60.04"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Pad [/b]", "Pad [/b]"),
        ("Pad für dich 🎹 日本", "Pad für dich 🎹 日本"),
        ("\x1b]0;title\x07Bass\x9b31m", "�]0;title�Bass�31m"),
        ("caf\udce9", "caf�"),
        ("gpj.\u202ecod", "gpj.�cod"),
        ("two\nlines\tand\ra return\x00", "two\nlines\tand�a return�"),
        ("", ""),
    ],
)
def test_commands_are_replaced_and_letters_kept(text: str, shown: str) -> None:
    assert plain(text) == shown
    assert plain(shown) == shown


def test_a_figure_takes_any_label() -> None:
    """Between dollars matplotlib reads mathematics, and raises ValueError for other words."""
    for name in (r"$\wrong$", "$100 Bass$", "a\nb", r"\alpha"):
        figure = Figure()
        figure.suptitle(plain_label(name))
        figure.draw_without_rendering()
