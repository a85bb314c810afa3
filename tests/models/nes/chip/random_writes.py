"""Register writes that visit every corner of the chip, from a seed."""

from collections import defaultdict

import numpy as np

from starling.models.nes.writes import CLOCK, MEMORY, RATE, Writes, writes_of

ALL_ON = (0x15, 0x1F)
TIMERS = (0x02, 0x06, 0x0A)  # low bytes


def random_memory(seed: int) -> bytes:
    """A program's memory full of noise."""
    return np.random.default_rng(seed).bytes(MEMORY)


def random_writes(seed: int, count: int = 60, samples: int = 3000) -> Writes:
    """Mostly sounding voices: every register, timers that are short enough to hear."""
    rng = np.random.default_rng(seed)
    times = rng.integers(0, samples, count)
    rows = [(0, *ALL_ON), (0, 0x08, 0xFF), (0, 0x0B, 0), (0, 0x00, 0xBF), (0, 0x0C, 0x3F)]
    for time in times.tolist():
        address = int(rng.choice([*range(0x14), 0x15, 0x17]))
        value = int(rng.integers(256))
        if address == 0x15:
            value |= int(rng.integers(2)) * 0x0F
        if address in (0x03, 0x07, 0x0B):
            value &= 0xF9  # timers below 512
        rows.append((time, address, value))
    made = writes_of(rows, samples)
    return Writes(made.times, made.addresses, made.values, samples, CLOCK, random_memory(seed))


def by_cycle(writes: Writes) -> dict[int, list[tuple[int, int]]]:
    """Addresses and values by the cycle at which they are written."""
    found = defaultdict(list)
    for time, address, value in zip(
        writes.times.tolist(), writes.addresses.tolist(), writes.values.tolist(), strict=True
    ):
        found[time * writes.clock // RATE].append((address, value))
    return found
