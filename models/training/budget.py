"""How long a run may take: its budget, and a clock that foresees what still fits into it.

The budget bounds the whole command on the wall clock: reading data, validations, checkpoints and
publishing too. Nothing is begun that would, by the last durations of its kind, end too late.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starling.models.errors import InputError

REMEMBERED = 5  # durations of each kind; the longest of them is what is expected next
MARGIN = 1.5  # by which the reserve exceeds what was measured: a machine may get busier
LEAVING = 1.0  # seconds in which the process itself starts and ends
CLOSING = ("save", "validate", "check", "finish")  # what follows the last step


@dataclass(frozen=True, slots=True)
class Budget:
    """Minutes of wall clock, steps, or both: what ends first; 0 means no limit.

    `began` is the moment (time.monotonic) from which the minutes count: the command's start.
    """

    minutes: float = 0.0
    steps: int = 0
    began: float = field(default_factory=time.monotonic, compare=False)

    def require(self) -> None:
        """Raise InputError (code `bad_budget`) for a run that would never end."""
        if self.minutes <= 0 and self.steps <= 0:
            raise InputError("a budget is needed: minutes or steps above 0", code="bad_budget")


class Clock:
    """The time that is left of a budget, and how long each kind of work took last.

    `before` are the seconds that earlier sessions of the run have used.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget, self.before = budget, 0.0
        self._last: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    @contextmanager
    def timed(self, kind: str) -> Iterator[None]:
        """Remember how long the block takes."""
        began = time.monotonic()
        yield
        self.expect(kind, time.monotonic() - began)

    def expect(self, kind: str, seconds: float) -> None:
        """Take `seconds` for a duration of this kind, as if it had been measured."""
        self._last[kind].append(seconds)

    def last(self, kind: str) -> float:
        """Seconds to expect: the longest of the last durations; 0 where there is none."""
        return max(self._last.get(kind, ()), default=0.0)

    def spent(self) -> float:
        """Seconds since the command's start, and those of earlier sessions."""
        return self.before + time.monotonic() - self.budget.began

    def left(self) -> float:
        """Seconds until the budget ends; infinite without minutes."""
        return 60 * self.budget.minutes - self.spent() if self.budget.minutes else math.inf

    def reserve(self) -> float:
        """Seconds to keep for what follows the last step."""
        return LEAVING + MARGIN * sum(self.last(kind) for kind in CLOSING)

    def fits(self, kind: str) -> bool:
        """Whether one more of this kind, and all that follows the last step, would end in time."""
        return self.last(kind) + self.reserve() <= self.left()

    def fraction(self, step: int, elapsed: float) -> float:
        """How much of the budget is used, 0..1, after so many steps and seconds of training.

        Time counts from the first step to where the reserve begins, so that schedules, which
        follow this fraction, reach their end.
        """
        by_step = step / self.budget.steps if self.budget.steps else 0.0
        if not self.budget.minutes:
            return min(1.0, by_step)
        left = max(0.0, self.left() - self.reserve())
        by_time = elapsed / (elapsed + left) if left else 1.0
        return min(1.0, max(by_step, by_time))
