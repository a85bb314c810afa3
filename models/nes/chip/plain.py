"""The chip without C++: the same sound some ten times slower, for where no compiler was found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from starling.models.nes.chip.steps import (
    DELAY,
    LEVEL_SCALE,
    TAP_SCALE,
    WIDTH,
    added,
    first_cycle,
    high_passed,
    places,
    taps,
)
from starling.models.nes.chip.tables import (
    FRAME_PERIODS,
    FRAME_STEPS,
    HIGH_PASSES_HZ,
    mixed,
)
from starling.models.nes.chip.voices import Noise, Pulse, Samples, Triangle, Voice
from starling.models.nes.writes import CLOCK, RATE, Writes

Floats = NDArray[np.float32]
NEVER = 1 << 62
BLOCK_SECONDS = 1  # of edges that are kept before they become samples


class Registers:
    """Voices and frame counter: writes in, edges out. At one cycle writes come before all else.

    Unclocked, no voice moves: an edge then is a change of what a voice is set to (`tone`).
    """

    def __init__(self, memory: bytes = b"", clocked: bool = True) -> None:
        self.first, self.second = Pulse(True), Pulse(False)
        self.triangle, self.noise, self.samples = Triangle(), Noise(), Samples(memory)
        self.voices: Sequence[Voice] = (
            *(self.first, self.second, self.triangle, self.noise, self.samples),
        )
        self.five, self.frame_start, self.frame_index, self.now = 0, 0, 0, 0
        self.levels = [voice.level() for voice in self.voices]
        self.edges: list[tuple[int, ...]] = []  # a cycle, and the levels or tones from then on
        self.next = [NEVER] * len(self.voices)
        self._clocked = clocked
        self._noted = self.first_seen = self._seen()

    def write(self, at: int, address: int, value: int) -> None:
        """Write to a register (0x00..0x17) at a cycle, or now if that has passed."""
        self.run(at)
        if address < 4 * len(self.voices):
            self._catch_up(voice := self.voices[address // 4], self.now)
            voice.write(address % 4, value)
        elif address == 0x15:
            self._enable(value)
        elif address == 0x17:
            self.five, self.frame_start, self.frame_index = value >> 7, self.now, 0
            if self.five:
                self._frame(True, self.now)
        self._update(self.now)

    def run(self, end: int) -> None:
        """Do all that happens before a cycle."""
        while True:
            at = min(self.next)
            frame_at = self.frame_start + FRAME_STEPS[self.five][self.frame_index]
            if min(at, frame_at) >= end:
                break
            if frame_at <= at:
                self._next_frame(frame_at)
            else:
                self._clock(self.next.index(at), at)
        self.now = max(self.now, end)

    def _clock(self, index: int, at: int) -> None:
        voice = self.voices[index]
        voice.timer.due += voice.timer.period
        voice.step()
        self._look(index)
        self._note(at)

    def _next_frame(self, at: int) -> None:
        half = bool(self.frame_index & 1)
        self.frame_index = self.frame_index + 1 & 3
        if not self.frame_index:
            self.frame_start += FRAME_PERIODS[self.five]
        self._frame(half, at)
        self._update(at)

    def _frame(self, half: bool, at: int) -> None:
        for each in (self.first, self.second, self.noise):
            each.envelope.quarter()
        self.triangle.quarter()
        if half:
            for pulse in (self.first, self.second):
                self._catch_up(pulse, at)
                pulse.half()
            self.noise.length.half()
            self.triangle.length.half()

    def _enable(self, value: int) -> None:
        self._catch_up(self.samples, self.now)
        pulses = (self.first.length, self.second.length)
        for bit, length in enumerate((*pulses, self.triangle.length, self.noise.length)):
            length.enable(bool(value >> bit & 1))
        self.samples.enable(bool(value & 16))

    def _catch_up(self, voice: Voice, at: int) -> None:
        if self._clocked:
            voice.skip(voice.timer.catch_up(at))

    def _update(self, at: int) -> None:
        for index, voice in enumerate(self.voices):
            if voice.sounds():
                self._catch_up(voice, at)
            self._look(index)
        self._note(at)

    def _look(self, index: int) -> None:
        voice = self.voices[index]
        self.next[index] = voice.timer.due if self._clocked and voice.sounds() else NEVER
        self.levels[index] = voice.level()

    def _seen(self) -> list[int]:
        if self._clocked:
            return [*self.levels]
        tones = (each.tone() for each in (self.first, self.second, self.triangle, self.noise))
        return [number for tone in tones for number in tone]

    def _note(self, at: int) -> None:
        seen = self._seen()
        if self._noted != seen:
            self._noted = seen
            self.edges.append((at, *seen))


class PlainChip:
    """A chip that has just been switched on; what `CompiledChip` is, by numpy."""

    delay = DELAY

    def __init__(
        self, sample_rate: int, clock: int = CLOCK, output: int = 1, memory: bytes = b""
    ) -> None:
        self._sample_rate, self._clock, self._output = sample_rate, clock, output
        self._registers, self._made = Registers(memory), 0
        self._taps = taps(sample_rate, output == 1)
        self._levels = np.array([[0, *self._registers.levels]])  # with the cycle
        self._rest, self._level = np.zeros(WIDTH), 0.0
        self._states = [0.0] * len(HIGH_PASSES_HZ[output])

    def render(self, writes: Writes, frames: int) -> tuple[Floats, int]:
        """The next samples (frames,), and how many of the writes were made before they ended."""
        parts, taken, block = [], 0, BLOCK_SECONDS * self._sample_rate
        for first in range(0, frames, block):
            count = min(block, frames - first)
            taken = self._write(writes, taken, self._cycle(count))
            parts.append(self._read(count))
        return np.concatenate([np.zeros(0, np.float32), *parts]), taken

    def _cycle(self, count: int) -> int:
        return first_cycle(self._made + count, self._sample_rate, self._clock)

    def _write(self, writes: Writes, taken: int, end: int) -> int:
        for at in range(taken, len(writes)):
            cycle = int(writes.times[at]) * self._clock // RATE
            if cycle >= end:
                return at
            self._registers.write(cycle, int(writes.addresses[at]), int(writes.values[at]))
        return len(writes)

    def _read(self, count: int) -> Floats:
        """What the edges up to now make of the next samples."""
        self._registers.run(self._cycle(count))
        changes = np.zeros(count + WIDTH)
        changes[:WIDTH] += self._rest
        rows = np.concatenate(
            [self._levels, np.array(self._registers.edges, np.int64).reshape(-1, 6)]
        )
        self._levels, self._registers.edges = rows[-1:], []
        at, phase = places(rows[1:, 0], self._sample_rate, self._clock)
        level = mixed(rows[:, 1] + rows[:, 2], rows[:, 3], rows[:, 4], rows[:, 5])
        edges = np.diff(np.rint(level * LEVEL_SCALE))
        added(changes, at - self._made, phase, edges, self._taps)
        self._made, self._rest = self._made + count, changes[count:]
        return self._filtered(self._level + np.cumsum(changes[:count]))

    def _filtered(self, signal: NDArray[np.float64]) -> Floats:
        self._level = float(signal[-1]) if len(signal) else self._level
        signal = signal * (1 / LEVEL_SCALE / TAP_SCALE)
        for at, cutoff in enumerate(HIGH_PASSES_HZ[self._output]):
            signal, self._states[at] = high_passed(
                signal, cutoff, self._sample_rate, self._states[at]
            )
        return signal.astype(np.float32)
