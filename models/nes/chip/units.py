"""What the voices are made of: envelope, length counter, sweep, timer. For the chip without C++."""

from __future__ import annotations

from dataclasses import dataclass

from starling.models.nes.chip.tables import HIGHEST_TIMER, LENGTHS, LOWEST_TIMER


@dataclass(slots=True)
class Envelope:
    """Volume that falls from 15 to 0, once or over and over, or stands at a constant."""

    start: bool = False
    loop: bool = False
    constant: bool = False
    volume: int = 0
    divider: int = 0
    decay: int = 0

    def write(self, value: int) -> None:
        """Take the bits of a voice's first register."""
        self.loop, self.constant = bool(value & 0x20), bool(value & 0x10)
        self.volume = value & 0x0F

    def quarter(self) -> None:
        """Go on, four times a frame."""
        if self.start:
            self.start, self.decay, self.divider = False, 15, self.volume
        elif self.divider:
            self.divider -= 1
        else:
            self.divider = self.volume
            self.decay = self.decay - 1 if self.decay else 15 * self.loop

    @property
    def level(self) -> int:
        """The volume now, 0..15."""
        return self.volume if self.constant else self.decay


@dataclass(slots=True)
class Length:
    """Silences its voice when it has counted down."""

    enabled: bool = False
    halted: bool = False
    count: int = 0

    def load(self, value: int) -> None:
        """Begin to count, if the voice is enabled."""
        if self.enabled:
            self.count = LENGTHS[value >> 3]

    def enable(self, on: bool) -> None:
        """Let the voice count, or silence it at once."""
        self.enabled = on
        self.count *= on

    def half(self) -> None:
        """Count, twice a frame."""
        if self.count and not self.halted:
            self.count -= 1


@dataclass(slots=True)
class Sweep:
    """Moves a pulse's timer, and silences it where that would leave its range."""

    ones_complement: bool  # the first pulse subtracts one more than the second
    enabled: bool = False
    negate: bool = False
    reload: bool = False
    period: int = 0
    shift: int = 0
    divider: int = 0

    def write(self, value: int) -> None:
        """Take the bits of a pulse's second register."""
        self.enabled, self.negate = bool(value & 0x80), bool(value & 0x08)
        self.period, self.shift, self.reload = value >> 4 & 7, value & 7, True

    def target(self, timer: int) -> int:
        """Where the timer would go next."""
        change = timer >> self.shift
        if not self.negate:
            return timer + change
        return max(0, timer - change - self.ones_complement)

    def mutes(self, timer: int) -> bool:
        """Whether the pulse is silent, even if nothing sweeps it."""
        return timer < LOWEST_TIMER or self.target(timer) > HIGHEST_TIMER

    def half(self, timer: int) -> int:
        """Go on, twice a frame. Returns the timer from now on."""
        moves = self.divider == 0 and self.enabled and self.shift > 0 and not self.mutes(timer)
        found = self.target(timer) if moves else timer
        if self.divider == 0 or self.reload:
            self.divider, self.reload = self.period, False
        else:
            self.divider -= 1
        return found


@dataclass(slots=True)
class Timer:
    """When a voice is clocked next. Left behind while the voice is silent, it catches up later."""

    due: int = 0  # cycles
    period: int = 1

    def catch_up(self, now: int) -> int:
        """Skip what was due before `now`; how many times that was."""
        missed = max(0, (now - 1 - self.due) // self.period + 1)
        self.due += missed * self.period
        return missed
