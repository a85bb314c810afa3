"""The bench of fuzzing in its short form, and the fuzzer itself: it finds what is wrong."""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bench_fuzz import Finding, fuzz, fuzz_guided, input_of, limited, shares
from mutation import mutated
from parsers import PARSERS, Parser

from starling.models.errors import ParseError

COUNT = 10_000
posix = pytest.mark.skipif(sys.platform == "win32", reason="time is limited by a signal")


def test_the_short_form_feeds_ten_thousand() -> None:
    counts = shares(COUNT)
    assert sum(counts.values()) >= COUNT and len(counts) == len(PARSERS) >= 35
    assert shares(COUNT, each=7) == dict.fromkeys(counts, 7)


@posix
@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_damaged_bytes_are_read_or_refused_with_a_sentence(
    parser: Parser, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert list(fuzz(parser, 0, shares(COUNT)[parser.name], seed=1, folder=tmp_path)) == []


def hangs(data: bytes) -> None:
    time.sleep(30)


def forgets(data: bytes) -> None:
    raise KeyError(data)


def is_silent(data: bytes) -> None:
    raise ParseError(" ")


@posix
@pytest.mark.parametrize(
    ("read", "what"),
    [
        (hangs, "TimeoutError: 'it took over 0.05 s'"),
        (forgets, "KeyError: "),
        (is_silent, "ParseError without a sentence"),
    ],
)
def test_what_is_not_documented_is_found(
    read: Callable[[bytes], None], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench_fuzz.LONGEST_S", 0.05)
    parser = Parser("bad", lambda: [b"abc"], lambda data, _: read(data), (ParseError,))
    [first] = list(fuzz(parser, 0, 3, seed=1, folder=tmp_path))
    assert isinstance(first, Finding)
    assert (first.index, first.what[: len(what)]) == (0, what)


def test_an_input_is_made_again_by_its_number() -> None:
    parser = PARSERS[0]
    inputs = [input_of(parser, 1, index) for index in range(50)]
    assert inputs == [input_of(parser, 1, index) for index in range(50)]
    assert len(set(inputs)) > 45


def test_mutations_change_bytes_and_stay_small() -> None:
    chance, corpus = random.Random(1), [bytes(range(200)), b"x" * 10]
    made = [mutated(corpus, chance) for _ in range(500)]
    assert sum(each in corpus for each in made) < 25
    assert max(map(len, made)) <= 1 << 16


def test_guided_inputs_are_read_or_refused_too() -> None:
    pytest.importorskip("atheris", reason="only those who fuzz need it")
    [parser] = [each for each in PARSERS if each.name == "curve"]
    assert fuzz_guided(parser, 300, seed=1) == []


def test_a_guided_run_that_ends_badly_is_a_finding() -> None:
    nobody = Parser("nobody's", lambda: [b""], lambda data, _: None)
    [found] = fuzz_guided(nobody, 10, seed=1)
    assert found.what.startswith("the process ended: ")


@posix
def test_what_is_quick_enough_is_left_alone() -> None:
    began = time.monotonic()
    with limited(5.0):
        done = sum(range(1000))
    assert done == 499500 and time.monotonic() - began < 5.0
