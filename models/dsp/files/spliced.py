"""A file as if it were other: bytes of our own and ranges of a file, one after the other."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import BinaryIO

Part = bytes | range  # what is put in, or where it is in the file


class SplicedFile(io.RawIOBase):
    """Reads parts as one file; nothing is copied.

    >>> SplicedFile(io.BytesIO(b"0123456789"), (b"ab", range(4, 6))).read()
    b'ab45'
    """

    def __init__(self, file: BinaryIO, parts: Sequence[Part]) -> None:
        super().__init__()
        self._file, self._parts = file, [part for part in parts if len(part)]
        self._starts = [0, *accumulate(len(part) for part in self._parts)]
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The position from the start."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move; before the start is the start."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._starts[-1]}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview | bytearray, /) -> int:  # type: ignore[override]
        """Fill as much of the buffer as one part can."""
        if self._at >= self._starts[-1]:
            return 0
        which = bisect_right(self._starts, self._at) - 1
        part, begin = self._parts[which], self._at - self._starts[which]
        count = min(len(buffer), len(part) - begin)
        if isinstance(part, bytes):
            found = part[begin : begin + count]
        else:
            self._file.seek(part.start + begin)
            found = self._file.read(count)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)
