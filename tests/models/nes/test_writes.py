"""Register writes: their order, equality, and a sentence for each fault."""

from dataclasses import replace

import numpy as np
import pytest

from starling.models.errors import InputError
from starling.models.nes.writes import Writes, checked, writes_of

TONE = writes_of([(9, 0x03, 0), (0, 0x15, 1), (9, 0x02, 0xFD)], 44100)


def test_writes_are_sorted_by_time_and_keep_the_order_of_equal_times() -> None:
    assert TONE.times.tolist() == [0, 9, 9]
    assert TONE.addresses.tolist() == [0x15, 0x03, 0x02]
    assert TONE.values.tolist() == [1, 0, 0xFD]
    assert (TONE.seconds, len(TONE)) == (1.0, 3)


def test_writes_are_equal_when_every_part_is() -> None:
    assert replace(TONE, values=TONE.values.copy()) == TONE
    other = [replace(TONE, samples=9), replace(TONE, clock=1_662_607), replace(TONE, memory=b"1")]
    changed = TONE.values.copy()
    changed[0] += 1
    assert all(each != TONE for each in [*other, replace(TONE, values=changed), TONE.samples])


def made(times: list[int], addresses: list[int], samples: int = 100) -> Writes:
    numbers = np.array(addresses, np.uint8)
    return Writes(np.array(times, np.int64), numbers, numbers, samples)


@pytest.mark.parametrize(
    ("writes", "sentence"),
    [
        (made([2, 1], [0, 0]), "times must rise, got 1 after 2 at write 1"),
        (made([-1, 1], [0, 0]), r"times must lie in 0\.\.100 \(the length\), got -1"),
        (made([0, 101], [0, 0]), r"times must lie in 0\.\.100 \(the length\), got 101"),
        (made([0], [0x18]), r"address must be 0x00\.\.0x17 \(from 0x4000\), got 0x18"),
        (made([0], [0, 1]), r"must be of one length, got \[\(1,\), \(2,\), \(2,\)\]"),
        (made([], [], -1), r"samples must be 0\.\.158760000 \(an hour\), got -1"),
        (replace(made([], []), clock=9), r"clock must be 1000000\.\.4000000 Hz, got 9"),
        (replace(made([], []), memory=b"x"), "memory must be empty or 32768 bytes, got 1"),
    ],
)
def test_invalid_writes_get_a_sentence(writes: Writes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        checked(writes)


def test_values_that_are_no_bytes_get_a_sentence() -> None:
    with pytest.raises(InputError, match=r"value must be 0\.\.255, got 256"):
        writes_of([(0, 0, 256)], 1)
