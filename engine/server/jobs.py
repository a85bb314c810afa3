"""Work that takes time: a lane is one thread with a priority queue, so a scan never delays a note.

In: a `Job`, submitted to a lane. Out: `job.done(outcome)`. Next: the job's work, one of `handlers`.
A job ends exactly once: with its result, a StarlingError, a cancellation or its deadline. The
outcome is reported at once; the result of work that cannot be interrupted is then dropped.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from starling.engine import threads
from starling.engine.wire.protocol import Value
from starling.models.errors import CancelledError

Outcome = object  # a result, or the exception that ended the work
Clock = Callable[[], float]


class Priority(IntEnum):
    """What goes first: a user waits for INTERACTIVE work, not for BACKGROUND."""

    INTERACTIVE = 0
    BACKGROUND = 1


class Ticket:
    """What running work sees of its job: it polls `cancelled` and reports its progress."""

    def __init__(
        self,
        report: Callable[[float, str], None],
        show: Callable[[tuple[Value, ...]], None] = lambda values: None,
    ) -> None:
        self._stop = threading.Event()
        self._report = report
        self._show = show
        self._lock = threading.Lock()
        self._killers: list[Callable[[], None]] = []

    def cancelled(self) -> bool:
        """Whether the work should stop."""
        return self._stop.is_set()

    def progress(self, fraction: float, text: str) -> None:
        """Report how far the work is, 0..1."""
        if not self.cancelled():
            self._report(fraction, text)

    def item(self, values: tuple[Value, ...]) -> None:
        """Send an item ahead of the answer, which must count it among its `earlier` ones."""
        if not self.cancelled():
            self._show(values)

    def on_cancel(self, kill: Callable[[], None]) -> None:
        """Call `kill` when the job is cancelled, e.g. to end the process that a plugin hangs."""
        with self._lock:
            if not self.cancelled():
                self._killers.append(kill)
                return
        kill()

    def stop(self) -> None:
        """Request the work to stop; any thread, any number of times."""
        with self._lock:
            self._stop.set()
            killers, self._killers = self._killers, []
        for kill in killers:
            kill()


Work = Callable[[Ticket], object]


@dataclass(frozen=True, slots=True)
class JobKey:
    """Whose job it is, and its name or number among the owner's."""

    owner: Hashable
    name: Hashable


@dataclass(slots=True)
class Job:
    """One piece of work; `deadline` is a moment of the clock, `done` gets the outcome."""

    key: Hashable
    work: Work
    done: Callable[[Outcome], None]
    progress: Callable[[float, str], None]
    priority: Priority = Priority.INTERACTIVE
    deadline: float | None = None
    show: Callable[[tuple[Value, ...]], None] = lambda values: None
    ticket: Ticket = field(init=False)
    ended: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.ticket = Ticket(self.progress, self.show)


class Lane:
    """One worker thread and the jobs that wait for it."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._clock = clock
        self._wake = threading.Condition()
        self._waiting: list[tuple[Priority, int, int, Job]] = []
        self._serial = itertools.count()  # first come, first served within a turn
        self._turn = 0  # of the job that began last
        self._turns: dict[Hashable, int] = {}  # by owner: that of its last job
        self._running: Job | None = None
        self._closed = False
        self._thread = threads.start(name, self._loop)

    def submit(self, job: Job) -> None:
        """Queue a job: one of each owner in turn, so that nobody's many delay another's one."""
        owner = job.key.owner if isinstance(job.key, JobKey) else job.key
        with self._wake:
            turn = max(self._turn, self._turns.get(owner, -1) + 1)
            self._turns = {each: at for each, at in self._turns.items() if at >= self._turn}
            self._turns[owner] = turn
            heapq.heappush(self._waiting, (job.priority, turn, next(self._serial), job))
            self._wake.notify()

    def counts(self) -> tuple[int, int]:
        """Jobs running and waiting."""
        with self._wake:
            return int(self._running is not None), sum(not job.ended for *_, job in self._waiting)

    def find(self, matches: Callable[[Job], bool]) -> list[Job]:
        """The jobs, running or waiting and not ended, for which `matches` holds."""
        with self._wake:
            jobs = [job for *_, job in self._waiting]
            jobs += [self._running] if self._running else []
        return [job for job in jobs if not job.ended and matches(job)]

    def end(self, job: Job, outcome: Outcome) -> bool:
        """End a job unless it has ended; returns whether this call did it."""
        with self._wake:
            if job.ended:
                return False
            job.ended = True
        job.done(outcome)
        return True

    def close(self, timeout: float) -> None:
        """Cancel everything and let the thread go."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join(timeout)

    def _next(self) -> Job | None:
        with self._wake:
            self._running = None
            while True:
                while self._waiting:
                    _, turn, _, job = heapq.heappop(self._waiting)
                    if not job.ended:
                        self._turn = max(self._turn, turn)
                        self._running = job
                        return job
                if self._closed:
                    return None
                self._wake.wait()

    def _loop(self) -> None:
        while (job := self._next()) is not None:
            self.end(job, self._outcome(job))

    def _outcome(self, job: Job) -> Outcome:
        if job.deadline is not None and self._clock() > job.deadline:
            return late()
        try:
            return job.work(job.ticket)
        except BaseException as exc:  # the server lives; `done` logs and answers
            return exc


class Jobs:
    """The lanes by name. `cancel`, `expire` and `close` may be called from any thread."""

    def __init__(self, lanes: Sequence[str], clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lanes = {name: Lane(name, clock) for name in lanes}

    def submit(self, lane: str, job: Job) -> None:
        """Queue a job in a lane."""
        self._lanes[lane].submit(job)

    def counts(self) -> tuple[int, int]:
        """Jobs running and waiting, over all lanes."""
        each = [lane.counts() for lane in self._lanes.values()]
        return sum(running for running, _ in each), sum(waiting for _, waiting in each)

    def cancel(self, matches: Callable[[Hashable], bool]) -> int:
        """Cancel the jobs for whose key `matches` holds; returns how many were still alive."""
        return self._end_all(
            lambda job: matches(job.key), lambda: CancelledError("the request was cancelled")
        )

    def expire(self) -> int:
        """End the jobs whose deadline has passed; call it a few times a second."""
        now = self._clock()
        return self._end_all(lambda job: job.deadline is not None and now > job.deadline, late)

    def close(self, timeout: float = 3.0) -> None:
        """Cancel everything and stop the threads; work that ignores it is left to die."""
        self.cancel(lambda _: True)
        for lane in self._lanes.values():
            lane.close(timeout)

    def _end_all(self, matches: Callable[[Job], bool], why: Callable[[], CancelledError]) -> int:
        ended = 0
        for lane in self._lanes.values():
            for job in lane.find(matches):
                if lane.end(job, why()):  # else it just finished, and its sandbox serves the next
                    job.ticket.stop()
                    ended += 1
        return ended


def late() -> CancelledError:
    """The error of a job whose deadline passed."""
    return CancelledError("the request took longer than allowed", code="deadline")
