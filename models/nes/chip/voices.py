"""The five voices of the chip without C++: as in models/kernels/apu, in the same words."""

from __future__ import annotations

from typing import Protocol

from starling.models.nes.chip.tables import DUTIES, NOISE_PERIODS, SAMPLE_PERIODS, TRIANGLE
from starling.models.nes.chip.units import Envelope, Length, Sweep, Timer
from starling.models.nes.writes import MEMORY

FIRST_SAMPLE = 0x4000  # sampled sound lies from 0xC000 on, half way through the memory


class Voice(Protocol):
    """What the chip does with each of them."""

    timer: Timer

    def write(self, part: int, value: int) -> None:
        """Take a byte for one of its four registers."""

    def sounds(self) -> bool:
        """Whether a clock may change its level."""

    def level(self) -> int:
        """What the mixer gets now."""

    def step(self) -> None:
        """Be clocked by the timer."""

    def skip(self, missed: int) -> None:
        """Be clocked that often while it did not sound."""


class Pulse:
    """A pulse wave of eight steps."""

    def __init__(self, first: bool) -> None:
        self.envelope, self.length, self.sweep = Envelope(), Length(), Sweep(first)
        self.timer, self.duty, self.at = Timer(), 0, 0
        self.set_reload(0)

    def set_reload(self, reload: int) -> None:
        """Set the timer's register, 11 bits."""
        self.reload, self.timer.period = reload, 2 * (reload + 1)

    def write(self, part: int, value: int) -> None:
        """Take a byte for one of its four registers."""
        if part == 0:
            self.duty, self.length.halted = value >> 6, bool(value & 0x20)
            self.envelope.write(value)
        elif part == 1:
            self.sweep.write(value)
        elif part == 2:
            self.set_reload(self.reload & 0x700 | value)
        else:
            self.set_reload(self.reload & 0x0FF | (value & 7) << 8)
            self.length.load(value)
            self.at, self.envelope.start = 0, True

    def half(self) -> None:
        """Count and sweep, twice a frame."""
        self.length.half()
        self.set_reload(self.sweep.half(self.reload))

    def sounds(self) -> bool:
        """Whether a clock may change its level."""
        return bool(self.length.count and self.envelope.level and not self.sweep.mutes(self.reload))

    def level(self) -> int:
        """What the mixer gets now, 0..15."""
        return self.envelope.level if self.sounds() and DUTIES[self.duty][self.at] else 0

    def tone(self) -> tuple[int, int, int]:
        """Timer, volume (0: silent) and duty."""
        return self.reload, self.envelope.level * self.sounds(), self.duty

    def step(self) -> None:
        """Be clocked by the timer."""
        self.at = self.at + 1 & 7

    def skip(self, missed: int) -> None:
        """Be clocked that often while it did not sound."""
        self.at = self.at + missed & 7


class Triangle:
    """Thirty-two steps down and up; stopped it holds its level."""

    def __init__(self) -> None:
        self.length, self.timer = Length(), Timer()
        self.reload = self.at = self.linear = self.linear_reload = 0
        self.reload_linear = False

    def write(self, part: int, value: int) -> None:
        """Take a byte for one of its four registers."""
        if part == 0:
            self.length.halted, self.linear_reload = bool(value & 0x80), value & 0x7F
        elif part == 2:
            self.reload = self.reload & 0x700 | value
        elif part == 3:
            self.reload = self.reload & 0x0FF | (value & 7) << 8
            self.length.load(value)
            self.reload_linear = True
        self.timer.period = self.reload + 1

    def quarter(self) -> None:
        """Count by the linear counter, four times a frame."""
        self.linear = self.linear_reload if self.reload_linear else max(0, self.linear - 1)
        self.reload_linear &= self.length.halted  # the same bit is the counter's control

    def sounds(self) -> bool:
        """Whether a clock may change its level."""
        return bool(self.linear and self.length.count)

    def level(self) -> int:
        """What the mixer gets now, 0..15."""
        return TRIANGLE[self.at]

    def tone(self) -> tuple[int, int, int]:
        """Timer, whether it sounds, and nothing."""
        return self.reload, int(self.sounds()), 0

    def step(self) -> None:
        """Be clocked by the timer."""
        self.at = self.at + 1 & 31

    def skip(self, missed: int) -> None:
        """Stand still: only its timer runs."""


class Noise:
    """A shift register of 15 bits."""

    def __init__(self) -> None:
        self.envelope, self.length = Envelope(), Length()
        self.timer, self.bits, self.short = Timer(0, NOISE_PERIODS[0]), 1, False

    def write(self, part: int, value: int) -> None:
        """Take a byte for one of its four registers."""
        if part == 0:
            self.length.halted = bool(value & 0x20)
            self.envelope.write(value)
        elif part == 2:
            self.short, self.timer.period = bool(value & 0x80), NOISE_PERIODS[value & 0x0F]
        elif part == 3:
            self.length.load(value)
            self.envelope.start = True

    def sounds(self) -> bool:
        """Whether a clock may change its level."""
        return bool(self.length.count and self.envelope.level)

    def level(self) -> int:
        """What the mixer gets now, 0..15."""
        return self.envelope.level if self.sounds() and not self.bits & 1 else 0

    def tone(self) -> tuple[int, int, int]:
        """Period's index, volume (0: silent) and mode (1: short)."""
        period = NOISE_PERIODS.index(self.timer.period)
        return period, self.envelope.level * self.sounds(), int(self.short)

    def step(self) -> None:
        """Be clocked by the timer."""
        feedback = (self.bits ^ self.bits >> (6 if self.short else 1)) & 1
        self.bits = self.bits >> 1 | feedback << 14

    def skip(self, missed: int) -> None:
        """Be clocked that often; every state comes back after 93 steps or 32,767."""
        for _ in range(missed % (93 if self.short else 32767)):
            self.step()


class Samples:
    """Sampled sound (DMC): a level of 7 bits, written as it is or moved by bits of the memory."""

    def __init__(self, memory: bytes) -> None:
        self.memory = memory or bytes(MEMORY)
        self.timer = Timer(0, SAMPLE_PERIODS[0])
        self.start, self.size, self.at, self.left = FIRST_SAMPLE, 1, FIRST_SAMPLE, 0
        self.held = self.bits = self.shift = self.buffer = 0
        self.loop, self.silent, self.full = False, True, False

    def write(self, part: int, value: int) -> None:
        """Take a byte for one of its four registers."""
        if part == 0:
            self.loop, self.timer.period = bool(value & 0x40), SAMPLE_PERIODS[value & 0x0F]
        elif part == 1:
            self.held = value & 0x7F
        elif part == 2:
            self.start = FIRST_SAMPLE + 64 * value
        else:
            self.size = 16 * value + 1

    def enable(self, on: bool) -> None:
        """Play from the start unless it plays, or stop after what has been read."""
        if not on:
            self.left = 0
        elif not self.left:
            self.at, self.left = self.start, self.size
            self.fetch()

    def fetch(self) -> None:
        """Read the next byte ahead."""
        if self.full or not self.left:
            return
        self.buffer, self.full = self.memory[self.at], True
        self.at, self.left = (self.at + 1) % MEMORY, self.left - 1
        if not self.left and self.loop:
            self.at, self.left = self.start, self.size

    def sounds(self) -> bool:
        """Whether a clock may change its level."""
        return not self.silent or self.full

    def level(self) -> int:
        """What the mixer gets now, 0..127."""
        return self.held

    def step(self) -> None:
        """Be clocked by the timer."""
        moved = self.held + (2 if self.shift & 1 else -2)
        if not self.silent:
            self.held, self.shift = moved if 0 <= moved <= 127 else self.held, self.shift >> 1
        self.bits = self.bits - 1 & 7
        if not self.bits:
            self.silent, self.shift, self.full = not self.full, self.buffer, False
            self.fetch()

    def skip(self, missed: int) -> None:
        """Count bits of silence."""
        self.bits = self.bits - missed & 7
