"""Measuring two things so that a noisy machine disturbs both alike, and saying what came out.

ours, bare = alternate(render_song, render_bare, rounds=5)      # A B A B ...
say({"seconds": median(ours), "ratio_to_bare": ratio(ours, bare)})
"""

from __future__ import annotations

import json
import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

from baselines.machine import machine

WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
DIGITS = 3  # of a ratio; no bench repeats to more


def seconds_of(work: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def alternate(
    ours: Callable[[], float], baseline: Callable[[], float], rounds: int
) -> tuple[list[float], list[float]]:
    """What both measure, in turns; every other round begins with the baseline."""
    found: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            found[which].append((ours, baseline)[which]())
    return found


def median(times: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(times)


def percentile(times: Sequence[float], part: int) -> float:
    """The value that `part` of a hundred do not exceed, 1 to 99."""
    return statistics.quantiles(times, n=100, method="inclusive")[part - 1]


def ratio(ours: Sequence[float], baseline: Sequence[float]) -> float:
    """The median of ours over that of the baseline."""
    return significant(median(ours) / median(baseline))


def significant(value: float) -> float:
    """A number to DIGITS significant digits."""
    return float(f"{value:.{DIGITS}g}")


def processor_seconds() -> float:
    """What this process and its finished children have taken of the processors so far."""
    used = [resource.getrusage(who) for who in WHO]
    return sum(each.ru_utime + each.ru_stime for each in used)


def say(figures: Mapping[str, object], threads: int | None = None) -> None:
    """Print the last line of a bench: its figures and the machine's facts, one JSON object.

    `threads` that the figures name themselves stay.
    """
    print(json.dumps({**machine(threads), **figures}))
