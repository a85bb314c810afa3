"""Budgets and schedules: what ends a run, what still fits, and how rates follow."""

import math
import time

import pytest

from starling.models.errors import InputError
from starling.models.training import schedule
from starling.models.training.budget import Budget, Clock


def test_whichever_limit_is_nearer_ends_a_run() -> None:
    assert Clock(Budget(steps=10)).fraction(5, 0.0) == 0.5
    halfway = Budget(1.0, 10, began=time.monotonic() - 45)
    assert Clock(halfway).fraction(5, 45.0) == pytest.approx(45 / 59, abs=0.01)
    assert Clock(Budget(steps=10)).fraction(50, 0.0) == 1.0
    with pytest.raises(InputError, match="a budget is needed"):
        Budget().require()


def test_the_rate_falls_to_its_last_level() -> None:
    levels = [schedule.cosine(fraction / 10, 0.03) for fraction in range(11)]
    assert levels == sorted(levels, reverse=True)
    assert (levels[0], levels[-1]) == pytest.approx((1.0, 0.03))


def test_time_before_the_first_step_counts_but_moves_no_schedule() -> None:
    late = Clock(Budget(1.0, began=time.monotonic() - 30))
    assert late.left() == pytest.approx(30, abs=1)
    assert late.fraction(0, 0.0) == 0.0
    assert late.fraction(9, 10.0) == pytest.approx(10 / 39, abs=0.01), "of what there was"
    over = Clock(Budget(1.0, began=time.monotonic() - 61))
    assert over.fraction(0, 0.0) == 1.0 and not over.fits("step")


def test_what_would_end_too_late_is_not_begun() -> None:
    clock = Clock(Budget(1.0))
    assert clock.fits("step")
    clock.expect("step", 40.0)
    assert clock.fits("step")
    for kind in ("save", "validate", "check", "finish"):
        clock.expect(kind, 4.0)
    assert clock.reserve() == 25.0 and not clock.fits("step") and clock.fits("validate")
    assert clock.fraction(3, 35.0) == pytest.approx(0.5, abs=0.01), "schedules end at the reserve"
    for _ in range(5):
        clock.expect("step", 1.0)
    assert clock.last("step") == 1.0, "a slow step is forgotten after five"


def test_earlier_sessions_count_and_steps_alone_have_no_clock() -> None:
    clock = Clock(Budget(1.0))
    clock.before = 45.0
    assert clock.left() == pytest.approx(15, abs=1)
    free = Clock(Budget(steps=3))
    free.expect("step", 1e9)
    assert free.left() == math.inf and free.fits("step")


def test_durations_are_measured() -> None:
    clock = Clock(Budget(1.0))
    with clock.timed("save"):
        time.sleep(0.02)
    assert 0.02 <= clock.last("save") < 1.0
