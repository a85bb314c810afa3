"""What a client is sent of an outcome: its datagrams, and progress not too often."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

from starling.engine import log
from starling.engine.server.handler import Answer
from starling.engine.server.jobs import Outcome
from starling.engine.wire.codec import encode_fail
from starling.engine.wire.failure_codes import code_and_sentence, is_fault
from starling.engine.wire.protocol import Request


def datagrams_of(request: Request, outcome: Outcome) -> tuple[bytes, ...]:
    """The answer to a request, or why it failed; failures are logged."""
    try:
        if isinstance(outcome, Answer):
            return outcome.datagrams(request)
    except Exception as exc:  # an answer too long for a datagram
        outcome = exc
    assert isinstance(outcome, BaseException)
    code, sentence = code_and_sentence(outcome)
    if is_fault(outcome):
        log.fault("fault in a job", outcome, verb=request.verb, args=asdict(request))
    else:
        log.event("request failed", verb=request.verb, code=code, sentence=sentence)
    return (encode_fail(request.req, request.verb, code, sentence),)


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
