"""Strangers' text: shown as it is, and never obeyed."""

import pytest
from matplotlib.figure import Figure

from starling.models.plain import plain, plain_label


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
