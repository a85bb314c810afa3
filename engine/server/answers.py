"""What a client is sent of an outcome: its datagrams, and progress not too often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from starling.engine import log
from starling.engine.server.handler import Answer
from starling.engine.server.jobs import Outcome
from starling.engine.wire.codec import encode_fail
from starling.engine.wire.failure_codes import code_and_sentence, is_fault
from starling.engine.wire.protocol import Request, Value

if TYPE_CHECKING:
    from starling.presets.library.preset import SearchHit

NO_ASPECTS = (0.0,) * 5  # of a preset that no sound was compared with
MINUTE_S = 60.0
FAILURES_A_MINUTE = 60  # that are logged: a client that fails on and on must not fill the log
FAULTS_A_MINUTE = 20  # each with a traceback of a kilobyte or two


def hit_values(hit: SearchHit) -> tuple[Value, ...]:
    """A preset that was found, as the fields of HIT."""
    tags = ",".join(hit.tags)
    head = (hit.preset, hit.name, hit.synth, hit.bank, tags, hit.score, int(hit.favourite))
    return (*head, *(hit.aspects or NO_ASPECTS))


def datagrams_of(request: Request, outcome: Outcome) -> tuple[bytes, ...]:
    """The answer to a request, or why it failed; failures are logged."""
    try:
        if isinstance(outcome, Answer):
            return outcome.datagrams(request)
    except Exception as exc:  # an answer too long for a datagram
        outcome = exc
    assert isinstance(outcome, BaseException)
    code, sentence = code_and_sentence(outcome)
    _log(request, outcome, code, sentence)
    return (encode_fail(request.req, request.verb, code, sentence),)


def _log(request: Request, outcome: BaseException, code: str, sentence: str) -> None:
    fault = is_fault(outcome)
    unlogged = (FAULTS if fault else FAILURES).next()
    if unlogged is None:
        return
    more = {"unlogged": unlogged} if unlogged else {}
    if fault:
        log.fault("fault in a job", outcome, verb=request.verb, args=asdict(request), **more)
    else:
        log.event("request failed", verb=request.verb, code=code, sentence=sentence, **more)


class Sparing:
    """Lets through so many events a minute, and counts the others. Safe from any thread."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = a_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._minute = clock()
        self._events = self._dropped = 0

    def next(self) -> int | None:
        """For an event that goes through, how many did not since the last that did; else None."""
        with self._lock:
            now = self._clock()
            if now - self._minute >= MINUTE_S:
                self._minute, self._events = now, 0
            if self._events >= self._most:
                self._dropped += 1
                return None
            self._events += 1
            dropped, self._dropped = self._dropped, 0
            return dropped


FAILURES, FAULTS = Sparing(FAILURES_A_MINUTE), Sparing(FAULTS_A_MINUTE)


def at_most_every(seconds: float) -> Callable[[], bool]:
    """What is true at most once in so many seconds, but always at the first call."""
    last = -seconds

    def is_open() -> bool:
        nonlocal last
        if time.monotonic() - last < seconds:
            return False
        last = time.monotonic()
        return True

    return is_open
