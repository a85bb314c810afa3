"""The program that libgme plays: its header, its code, and when its writes come."""

import pytest
from baselines import libgme
from baselines.nsf import BANK, EMPTY, FIXED, cycles, nsf, timed

from starling.models.nes.writes import CLOCK, RATE, writes_of

TIMES = [0, 100, 101, 5000, 300_000]  # the last is further than one entry can wait
WRITES = writes_of([(time, 0x11, at) for at, time in enumerate(TIMES)], 310_000)


def test_every_write_comes_within_ten_cycles_of_its_time_or_after_those_before_it() -> None:
    now, found = 0, []
    for number, (short, long, address, value) in enumerate(timed(WRITES), 1):
        if address != EMPTY:
            found.append((value, now + cycles(short, long, number) - 13))
        now += cycles(short, long, number)
    assert [value for value, _ in found] == [0, 1, 2, 3, 4]
    for (_, at), time in zip(found[1:], TIMES[1:], strict=True):
        late = 58 - (CLOCK // RATE) if time == 101 else 0
        assert abs(at - time * CLOCK // RATE - late) <= 10
    assert found[0][1] == FIXED + 6


def test_the_file_begins_as_nsf_does_and_holds_whole_banks() -> None:
    made = nsf(WRITES)
    assert made[:14] == b"NESM\x1a\x01\x01\x01\x00\x80\x00\x80\x20\x80"
    assert made[0x70:0x78] == bytes(range(8))
    assert (len(made) - 0x80) % BANK == 0
    assert made[0x80 + 0x20 : 0x80 + 0x25] == b"\xa0\x00\xb1\x00\xaa"


def test_libgme_plays_it() -> None:
    library = libgme.found()
    if library is None:
        pytest.skip(libgme.ABSENT)
    tone = writes_of([(0, 0x15, 1), (0, 0x00, 0xBF), (0, 0x02, 253), (0, 0x03, 0)], RATE)
    sound = libgme.played(library, nsf(tone), RATE)
    assert sound[:700].std() < 0.001 < 0.01 < sound[2000:].std()
