"""The compiled chip: the sound of the plain one, which has the levels of the reference."""

import numpy as np
import pytest
from cycle_by_cycle import Reference
from numpy.typing import NDArray
from random_writes import by_cycle, random_writes

from starling.models.errors import InputError
from starling.models.kernels.library import APU, available
from starling.models.nes.chip.compiled import CompiledChip
from starling.models.nes.chip.plain import PlainChip
from starling.models.nes.chip.render import from_write
from starling.models.nes.chip.tables import mixed
from starling.models.nes.writes import CLOCK, RATE, writes_of

needs_library = pytest.mark.skipif(
    not available(APU), reason="the chip has not been compiled: there is no C++ compiler"
)


@needs_library
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("sample_rate", "output"), [(44100, 1), (48000, 0), (96000, 2)])
def test_it_is_the_plain_chip(seed: int, sample_rate: int, output: int) -> None:
    writes = random_writes(seed)
    frames = writes.samples * sample_rate // RATE
    made = [
        make(sample_rate, CLOCK, output, writes.memory).render(writes, frames)
        for make in (CompiledChip, PlainChip)
    ]
    assert made[0][1] == made[1][1]
    np.testing.assert_allclose(made[0][0], made[1][0], atol=1e-5)
    assert np.abs(made[0][0]).max() > 0.05


@needs_library
def test_any_blocks_give_the_same_bytes() -> None:
    writes, rng = random_writes(3, 200, 20_000), np.random.default_rng(0)
    whole, taken = CompiledChip(RATE).render(writes, 20_000)
    chip, rest, parts = CompiledChip(RATE), writes, []
    while (left := 20_000 - sum(map(len, parts))) > 0:
        made, count = chip.render(rest, min(left, int(rng.integers(0, 700))))
        rest = from_write(rest, count)
        parts.append(made)
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert taken == len(writes) - len(rest)


def band(signal: NDArray[np.float64], rate: float, highest_hz: float) -> NDArray[np.complex128]:
    """The spectrum up to a frequency of a faded signal, as if a second held one sample."""
    faded = signal * np.hanning(len(signal))
    spectrum = np.fft.rfft(faded) / rate
    return spectrum[: round(highest_hz * len(signal) / rate)]


@needs_library
@pytest.mark.parametrize("seed", range(3))
def test_below_15_khz_it_is_the_reference_mixed_by_the_formula(seed: int) -> None:
    samples = RATE // 10
    writes = random_writes(seed, 40, samples)
    cycles = round(samples * CLOCK / RATE)
    levels = Reference(writes.memory).levels(by_cycle(writes), cycles).T.astype(float)
    exact = mixed(levels[0] + levels[1], *levels[2:]) - mixed(*np.zeros(1), *np.array([15, 0, 0.0]))
    chip = CompiledChip(RATE, output=0, memory=writes.memory)
    made = chip.render(writes, samples + chip.delay)[0][chip.delay :].astype(float)
    expected, found = band(exact, CLOCK, 15_000), band(made, RATE, 15_000)
    # a cycle's level stands from its beginning on, a sample is a point
    shift = np.exp(1j * np.pi * np.arange(len(found)) / cycles)
    found = found * shift
    error = np.sum(np.abs(expected - found) ** 2) / np.sum(np.abs(expected) ** 2)
    assert 10 * np.log10(error) < -50


@needs_library
def test_a_chip_that_was_never_written_to_is_silent() -> None:
    made, taken = CompiledChip(RATE).render(writes_of([], 5000), 5000)
    assert (taken, np.abs(made).max()) == (0, 0.0)


@needs_library
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((7999,), "sample_rate must be 8000 to 192000, got 7999"),
        ((44100, 9), "clock must be 1000000 to 4000000, got 9"),
        ((44100, CLOCK, 3), "output must be 0 to 2, got 3"),
        ((44100, CLOCK, 1, b"x"), "size of the memory must be 32768 to 32768, got 1"),
    ],
)
def test_numbers_out_of_range_get_a_sentence(
    arguments: tuple[int, int, int, bytes], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        CompiledChip(*arguments)
