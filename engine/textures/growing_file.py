"""A mono 32-bit float WAV file that grows while others read it. Whole blocks are appended.

A reader takes `(size - 44) / 4` frames at any time; the header's sizes are right once it has ended.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.engine.sounds.wav import FLOAT_FORMAT

HEADER_BYTES = 44
FRAME_BYTES = 4
GROWING = 0xFFFFFFFF  # stands for both sizes until they are known, as streams of WAV have it
MOST_FRAMES = 2**30 - 64  # the sizes of a WAV file have 32 bits: 18 hours at 16 kHz
Array = NDArray[np.float32]


class GrowingFile:
    """One growing file; `frames` are in it. Not thread-safe."""

    def __init__(self, path: Path, rate: int) -> None:
        self.path = path
        self.frames = 0
        self._rate = rate
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("xb", buffering=0)
        self._file.write(_header(rate, GROWING))

    def append(self, samples: Array) -> None:
        """Add samples (frames,), all or none. Raises OSError, e.g. for a full disk."""
        data = np.ascontiguousarray(samples, "<f4").data.cast("B")
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError:
            with suppress(OSError):
                self._file.truncate(HEADER_BYTES + FRAME_BYTES * self.frames)
            raise
        self.frames += len(samples)

    def finish(self) -> None:
        """Write the sizes and close the file; again is no error."""
        if self._file.closed:
            return
        with suppress(OSError):  # a full disk: readers go by the file's size
            self._file.seek(0)
            self._file.write(_header(self._rate, FRAME_BYTES * self.frames))
        self._file.close()

    def remove(self) -> None:
        """Finish, and delete the file."""
        self.finish()
        with suppress(OSError):  # Windows: a client is reading it; it goes when the engine starts
            self.path.unlink(missing_ok=True)


def read_frames(path: Path, start: int, frames: int) -> Array:
    """Frames of a growing file, (frames,), which must be there. Raises OSError."""
    with path.open("rb") as file:
        file.seek(HEADER_BYTES + FRAME_BYTES * start)
        return np.frombuffer(file.read(FRAME_BYTES * frames), "<f4").astype(np.float32)


def remove_all(folder: Path) -> None:
    """Remove the files of an earlier engine."""
    for path in folder.glob("*.wav"):
        with suppress(OSError):
            path.unlink()


def _header(rate: int, data_bytes: int) -> bytes:
    """The 44 bytes before the samples."""
    riff = GROWING if data_bytes == GROWING else HEADER_BYTES - 8 + data_bytes
    form = struct.pack("<HHIIHH", FLOAT_FORMAT, 1, rate, rate * FRAME_BYTES, FRAME_BYTES, 32)
    start = b"RIFF" + struct.pack("<I", riff) + b"WAVEfmt " + struct.pack("<I", len(form))
    return start + form + b"data" + struct.pack("<I", data_bytes)
