"""The chip in C++ (models/kernels/apu): registers in, band-limited sound out, in blocks."""

from __future__ import annotations

import ctypes
import weakref

import numpy as np
from numpy.typing import NDArray

from starling.models.kernels.library import APU, FLOATS, LEVELS, TIMES, library
from starling.models.nes.writes import CLOCK, RATE, Writes, arrays

Floats = NDArray[np.float32]


class CompiledChip:
    """A chip that has just been switched on. Not thread-safe."""

    def __init__(
        self, sample_rate: int, clock: int = CLOCK, output: int = 1, memory: bytes = b""
    ) -> None:
        """Make one; `output` as interface.h numbers them.

        Raises InputError: a rate out of range; MissingError: the library has not been compiled.
        """
        self._library, self._handle = library(APU), ctypes.c_void_p()
        self._library.call("new", sample_rate, clock, RATE, output, ctypes.byref(self._handle))
        weakref.finalize(self, self._library.free, "free", self._handle)
        if memory:
            held = np.frombuffer(memory, np.uint8)
            self._library.call("memory", self._handle, held.ctypes.data_as(LEVELS), held.size)

    @property
    def delay(self) -> int:
        """Samples by which the sound comes later than the writes."""
        return int(self._library.number("delay"))

    def render(self, writes: Writes, frames: int) -> tuple[Floats, int]:
        """The next samples (frames,), and how many of the writes were made before they ended."""
        made, taken = np.zeros(frames, np.float32), ctypes.c_int64()
        times, addresses, values = arrays(writes)
        self._library.call(
            "render",
            self._handle,
            times.ctypes.data_as(TIMES),
            addresses.ctypes.data_as(LEVELS),
            values.ctypes.data_as(LEVELS),
            len(times),
            ctypes.byref(taken),
            made.ctypes.data_as(FLOATS),
            frames,
        )
        return made, taken.value
