"""Learning rates over a budget: functions of the used share of it and of the step."""

from __future__ import annotations

import math


def cosine(fraction: float, final: float) -> float:
    """The learning rate's level at a fraction of the budget: from 1 down to `final`.

    >>> cosine(0.0, 0.1), round(cosine(1.0, 0.1), 6)
    (1.0, 0.1)
    """
    return final + (1 - final) * (0.5 + 0.5 * math.cos(math.pi * fraction))


def warmed(rate: float, step: int, warmup: int, level: float) -> float:
    """`rate` at a level of its schedule, rising linearly over the first `warmup` steps.

    >>> warmed(2.0, 0, 4, 1.0), warmed(2.0, 9, 4, 0.5)
    (0.5, 1.0)
    """
    return rate * min(1.0, (step + 1) / warmup) * level
