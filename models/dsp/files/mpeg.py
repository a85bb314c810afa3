"""MP3: where its first frame is whatever tags say, and how many there are (ISO 11172-3, 13818-3).

A tag before the sound (ID3v2) may state a wrong length. Without the head that most writers put into
a first silent frame ("Xing"), libsndfile estimates the length from the first frame's bit rate and
ends there, so a variable rate loses sound: then the frames are counted, and such a head put before
them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, pairwise, product
from typing import BinaryIO

from starling.models.dsp.files.mended import Mended
from starling.models.dsp.files.spliced import Part

HEAD = 4
CHAIN = 3  # frames in a row that are no chance
KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # of MPEG-1 layer III
KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # of MPEG-2 and 2.5
RATES = (44_100, 48_000, 32_000)  # of MPEG-1; halved in MPEG-2, halved again in 2.5
HALVED = {3: 0, 2: 1, 0: 2}  # by the version's two bits
LAYER_3 = 1
SIDE = {(True, True): 17, (True, False): 32, (False, True): 9, (False, False): 17}
HEADS = (b"Xing", b"Info", b"VBRI")
COUNTED = 1  # the flag of a Xing head with the number of frames
ID3_HEAD, ID3_LAST, APE_FOOT = 10, 128, 32
SOUGHT = (2**16, 2**22)  # bytes in which the first frame is looked for: most pictures are below
SYNC = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")  # how a head of layer III begins
MOST_GAPS = 10_000  # places that look like a frame and are none; a picture has some hundred


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame's length in bytes; its version's bits, its rate's, and whether it is mono."""

    length: int
    version: int
    rate: int
    mono: bool

    @property
    def kind(self) -> tuple[int, int, bool]:
        """What does not change within a file."""
        return self.version, self.rate, self.mono

    @property
    def side(self) -> int:
        """Bytes after the head before sound begins."""
        return SIDE[self.version == 3, self.mono]


def mend(file: BinaryIO, size: int) -> Mended | None:
    """An MP3 file without its tags, its frames counted; None where nothing is to be mended."""
    file.seek(0)
    head = file.read(ID3_HEAD)
    tagged = len(head) == ID3_HEAD and head[:3] == b"ID3"
    if not tagged and _frame(head) is None:
        return None
    start = _first(file, ID3_HEAD + _tag_length(head) if tagged else 0, size)
    if start is None:
        return None
    stop = _stop(file, start, size)
    file.seek(start)
    data = file.read(2**11)
    frame = _frame(data)
    assert frame is not None
    place = HEAD + frame.side
    parts: list[Part] = [range(start, stop)]
    if data[place : place + 4] not in HEADS and data[36:40] not in HEADS:
        lengths = _lengths(file, start, stop, frame)
        if len(set(lengths)) > 2:  # a constant rate has two, which differ by a padding byte
            parts.insert(0, _counted(data[:HEAD], frame, len(lengths)))
    if parts == [range(size)]:
        return None
    return Mended(tuple(parts))


def _frame(data: bytes) -> Frame | None:
    """The frame of layer III that these bytes begin; None where they begin none."""
    if len(data) < HEAD or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    kbits, rate = data[2] >> 4, data[2] >> 2 & 3
    if version not in HALVED or layer != LAYER_3 or kbits in (0, 15) or rate == 3:
        return None
    hertz = RATES[rate] >> HALVED[version]
    factor, table = (144, KBITS_1) if version == 3 else (72, KBITS_2)
    length = factor * 1000 * table[kbits] // hertz + (data[2] >> 1 & 1)
    return Frame(length, version, rate, data[3] >> 6 == 3)


def _tag_length(head: bytes) -> int:
    """What a tag says of its length: four times seven bits."""
    length = 0
    for each in head[6:10]:
        length = length << 7 | each & 0x7F
    return length + (ID3_HEAD if head[5] & 0x10 else 0)


def _first(file: BinaryIO, stated: int, size: int) -> int | None:
    """Where the first frame is: where the tag says, or after that, or anywhere."""
    for start, count in product((stated, ID3_HEAD), SOUGHT):
        file.seek(min(start, size))
        data = file.read(count)
        ends = start + len(data) >= size
        for found in islice(SYNC.finditer(data), MOST_GAPS):
            if _chained(data, found.start(), ends):
                return start + found.start()
    return None


def _chained(data: bytes, at: int, ends: bool) -> bool:
    """Whether frames of one kind follow each other from here, or to where the file `ends`."""
    kinds = []
    for _ in range(CHAIN):
        frame = _frame(data[at : at + HEAD])
        if frame is None:
            return False
        kinds.append(frame.kind)
        at += frame.length
        if at >= len(data) and len(kinds) < CHAIN:
            return ends and len(set(kinds)) == 1  # a file of a frame or two
    return all(one == other for one, other in pairwise(kinds))


def _stop(file: BinaryIO, start: int, size: int) -> int:
    """Where the sound from `start` on ends: before tags at the end, none of which has all of it."""
    file.seek(max(0, size - ID3_LAST))
    if file.read(3) == b"TAG" and size - ID3_LAST > start:
        size -= ID3_LAST
    file.seek(max(0, size - APE_FOOT))
    foot = file.read(APE_FOOT)
    if foot[:8] == b"APETAGEX":
        with_head = int.from_bytes(foot[20:24], "little") >> 31
        length = int.from_bytes(foot[12:16], "little") + APE_FOOT * with_head
        size -= length if length < size - start else 0
    return size


def _lengths(file: BinaryIO, start: int, stop: int, first: Frame) -> list[int]:
    """The lengths of all frames; what is none is passed over, up to MOST_GAPS times."""
    file.seek(start)
    data = file.read(stop - start)
    lengths, at, gaps = [], 0, 0
    while found := SYNC.search(data, at):
        frame = _frame(data[found.start() : found.start() + HEAD])
        if frame is not None and frame.kind == first.kind:
            lengths.append(frame.length)
            at = found.start() + frame.length
            continue
        at, gaps = found.start() + 1, gaps + 1
        if gaps > MOST_GAPS:
            return []
    return lengths


def _counted(head: bytes, first: Frame, frames: int) -> bytes:
    """A silent frame with the number of those that follow."""
    best = bytes(
        [head[0], head[1] | 1, (head[2] & 0x0D) | 0x90, head[3]]
    )  # no checksum, 128 kbit/s
    frame = _frame(best)
    assert frame is not None
    content = b"Xing" + COUNTED.to_bytes(4, "big") + frames.to_bytes(4, "big")
    return (best + bytes(first.side) + content).ljust(frame.length, b"\0")
