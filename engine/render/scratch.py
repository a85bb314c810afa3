"""Room for sound that may be longer than memory: large arrays lie in files without a name.

They lie in the folder for temporary files (the environment variable TMPDIR names another) and are
gone when nothing refers to them any more.
"""

from __future__ import annotations

import math
import tempfile

import numpy as np
from numpy.typing import NDArray

IN_MEMORY = 32 * 2**20  # bytes: a minute and a half of 44.1 kHz stereo


def room(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """An array of zeros; raises OSError when the disk has no room for it."""
    if math.prod(shape) * 4 <= IN_MEMORY:
        return np.zeros(shape, np.float32)
    with tempfile.TemporaryFile(prefix="starling-") as file:
        return np.memmap(file, np.float32, "w+", shape=shape)
