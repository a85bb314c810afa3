"""Register writes to sound, by the compiled chip or, where there is none, by the plain one.

>>> from starling.models.nes.writes import writes_of
>>> tone = writes_of([(0, 0x15, 1), (0, 0, 0xBF), (0, 2, 0xFD), (0, 3, 0)], 44100)
>>> render(tone, 48000).shape
(48000,)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.models.kernels.library import APU, available
from starling.models.nes.chip.compiled import CompiledChip
from starling.models.nes.chip.plain import PlainChip
from starling.models.nes.writes import RATE, Writes, checked

Floats = NDArray[np.float32]
Output = Literal["bare", "nes", "famicom"]  # the mixer, or with a console's filters behind it
OUTPUTS: tuple[Output, ...] = get_args(Output)  # as interface.h numbers them
SAMPLE_RATES = (8000, 192_000)  # Hz


class Stream:
    """A piece that is rendered block by block: any blocks give the same bytes as all at once."""

    def __init__(self, writes: Writes, sample_rate: int = RATE, output: Output = "nes") -> None:
        """Switch a chip on and hold the writes ready. Raises InputError."""
        if output not in OUTPUTS:
            raise InputError(f"output must be one of {', '.join(OUTPUTS)}, got {output!r}")
        if not SAMPLE_RATES[0] <= sample_rate <= SAMPLE_RATES[1]:
            raise InputError(f"sample_rate must be 8000..192000 Hz, got {sample_rate}")
        make = CompiledChip if available(APU) else PlainChip
        self._rest = checked(writes)
        self._chip = make(sample_rate, writes.clock, OUTPUTS.index(output), writes.memory)
        self.render(self._chip.delay)  # so that sound and writes begin together

    def render(self, frames: int) -> Floats:
        """The next samples (frames,); after the last write the chip goes on as it was left."""
        if frames < 0:
            raise InputError(f"frames must not be negative, got {frames}")
        made, taken = self._chip.render(self._rest, frames)
        self._rest = from_write(self._rest, taken)
        return made


def from_write(writes: Writes, first: int) -> Writes:
    """The writes from one on."""
    return replace(
        writes,
        times=writes.times[first:],
        addresses=writes.addresses[first:],
        values=writes.values[first:],
    )


def frames_of(writes: Writes, sample_rate: int) -> int:
    """Samples of a whole piece, rounded up."""
    return -(-writes.samples * sample_rate // RATE)


def render(writes: Writes, sample_rate: int = RATE, output: Output = "nes") -> Floats:
    """The whole piece (frames,), about -1..1. Raises InputError."""
    return Stream(writes, sample_rate, output).render(frames_of(writes, sample_rate))
