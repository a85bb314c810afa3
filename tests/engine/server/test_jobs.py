import threading
import time
from collections.abc import Iterator

import pytest

from starling.engine import threads
from starling.engine.server.jobs import Job, JobKey, Jobs, Outcome, Priority, Ticket, Work
from starling.models.errors import CancelledError


class Bench:
    """Jobs in two lanes, and what came of them in the order of ending."""

    def __init__(self) -> None:
        self.now = 0.0
        self.jobs = Jobs(("one", "two"), clock=lambda: self.now)
        self.outcomes: dict[str, Outcome] = {}
        self.ended = threading.Condition()

    def submit(
        self,
        name: str,
        work: Work,
        lane: str = "one",
        priority: Priority = Priority.INTERACTIVE,
        deadline: float | None = None,
    ) -> None:
        def done(outcome: Outcome) -> None:
            with self.ended:
                assert name not in self.outcomes, "a job ends once"
                self.outcomes[name] = outcome
                self.ended.notify_all()

        job = Job(name, work, done, lambda *_: None, priority, deadline)
        self.jobs.submit(lane, job)

    def wait(self, *names: str) -> None:
        with self.ended:
            assert self.ended.wait_for(lambda: set(names) <= set(self.outcomes), 5)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.jobs.close()


def blocked(gate: threading.Event) -> tuple[Work, threading.Event]:
    """Work that waits at a gate, and an event that says that it began."""
    began = threading.Event()

    def work(_: Ticket) -> object:
        began.set()
        assert gate.wait(5)
        return "through"

    return work, began


def until_cancelled(ticket: Ticket) -> object:
    while not ticket.cancelled():
        time.sleep(0.001)
    return "unheard"


def test_interactive_work_goes_before_background_work(bench: Bench) -> None:
    gate = threading.Event()
    work, began = blocked(gate)
    bench.submit("first", work)
    assert began.wait(5)
    bench.submit("scan", lambda _: 1, priority=Priority.BACKGROUND)
    bench.submit("note 1", lambda _: 2)
    bench.submit("note 2", lambda _: 3)
    gate.set()
    bench.wait("first", "scan", "note 1", "note 2")
    assert list(bench.outcomes) == ["first", "note 1", "note 2", "scan"]


def test_a_busy_lane_does_not_hold_up_the_other(bench: Bench) -> None:
    gate = threading.Event()
    work, began = blocked(gate)
    bench.submit("scan", work)
    assert began.wait(5)
    bench.submit("note", lambda _: "sound", lane="two")
    bench.wait("note")
    assert bench.jobs.counts() == (1, 0)
    gate.set()
    bench.wait("scan")


def test_a_fault_ends_the_job_and_not_the_lane(bench: Bench) -> None:
    bench.submit("bad", lambda _: 1 // 0)
    bench.submit("good", lambda _: "sound")
    bench.wait("good")
    assert isinstance(bench.outcomes["bad"], ZeroDivisionError)
    assert bench.outcomes["good"] == "sound"


def test_a_waiting_job_is_cancelled_without_running(bench: Bench) -> None:
    gate = threading.Event()
    work, began = blocked(gate)
    ran = threading.Event()
    bench.submit("first", work)
    assert began.wait(5)
    bench.submit("second", lambda _: ran.set())
    assert bench.jobs.cancel(lambda key: key == "second") == 1
    gate.set()
    bench.wait("first", "second")
    assert isinstance(bench.outcomes["second"], CancelledError)
    bench.submit("third", lambda _: None)
    bench.wait("third")
    assert not ran.is_set()


def test_a_running_job_is_told_and_its_process_killed(bench: Bench) -> None:
    killed, began = threading.Event(), threading.Event()

    def work(ticket: Ticket) -> object:
        ticket.on_cancel(killed.set)
        began.set()
        return until_cancelled(ticket)

    bench.submit("audition", work)
    assert began.wait(5)
    assert bench.jobs.cancel(lambda _: True) == 1
    assert killed.is_set()
    bench.wait("audition")
    assert isinstance(bench.outcomes["audition"], CancelledError)
    assert bench.jobs.cancel(lambda _: True) == 0


def test_a_cancellation_that_comes_too_late_kills_nothing(bench: Bench) -> None:
    """The sandbox of an audition that just ended already plays the next one."""
    gate, killed = threading.Event(), threading.Event()
    inner, began = blocked(gate)

    def work(ticket: Ticket) -> object:
        ticket.on_cancel(killed.set)
        return inner(ticket)

    def finishes_meanwhile(key: object) -> bool:
        gate.set()
        bench.wait("audition")
        return True

    bench.submit("audition", work)
    assert began.wait(5)
    assert bench.jobs.cancel(finishes_meanwhile) == 0
    assert bench.outcomes["audition"] == "through"
    assert not killed.is_set()


def test_what_is_set_up_after_the_cancellation_is_killed_at_once() -> None:
    ticket, killed = Ticket(lambda *_: None), threading.Event()
    ticket.stop()
    ticket.on_cancel(killed.set)
    assert killed.is_set()


def test_deadlines_end_waiting_and_running_jobs(bench: Bench) -> None:
    began = threading.Event()

    def work(ticket: Ticket) -> object:
        began.set()
        return until_cancelled(ticket)

    bench.submit("running", work, deadline=10)
    assert began.wait(5)
    bench.submit("waiting", lambda _: "late", deadline=10)
    bench.submit("patient", lambda _: "sound")
    bench.now = 9
    assert bench.jobs.expire() == 0
    bench.now = 11
    assert bench.jobs.expire() == 2
    bench.wait("running", "waiting", "patient")
    assert [getattr(bench.outcomes[name], "code", None) for name in ("running", "waiting")] == [
        "deadline",
        "deadline",
    ]
    assert bench.outcomes["patient"] == "sound"


def test_a_job_past_its_deadline_is_not_begun(bench: Bench) -> None:
    bench.now = 11
    bench.submit("late", lambda _: "sound", deadline=10)
    bench.wait("late")
    assert getattr(bench.outcomes["late"], "code", None) == "deadline"


def test_progress_stops_with_the_job() -> None:
    heard: list[float] = []
    ticket = Ticket(lambda fraction, text: heard.append(fraction))
    ticket.progress(0.5, "half")
    ticket.stop()
    ticket.progress(0.6, "more")
    assert heard == [0.5]


def test_close_cancels_what_runs_and_waits(bench: Bench) -> None:
    bench.submit("running", until_cancelled)
    bench.submit("waiting", lambda _: "late")
    bench.jobs.close()
    assert {type(each) for each in bench.outcomes.values()} <= {CancelledError, str}
    assert set(bench.outcomes) == {"running", "waiting"}


def test_items_of_cancelled_work_are_not_shown() -> None:
    shown: list[tuple[object, ...]] = []
    ticket = Ticket(lambda fraction, text: None, shown.append)
    ticket.item((1, "early"))
    ticket.stop()
    ticket.item((2, "late"))
    assert shown == [(1, "early")]


@pytest.mark.parametrize("fault", [ZeroDivisionError("0"), SystemExit(3)])
def test_a_lane_outlives_work_that_fails_and_a_report_that_fails(
    bench: Bench, fault: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "RESTART_S", 0.01)

    def fail(_: object) -> object:
        raise fault

    bench.submit("fails", fail)
    bench.wait("fails")
    assert bench.outcomes["fails"] is fault
    bench.jobs.submit("one", Job("report fails", lambda _: 1, fail, lambda *_: None))
    bench.submit("next", lambda _: "served")
    bench.wait("next")
    assert bench.outcomes["next"] == "served"


def test_owners_take_turns_however_many_jobs_one_has(bench: Bench) -> None:
    gate = threading.Event()
    work, began = blocked(gate)
    bench.submit("first", work)
    assert began.wait(5)
    ended: list[object] = []
    for owner, count in (("a", 4), ("b", 1), ("c", 2)):
        for number in range(count):
            key = JobKey(owner, number)
            job = Job(key, lambda _: 1, lambda _, key=key: ended.append(key), lambda *_: None)
            bench.jobs.submit("one", job)
    bench.submit("last", lambda _: 1, priority=Priority.BACKGROUND)
    gate.set()
    bench.wait("first", "last")
    assert " ".join(f"{key.owner}{key.name}" for key in ended) == "a0 b0 c0 a1 c1 a2 a3"
