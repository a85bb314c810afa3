"""What a program tells the sound chip of the NES: bytes into its registers, each at its time.

>>> tone = writes_of([(0, 0x15, 1), (0, 0x00, 0xBF), (0, 0x02, 0xFD), (0, 0x03, 0)], 44100)
>>> len(tone), tone.seconds
(4, 1.0)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError

RATE = 44100  # of the times: VGM's unit, whatever rate the chip is played at
CLOCK = 1_789_773  # Hz, of the chip sold in America and Japan
CLOCKS = (1_000_000, 4_000_000)  # Europe's is 1,662,607; some machines ran at other clocks
REGISTERS = 0x18  # 0x4000 to 0x4017; 0x14 and 0x16 are no registers of the chip and do nothing
MAX_SAMPLES = 3600 * RATE  # an hour
MAX_WRITES = 20_000_000  # more than the chip's four voices at 1 kHz for an hour
MEMORY = 0x8000  # bytes of the program's memory, from 0x8000 on, that sampled sound is read from


@dataclass(frozen=True, slots=True, eq=False)
class Writes:
    """Register writes in order of time. Equal when all of it is.

    `memory` is empty or holds the bytes 0x8000 to 0xFFFF, where sampled sound (DMC) lies.
    """

    times: NDArray[np.int64]  # (n,) at 44.1 kHz, rising; equal times keep their order
    addresses: NDArray[np.uint8]  # (n,) from 0x4000: 0x00..0x17
    values: NDArray[np.uint8]  # (n,)
    samples: int  # length at 44.1 kHz, at least the last time
    clock: int = CLOCK  # Hz
    memory: bytes = b""

    def __len__(self) -> int:
        return len(self.times)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Writes):
            return NotImplemented
        mine, theirs = (
            (each.samples, each.clock, each.memory, *(column.tobytes() for column in arrays(each)))
            for each in (self, other)
        )
        return mine == theirs

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.samples / RATE


def arrays(writes: Writes) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint8]]:
    """Times, addresses and values, each of its own type."""
    return (
        np.ascontiguousarray(writes.times, np.int64),
        np.ascontiguousarray(writes.addresses, np.uint8),
        np.ascontiguousarray(writes.values, np.uint8),
    )


def writes_of(entries: Iterable[tuple[int, int, int]], samples: int, clock: int = CLOCK) -> Writes:
    """Writes from (time, address, value), sorted by time. Raises InputError."""
    found = np.array([*entries], np.int64).reshape(-1, 3)
    rows = found[np.argsort(found[:, 0], kind="stable")]
    for name, column in (("address", rows[:, 1]), ("value", rows[:, 2])):
        if len(wrong := column[(column < 0) | (column > 255)]):
            raise InputError(f"{name} must be 0..255, got {wrong[0]}")
    made = Writes(rows[:, 0], rows[:, 1].astype(np.uint8), rows[:, 2].astype(np.uint8), samples)
    return checked(Writes(*arrays(made), samples, clock))


def checked(writes: Writes) -> Writes:
    """The same writes, if they are valid. Raises InputError that names the field and its value."""
    times, addresses, values = arrays(writes)
    _check_sizes(writes, times, addresses, values)
    if len(late := np.flatnonzero(np.diff(times) < 0)):
        at = int(late[0]) + 1
        raise InputError(f"times must rise, got {times[at]} after {times[at - 1]} at write {at}")
    if len(times) and (times[0] < 0 or times[-1] > writes.samples):
        wrong = times[0] if times[0] < 0 else times[-1]
        raise InputError(f"times must lie in 0..{writes.samples} (the length), got {wrong}")
    if len(foreign := addresses[addresses >= REGISTERS]):
        raise InputError(f"address must be 0x00..0x17 (from 0x4000), got 0x{foreign[0]:02X}")
    return writes


def _check_sizes(writes: Writes, *columns: NDArray[np.generic]) -> None:
    shapes = [column.shape for column in columns]
    if len(set(shapes)) > 1 or len(shapes[0]) != 1:
        raise InputError(f"times, addresses and values must be of one length, got {shapes}")
    if len(columns[0]) > MAX_WRITES:
        raise InputError(f"there may be at most {MAX_WRITES:,} writes, got {len(columns[0]):,}")
    if not 0 <= writes.samples <= MAX_SAMPLES:
        raise InputError(f"samples must be 0..{MAX_SAMPLES} (an hour), got {writes.samples}")
    if not CLOCKS[0] <= writes.clock <= CLOCKS[1]:
        raise InputError(f"clock must be {CLOCKS[0]}..{CLOCKS[1]} Hz, got {writes.clock}")
    if len(writes.memory) not in (0, MEMORY):
        raise InputError(f"memory must be empty or {MEMORY} bytes, got {len(writes.memory)}")
