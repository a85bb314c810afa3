"""Figures in sentences: what lies beyond a limit never reads like the limit."""

from __future__ import annotations

MOST_DECIMALS = 12


def unlike(value: float, limit: float, decimals: int = 0) -> str:
    """A value with so many decimals, or as many more as it takes to read unlike the limit.

    >>> unlike(60.3, 60.0), unlike(71.0, 60.0), unlike(600.004, 600.0, 1)
    ('60.3', '71', '600.004')
    """
    for places in range(decimals, MOST_DECIMALS):
        if f"{value:.{places}f}" != f"{limit:.{places}f}":
            return f"{value:.{places}f}"
    return repr(value)
