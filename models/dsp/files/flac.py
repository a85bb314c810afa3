"""FLAC of unknown or wrong length: its last whole frame says where the sound ends (RFC 9639)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

from starling.models.dsp.files.mended import Mended, share

BLOCK_SIZES = slice(8, 10)  # the smallest block, which is that of a file with one size only
FACTS = slice(18, 26)  # rate, channels, width, and 36 bits of samples in all
ID3_BYTES = 128  # of a tag of version 1 after the sound
TAILS = (2**16, 2**22)  # bytes from the end in which frames are sought; the longest has 2 MB
SYNC = re.compile(rb"\xff[\xf8\xf9]")
MOST_HEADS = 100_000  # that are looked at: 4 MB of sound have some hundred
LONGEST_HEAD = 16
BLOCKS = {1: 192, **{c: 144 << c for c in range(2, 6)}, **{c: 1 << c for c in range(8, 16)}}
WIDTH_8, WIDTH_16 = 6, 7  # codes of block sizes that stand at the head's end
RATE_BYTES = {12: 1, 13: 2, 14: 2}


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a frame is in the file, the number of its first sample, and how many it has."""

    at: int
    first: int
    samples: int

    @property
    def end(self) -> int:
        """Samples up to here."""
        return self.first + self.samples


def mend(file: BinaryIO, size: int) -> Mended | None:
    """A FLAC file with its true length; None where that is written already, or it is none."""
    file.seek(0)
    head = file.read(FACTS.stop)
    if head[:4] != b"fLaC" or len(head) < FACTS.stop:
        return None
    facts = int.from_bytes(head[FACTS], "big")
    promised, block = facts & (2**36 - 1), int.from_bytes(head[BLOCK_SIZES], "big")
    stop = size - ID3_BYTES if _at(file, size - ID3_BYTES, 3) == b"TAG" else size
    last: Frame | None = None
    for tail in TAILS:
        for frame in _frames(file, max(FACTS.stop, stop - tail), stop, block):
            if promised and frame.end == promised:
                return None
            last = last or frame
        if last is not None:
            break
    if last is None:
        return None
    total = last.end
    if _crc(_at(file, last.at, stop - last.at), 16, 0x8005):
        stop, total = last.at, last.first  # the last frame is cut short itself
    if not total or 0 < promised < total:
        return None
    written = (facts >> 36 << 36 | total).to_bytes(8, "big")
    return Mended((head[: FACTS.start] + written, range(FACTS.stop, stop)), share(promised, total))


def _at(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(max(0, start))
    return file.read(count)


def _frames(file: BinaryIO, start: int, stop: int, block: int) -> Iterator[Frame]:
    """The frames whose heads lie in a part of the file, the last first."""
    data = _at(file, start, stop - start)
    places = [each.start() for each in SYNC.finditer(data)]
    for at in reversed(places[-MOST_HEADS:]):
        if found := _head(data[at : at + LONGEST_HEAD], block):
            yield Frame(start + at, *found)


def _head(data: bytes, block: int) -> tuple[int, int] | None:
    """First sample and samples of the frame that these bytes begin; None where they begin none."""
    if len(data) < 6 or data[1] & 0xFE != 0xF8 or data[3] & 1 or data[3] >> 4 > 10:
        return None
    size, rate = data[2] >> 4, data[2] & 15
    ones = 8 - (data[4] ^ 0xFF).bit_length()  # as in UTF-8: how long the number is
    length = max(1, ones)
    if ones in (1, 8) or size == 0 or rate == 15:
        return None
    number = data[4] & (0x7F >> ones)
    for each in data[5 : 4 + length]:
        number = number << 6 | each & 0x3F
    at = 4 + length
    wide = {WIDTH_8: 1, WIDTH_16: 2}.get(size, 0)
    samples = BLOCKS.get(size) or int.from_bytes(data[at : at + wide], "big") + 1
    stop = at + wide + RATE_BYTES.get(rate, 0)
    if stop >= len(data) or _crc(data[: stop + 1], 8, 0x07):
        return None
    return (number if data[1] & 1 else number * block), samples


@lru_cache(maxsize=2)
def _crc_table(bits: int, polynomial: int) -> tuple[int, ...]:
    """The remainder of each byte."""
    top, mask = 1 << bits - 1, (1 << bits) - 1
    table = []
    for byte in range(256):
        rest = byte << bits - 8
        for _ in range(8):
            rest = (rest << 1 ^ polynomial if rest & top else rest << 1) & mask
        table.append(rest)
    return tuple(table)


def _crc(data: bytes, bits: int, polynomial: int) -> int:
    """The remainder of data; 0 where its own checksum ends it."""
    table, mask, rest = _crc_table(bits, polynomial), (1 << bits) - 1, 0
    for byte in data:
        rest = (rest << 8 & mask) ^ table[rest >> bits - 8 ^ byte]
    return rest
