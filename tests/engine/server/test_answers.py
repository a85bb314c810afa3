from pathlib import Path

from starling.engine import log
from starling.engine.server.answers import Sparing, at_most_every, datagrams_of
from starling.engine.server.handler import Answer
from starling.engine.wire.codec import decode
from starling.engine.wire.requests import StatusRequest
from starling.models.errors import InputError

REQUEST = StatusRequest(7)


def said(outcome: Answer | BaseException) -> list[tuple[str, list[object]]]:
    return [message for each in datagrams_of(REQUEST, outcome) for message in decode(each)]


def test_an_answer_is_done() -> None:
    [(address, values)] = said(Answer((1, 2, 3, 4, "text")))
    assert address == "/starling/done" and values[:2] == [7, "status"]


def test_a_mistake_and_a_fault_are_sentences() -> None:
    [(address, values)] = said(InputError("seed must be 0..9, got 10", code="bad_seed"))
    assert address == "/starling/fail"
    assert values == [7, "status", "bad_seed", "seed must be 0..9, got 10"]
    [(_, values)] = said(ZeroDivisionError("in a formula"))
    assert "a fault of the engine's own" in str(values[3])


def test_progress_is_let_through_now_and_then() -> None:
    is_open = at_most_every(60.0)
    assert [is_open() for _ in range(3)] == [True, False, False]
    always = at_most_every(0.0)
    assert [always() for _ in range(3)] == [True, True, True]


def test_the_log_gets_so_many_failures_a_minute_and_the_number_of_the_others() -> None:
    now = [0.0]
    sparing = Sparing(3, lambda: now[0])
    assert [sparing.next() for _ in range(5)] == [0, 0, 0, None, None]
    now[0] = 59.0
    assert sparing.next() is None
    now[0] = 60.0
    assert [sparing.next() for _ in range(4)] == [3, 0, 0, None]


def test_thousands_of_failures_do_not_fill_the_log(tmp_path: Path) -> None:
    handlers = log.open_log(tmp_path)
    for _ in range(1500):
        datagrams_of(REQUEST, InputError("seed must be 0..9, got 10", code="bad_seed"))
        datagrams_of(REQUEST, ZeroDivisionError("in a formula"))
    log.close_log(handlers)
    assert (tmp_path / log.FILE).stat().st_size < 30_000
