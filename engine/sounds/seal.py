"""The seal of a stored sound: checksums at the end of its WAV file, so that damage is seen.

A chunk `crcs` behind the samples, which other readers skip, holds CRC-32 of all that is before it,
and of each file that lies beside the sound (0 where there is none).
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from starling.engine.sounds import wav
from starling.models.errors import ParseError

NAME = b"crcs"
BLOCK = 1 << 20  # bytes read at a time


def sealed(sound: bytes, beside: Sequence[bytes]) -> bytes:
    """The bytes of a WAV file with its seal; `beside` are those of the files beside it, b"" for
    one that is not there.
    """
    tail = NAME + struct.pack("<I", 4 + 4 * len(beside))
    size = len(sound) + len(tail) + 4 + 4 * len(beside)
    parts: list[bytes | memoryview] = [b"RIFF" + struct.pack("<I", size - 8)]
    parts += [memoryview(sound)[8:], tail]
    whole = 0
    for part in parts:
        whole = zlib.crc32(part, whole)
    checksums = [whole, *map(zlib.crc32, beside)]
    return b"".join([*parts, struct.pack(f"<{len(checksums)}I", *checksums)])


def read(path: Path, beside: Sequence[Path]) -> wav.WavHeader:
    """The header of a sealed file, read whole, as are those beside it.

    Raises ParseError for a file that was changed since it was sealed, for one without a seal and
    for what is no file; FileNotFoundError where nothing is.
    """
    if not stat.S_ISREG(path.lstat().st_mode):  # a pipe would be waited for
        raise ParseError(f"{path} is no file")
    form = struct.Struct(f"<4sI{1 + len(beside)}I")
    with path.open("rb") as file:
        length = file.seek(0, os.SEEK_END) - form.size
        if length < 0:
            raise ParseError(f"{path} was cut short")
        file.seek(length)
        name, size, whole, *others = form.unpack(file.read())
        file.seek(0)
        if name != NAME or size != form.size - 8 or whole != _checksum(file, length + 8):
            raise ParseError(f"{path} is not as it was written")
    for each, expected in zip(beside, others, strict=True):
        if expected and expected != _checksum_of(each):
            raise ParseError(f"{each} is not as it was written")
    return wav.read_header(path)


def _checksum_of(path: Path) -> int:
    """CRC-32 of a whole file; -1 for what is none."""
    if not path.is_file():
        return -1
    with path.open("rb") as file:
        return _checksum(file, path.stat().st_size)


def _checksum(file: IO[bytes], length: int) -> int:
    """CRC-32 of the next `length` bytes; -1 where there are fewer."""
    found = 0
    while length > 0:
        block = file.read(min(BLOCK, length))
        if not block:
            return -1
        found = zlib.crc32(block, found)
        length -= len(block)
    return found
