"""How far streams are wanted, how fast they are played, and whether a machine keeps up. Pure.

A player in real time moves on whether its frames are there or not; one that bounces waits for them.
The second shows by wanting far more than is ready: it is never late, and never ended for the load.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WAITS_SECONDS = 1.0  # wanted beyond what is ready: such a client waits, as in a bounce
RATE_WINDOW_S = 0.25  # over which a stream's consumption is measured
LATE_S = 1.0  # of lateness, breaks taken off: more than any player's buffer
AGAIN_S = 0.25  # then the next one may end so soon
MARGIN = 0.95  # of the measured speed
LAST_MARGIN = 2.0  # a note that plays alone may run dry now and then, if it plays half of the time
MEMORY_S = 0.5  # of work, over which the speed is measured
SILENT_S = 10.0  # a stream whose client says nothing for so long ends


@dataclass(slots=True)
class Demand:
    """What a client wants of a stream; times in seconds of one clock."""

    rate: int
    heard: float  # when the client last said something
    until: int = 0  # frames that are wanted, from the start
    late: bool = False  # the client wanted more before it had what it wanted last
    waits: bool = False
    consumption: float = 0.0  # seconds of sound a second: the most in any window
    _mark: tuple[float, int] | None = None  # time and `until` where the window began

    def pace(self, now: float, until: int, ready: int) -> None:
        """The client wants frames up to `until`, `ready` of which are there."""
        self.heard = now
        self.waits = until - ready >= WAITS_SECONDS * self.rate
        if self.waits or ready >= self.until:
            self.late = False
        elif until > self.until:  # it did not wait for what it wanted last
            self.late = True
        self.until = max(self.until, until)
        if self._mark is None or self.waits:
            self._mark = (now, self.until)
        elif now - self._mark[0] >= RATE_WINDOW_S:
            played = (self.until - self._mark[1]) / self.rate / (now - self._mark[0])
            self.consumption = max(self.consumption, played)
            self._mark = (now, self.until)

    def is_silent(self, now: float) -> bool:
        """Whether its client has gone."""
        return now - self.heard > SILENT_S


@dataclass(slots=True)
class Load:
    """Whether streams that are rendered together are rendered as fast as they are played."""

    _sound: float = 0.0  # seconds of all streams in a batch, the latest count most
    _work: float = 0.0  # seconds that they took
    _late: float = 0.0  # seconds in which a stream was late, less those in which none was
    _looked: float | None = None

    @property
    def speed(self) -> float:
        """Seconds of sound that are rendered in a second."""
        return self._sound / self._work if self._work else 0.0

    def rendered(self, seconds: float, took: float) -> None:
        """So many seconds of sound were rendered in so much time, files and messages included."""
        if seconds:
            kept = math.exp(-took / MEMORY_S)
            self._sound = kept * self._sound + seconds
            self._work = kept * self._work + max(took, 1e-6)

    def is_too_much(self, now: float, demands: Sequence[Demand]) -> bool:
        """Whether one of the streams must end; once it says so, it waits a while."""
        passed = 0.0 if self._looked is None else now - self._looked
        self._looked = now
        if not any(each.late for each in demands):
            self._late = max(0.0, self._late - passed)
            return False
        self._late += passed
        playing = [each.consumption for each in demands if not each.waits]
        enough = MARGIN if len(playing) > 1 else LAST_MARGIN
        if self._late < LATE_S or self.speed * enough >= sum(playing):
            return False
        self._late = LATE_S - AGAIN_S
        return True
