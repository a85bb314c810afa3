"""The chip one cycle after the other, as slow as it is plain: what both chips are tested against.

Written from nesdev's documentation, without what makes the chips fast: every timer counts down, at
every cycle. The order within a cycle is that of the chips: writes, frames, timers.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LENGTHS = [
    *(10, 254, 20, 2, 40, 4, 80, 6, 160, 8, 60, 10, 14, 12, 26, 14),
    *(12, 16, 24, 18, 48, 20, 96, 22, 192, 24, 72, 26, 16, 28, 32, 30),
]
NOISE = [4, 8, 16, 32, 64, 96, 128, 160, 202, 254, 380, 508, 762, 1016, 2034, 4068]
RATES = [428, 380, 340, 320, 286, 254, 226, 214, 190, 160, 142, 128, 106, 84, 72, 54]
SHAPES = ["01000000", "01100000", "01111000", "10011111"]


@dataclass
class Unit:
    """Everything that any of the voices has; each uses its part."""

    registers: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    on: bool = False  # by 0x4015
    length: int = 0
    counter: int = 0  # of the timer
    step: int = 0
    start: bool = False  # of the envelope
    divider: int = 0
    decay: int = 0
    sweep_divider: int = 0
    sweep_reload: bool = False
    linear: int = 0
    linear_reload: bool = False

    @property
    def timer(self) -> int:
        return self.registers[2] + 256 * (self.registers[3] % 8)

    @property
    def volume(self) -> int:
        return self.registers[0] % 16 if self.registers[0] & 16 else self.decay

    def envelope(self) -> None:
        if self.start:
            self.start, self.decay, self.divider = False, 15, self.registers[0] % 16
        elif self.divider == 0:
            self.divider = self.registers[0] % 16
            if self.decay > 0:
                self.decay -= 1
            elif self.registers[0] & 32:
                self.decay = 15
        else:
            self.divider -= 1

    def count(self, halted: int) -> None:
        if self.length > 0 and not halted:
            self.length -= 1

    def counts_to_zero(self, period: int) -> bool:
        if self.counter == 0:
            self.counter = period - 1
            return True
        self.counter -= 1
        return False


class Reference:
    """Levels of the five voices at each cycle."""

    def __init__(self, memory: bytes) -> None:
        self.p1, self.p2, self.tr, self.no, self.dm = (Unit() for _ in range(5))
        self.memory = memory
        self.mode = self.frame = 0
        self.bits, self.level = 1, 0
        self.address = self.remaining = self.shift = 0
        self.buffer: int | None = None
        self.silent, self.bit_count = True, 8

    def levels(self, writes: dict[int, list[tuple[int, int]]], cycles: int) -> NDArray[np.int64]:
        """All voices (cycles, 5), with writes by their cycle."""
        found = np.zeros((cycles, 5), np.int64)
        for cycle in range(cycles):
            for address, value in writes.get(cycle, []):
                self.write(address, value)
            if self.frame_is_due():
                self.frames()
            self.timers()
            found[cycle] = self.now()
            self.frame += 1
        return found

    def frame_is_due(self) -> bool:
        if self.frame == (37282 if self.mode else 29830):
            self.frame = 0
        last = 37281 if self.mode else 29829
        return self.frame in (7457, 14913, 22371, last)

    def frames(self) -> None:
        self.quarter()
        if self.frame != 7457 and self.frame != 22371:
            self.half()

    def quarter(self) -> None:
        for unit in (self.p1, self.p2, self.no):
            unit.envelope()
        triangle = self.tr
        if triangle.linear_reload:
            triangle.linear = triangle.registers[0] % 128
        elif triangle.linear:
            triangle.linear -= 1
        if not triangle.registers[0] & 128:
            triangle.linear_reload = False

    def half(self) -> None:
        for unit in (self.p1, self.p2, self.no):
            unit.count(unit.registers[0] & 32)
        self.tr.count(self.tr.registers[0] & 128)
        for unit in (self.p1, self.p2):
            self.sweep(unit)

    def target(self, unit: Unit) -> int:
        change = unit.timer >> unit.registers[1] % 8
        if unit.registers[1] & 8:
            return max(0, unit.timer - change - (unit is self.p1))
        return unit.timer + change

    def muted(self, unit: Unit) -> bool:
        return unit.timer < 8 or self.target(unit) > 2047

    def sweep(self, unit: Unit) -> None:
        control = unit.registers[1]
        if unit.sweep_divider == 0 and control & 128 and control % 8 and not self.muted(unit):
            target = self.target(unit)
            unit.registers[2] = target % 256
            unit.registers[3] = unit.registers[3] // 8 * 8 + target // 256
        if unit.sweep_divider == 0 or unit.sweep_reload:
            unit.sweep_divider, unit.sweep_reload = control // 16 % 8, False
        else:
            unit.sweep_divider -= 1

    def write(self, address: int, value: int) -> None:
        units = [self.p1, self.p2, self.tr, self.no, self.dm]
        if address < 20:
            unit, part = units[address // 4], address % 4
            unit.registers[part] = value
            if part == 1:
                unit.sweep_reload = True
                if unit is self.dm:
                    self.level = value % 128
            elif part == 3 and unit is not self.dm:
                if unit.on:
                    unit.length = LENGTHS[value // 8]
                unit.start = unit.linear_reload = True
                if unit is self.p1 or unit is self.p2:
                    unit.step = 0
        elif address == 0x15:
            for bit, unit in enumerate(units[:4]):
                unit.on = bool(value >> bit & 1)
                unit.length = unit.length if unit.on else 0
            if not value & 16:
                self.remaining = 0
            elif self.remaining == 0:
                self.restart()
                self.fetch()
        elif address == 0x17:
            self.mode, self.frame = value >> 7, 0
            if self.mode:
                self.quarter()
                self.half()

    def restart(self) -> None:
        self.address = 0xC000 + 64 * self.dm.registers[2]
        self.remaining = 16 * self.dm.registers[3] + 1

    def fetch(self) -> None:
        if self.buffer is None and self.remaining > 0:
            self.buffer = self.memory[self.address - 0x8000]
            self.address = self.address + 1 if self.address < 0xFFFF else 0x8000
            self.remaining -= 1
            if self.remaining == 0 and self.dm.registers[0] & 64:
                self.restart()

    def timers(self) -> None:
        for unit in (self.p1, self.p2):
            if unit.counts_to_zero(2 * (unit.timer + 1)):
                unit.step = (unit.step + 1) % 8
        if self.tr.counts_to_zero(self.tr.timer + 1) and self.tr.linear and self.tr.length:
            self.tr.step = (self.tr.step + 1) % 32
        if self.no.counts_to_zero(NOISE[self.no.registers[2] % 16]):
            other = self.bits >> (6 if self.no.registers[2] & 128 else 1)
            self.bits = self.bits // 2 + (self.bits ^ other) % 2 * 16384
        if self.dm.counts_to_zero(RATES[self.dm.registers[0] % 16]):
            self.sample_clock()

    def sample_clock(self) -> None:
        if not self.silent:
            if self.shift % 2 and self.level <= 125:
                self.level += 2
            elif not self.shift % 2 and self.level >= 2:
                self.level -= 2
            self.shift //= 2
        self.bit_count -= 1
        if self.bit_count == 0:
            self.bit_count = 8
            self.silent = self.buffer is None
            if self.buffer is not None:
                self.shift, self.buffer = self.buffer, None
            self.fetch()

    def now(self) -> list[int]:
        pulses = [
            unit.volume
            if unit.length
            and not self.muted(unit)
            and SHAPES[unit.registers[0] // 64][unit.step] == "1"
            else 0
            for unit in (self.p1, self.p2)
        ]
        triangle = 15 - self.tr.step if self.tr.step < 16 else self.tr.step - 16
        noise = self.no.volume if self.no.length and self.bits % 2 == 0 else 0
        return [*pulses, triangle, noise, self.level]
