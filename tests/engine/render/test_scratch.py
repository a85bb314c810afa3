"""Room for long sound."""

import numpy as np

from starling.engine.render.scratch import IN_MEMORY, room


def test_short_arrays_are_in_memory_and_long_ones_in_files() -> None:
    short, long = room((2, 100)), room((2, IN_MEMORY // 8 + 1))
    assert not isinstance(short, np.memmap) and isinstance(long, np.memmap)
    assert (long.dtype, long.shape) == (np.float32, (2, IN_MEMORY // 8 + 1))
    assert not long[:, :100].any() and not long[:, -100:].any()
    long[:, -1] = 1
    assert long[0, -1] == 1
