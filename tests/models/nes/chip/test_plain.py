"""The chip without C++: its levels are those of the reference at every cycle."""

import numpy as np
import pytest
from cycle_by_cycle import Reference
from numpy.typing import NDArray
from random_writes import by_cycle, random_memory, random_writes

from starling.models.nes.chip.plain import PlainChip, Registers
from starling.models.nes.chip.render import from_write
from starling.models.nes.writes import CLOCK, RATE, Writes, writes_of

FIVE_STEPS, SWEEP_UP, SWEEP_DOWN = (0x17, 0x80), (0x01, 0x91), (0x05, 0x9A)


def levels(writes: Writes, cycles: int) -> NDArray[np.int64]:
    """What the chip's edges make of every cycle (cycles, 5)."""
    chip = Registers(writes.memory)
    first = [0, *chip.levels]
    for cycle, entries in by_cycle(writes).items():
        for address, value in entries:
            chip.write(cycle, address, value)
    chip.run(cycles)
    edges = np.array([first, *chip.edges])
    at = np.searchsorted(edges[:, 0], np.arange(cycles), side="right") - 1
    return edges[at, 1:]


def check(writes: Writes) -> NDArray[np.int64]:
    cycles = writes.samples * CLOCK // RATE
    expected = Reference(writes.memory or bytes(0x8000)).levels(by_cycle(writes), cycles)
    np.testing.assert_array_equal(levels(writes, cycles), expected)
    return expected


@pytest.mark.parametrize("seed", range(6))
def test_any_writes_give_the_levels_of_the_reference(seed: int) -> None:
    expected = check(random_writes(seed))
    assert len(np.unique(expected[:, 2])) == 16  # the triangle ran


def piece(*rows: tuple[int, ...], samples: int = 4000) -> Writes:
    """Bytes for all registers of some voices at once."""
    entries = [(0, 0x15, 0x1F)]
    for first, *values in rows:
        entries += [(0, first + at, value) for at, value in enumerate(values)]
    return writes_of(entries, samples)


@pytest.mark.parametrize("mode", [0x00, 0x80])
def test_an_envelope_decays_once_or_over_and_over(mode: int) -> None:
    loop, once = (0x00, 0x60, 0x08, 0x40, 0xF8), (0x04, 0x40, 0x08, 0x30, 0xF8)
    found = check(piece((0x17, mode), loop, once, samples=4500))
    assert set(np.unique(found[:, 1])) == set(range(16))


@pytest.mark.parametrize("mode", [0x00, 0x80])
@pytest.mark.parametrize("sweep", [0x81, 0x89, 0x92, 0x9B, 0x08])
def test_sweeps_move_both_pulses(mode: int, sweep: int) -> None:
    check(piece((0x17, mode), (0x00, 0xBF, sweep, 0xFF, 0xF9), (0x04, 0x7F, sweep, 0xFF, 0xF9)))


@pytest.mark.parametrize("period", range(16))
@pytest.mark.parametrize("mode", [0x00, 0x80])
def test_noise_at_every_period_in_both_modes(period: int, mode: int) -> None:
    found = check(piece((0x0C, 0x3C, 0, mode | period, 0), samples=1200))
    assert set(np.unique(found[:, 3])) <= {0, 12}


def test_short_noise_comes_back_after_93_or_31_steps_from_every_state() -> None:
    bits = np.arange(1, 1 << 15)
    state = bits.copy()
    for _ in range(93):
        state = state >> 1 | ((state ^ state >> 6) & 1) << 14
    np.testing.assert_array_equal(state, bits)


def test_lengths_and_the_linear_counter_silence_their_voices() -> None:
    found = check(piece((0x08, 0x03, 0, 0x40, 0x18), (0x0C, 0x1F, 0, 3, 0x18), samples=3500))
    assert not found[-100:, 3].any()
    assert len(np.unique(found[-10_000:, 2])) == 1 < len(np.unique(found[:, 2]))


@pytest.mark.parametrize("control", [0x0F, 0x4F])
def test_sampled_sound_is_read_from_the_memory_once_or_in_a_loop(control: int) -> None:
    rows = [(0, 0x10, control), (0, 0x11, 64), (0, 0x12, 3), (0, 0x13, 1), (9, 0x15, 0x10)]
    entries = writes_of([*rows, (900, 0x15, 0), (950, 0x15, 0x10)], 1500)
    check(Writes(entries.times, entries.addresses, entries.values, 1500, CLOCK, random_memory(1)))


def test_blocks_give_the_same_bytes() -> None:
    writes = random_writes(2)
    whole, _ = PlainChip(RATE, memory=writes.memory).render(writes, 3000)
    chip, rest, parts = PlainChip(RATE, memory=writes.memory), writes, []
    for frames in (1, 999, 0, 1300, 700):
        made, taken = chip.render(rest, frames)
        rest = from_write(rest, taken)
        parts.append(made)
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert np.abs(whole).max() > 0.05
