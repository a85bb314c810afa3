"""The commands of a VGM file's data: waits, writes to the chip, blocks; what is not for it.

    b4 aa dd   write dd to register aa          61 nn nn   wait 0..65535 samples
    62, 63     wait 735 or 882                  70 .. 7f   wait 1 .. 16
    67 66 tt   a data block, 32 bits of size    66         the end
    80 .. 8f   write to a YM2612, wait 0 .. 15

Source: the VGM specification 1.71, for the sizes of all commands.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from starling.models.errors import ParseError
from starling.models.nes.writes import REGISTERS, Writes, arrays

WRITE, WAIT, END, BLOCK, MARK = 0xB4, 0x61, 0x66, 0x67, 0x66
SHORT_WAITS = {0x62: 735, 0x63: 882, **{0x70 + n: n + 1 for n in range(16)}}
SHORTEST = {samples: command for command, samples in SHORT_WAITS.items()}
MAX_WAIT = 0xFFFF
RAM = 0xC2  # the type of a block for the memory of the NES: 16 bits of address, then its bytes
SECOND = 0x80  # in a register: of a second chip
SIZE_BITS = 0x7FFF_FFFF  # of a block; the other bit says for which of two chips


def _operands() -> dict[int, int]:
    """How many bytes follow each command."""
    ranges = {
        (0x30, 0x3F): 1,
        (0x40, 0x4E): 2,  # 1 before version 1.60, which no file for the NES has
        (0x4F, 0x50): 1,
        (0x51, 0x5F): 2,
        (0x61, 0x61): 2,
        (0x62, 0x63): 0,
        (0x66, 0x66): 0,
        (0x67, 0x67): 6,
        (0x68, 0x68): 11,
        (0x70, 0x8F): 0,
        (0x90, 0x91): 4,
        (0x92, 0x92): 5,
        (0x93, 0x93): 10,
        (0x94, 0x94): 1,
        (0x95, 0x95): 4,
        (0xA0, 0xBF): 2,
        (0xC0, 0xDF): 3,
        (0xE0, 0xFF): 4,
    }
    return {each: size for (low, high), size in ranges.items() for each in range(low, high + 1)}


OPERANDS = _operands()
FOREIGN = {  # what commands and blocks that are passed over are for; others by their number
    "command": {
        0x4F: "SN76489",
        0x50: "SN76489",
        0x51: "YM2413",
        0x52: "YM2612",
        0x53: "YM2612",
        0x54: "YM2151",
        0x55: "YM2203",
        0x56: "YM2608",
        0x57: "YM2608",
        0x58: "YM2610",
        0x59: "YM2610",
        0x5A: "YM3812",
        0x5B: "YM3526",
        0x5C: "Y8950",
        0x5D: "YMZ280B",
        0x5E: "YMF262",
        0x5F: "YMF262",
        0xA0: "AY8910",
        0xB3: "Game Boy DMG",
        0xB9: "HuC6280",
        0xBB: "Pokey",
        0xD2: "K051649",
        **dict.fromkeys(range(0x80, 0x90), "YM2612"),
        **dict.fromkeys(range(0x90, 0x96), "streams of sampled sound"),
    },
    "block": {0x00: "YM2612", 0x07: "streams of sampled sound (NES APU)", 0xC2: "NES APU"},
}


@dataclass(slots=True)
class Stream:
    """What the data of a file hold. `loop` is (writes before it, its sample), None without one.

    `blocks` are (address, bytes) for the memory of the NES; `skipped` counts what is not for its
    chip, by what it is for.
    """

    rows: list[tuple[int, int, int]] = field(default_factory=list)  # time, register, value
    samples: int = 0
    loop: tuple[int, int] | None = None
    blocks: list[tuple[int, bytes]] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def decode(data: bytes, start: int, loop: int = 0) -> Stream:
    """The commands from `start` up to the end command; `loop` is a place as `start` is.

    Raises ParseError: cut short, or a command that no version has.
    """
    stream, at = Stream(), start
    while True:
        if at == loop:
            stream.loop = (len(stream.rows), stream.samples)
        command = data[at] if at < len(data) else -1
        size = OPERANDS.get(command, 0) + 1
        if command < 0 or at + size > len(data):
            raise ParseError(f"is cut short: no end command in its {len(data):,} bytes")
        if command == END:
            return stream
        at += size + _take(stream, command, data[at + 1 : at + size], data, at)


def _take(stream: Stream, command: int, operands: bytes, data: bytes, at: int) -> int:
    """Take one command at a place of the data; how many bytes of a block follow it."""
    if command == WRITE:
        _take_write(stream, *operands)
    elif command == WAIT:
        stream.samples += operands[0] | operands[1] << 8
    elif command in SHORT_WAITS:
        stream.samples += SHORT_WAITS[command]
    elif command == BLOCK:
        return _take_block(stream, operands, data, at)
    elif command in OPERANDS:
        stream.skipped[FOREIGN["command"].get(command, f"command 0x{command:02x}")] += 1
        stream.samples += command & 0x0F if command >> 4 == 8 else 0
    else:
        raise ParseError(f"has an unknown command 0x{command:02x} at byte {at:,}")
    return 0


def _take_write(stream: Stream, register: int, value: int) -> None:
    if register < REGISTERS:
        stream.rows.append((stream.samples, register, value))
    elif register & SECOND:
        stream.skipped["a second NES APU"] += 1
    else:
        stream.skipped["the disk system's sound" if register >= 0x20 else "no register"] += 1


def _take_block(stream: Stream, head: bytes, data: bytes, at: int) -> int:
    """Keep a block for the memory of the NES, count any other; its size."""
    mark, kind, size = head[0], head[1], int(struct.unpack("<I", head[2:])[0])
    first, last = at + 1 + len(head), at + 1 + len(head) + (size & SIZE_BITS)
    if mark != MARK:
        raise ParseError(f"has a data block without its mark 0x66 at byte {at:,}")
    if last > len(data):
        raise ParseError(f"is cut short: a data block of {last - first:,} bytes at byte {at:,}")
    if kind == RAM and size >= 2 and size <= SIZE_BITS:
        stream.blocks.append((data[first] | data[first + 1] << 8, data[first + 2 : last]))
    else:
        stream.skipped[FOREIGN["block"].get(kind, f"data block 0x{kind:02x}")] += 1
    return last - first


def encode(writes: Writes, loop: tuple[int, int] | None = None) -> tuple[bytes, int]:
    """Writes as commands with the end, and the place of the loop among them, -1 without one."""
    found: list[bytes] = []
    size = now = 0
    place = -1
    times, addresses, values = (column.tolist() for column in arrays(writes))
    stops = [*zip(times, addresses, values, strict=True), (writes.samples, -1, 0)]
    for count, (time, address, value) in enumerate(stops):
        if loop is not None and count == loop[0]:
            chunk = b"".join(_waits(loop[1] - now))
            found.append(chunk)
            size, now = size + len(chunk), loop[1]
            place = size
        chunk = b"".join(_waits(time - now))
        chunk += bytes((WRITE, address, value)) if address >= 0 else bytes((END,))
        found.append(chunk)
        size, now = size + len(chunk), time
    return b"".join(found), place


def _waits(samples: int) -> Iterator[bytes]:
    """The commands that wait for `samples`, the shortest there are."""
    while samples > MAX_WAIT:
        yield struct.pack("<BH", WAIT, MAX_WAIT)
        samples -= MAX_WAIT
    if samples in SHORTEST:
        yield bytes((SHORTEST[samples],))
    elif samples - 16 in range(1, 17):
        yield bytes((SHORTEST[16], SHORTEST[samples - 16]))
    elif samples:
        yield struct.pack("<BH", WAIT, samples)


def block(address: int, content: bytes) -> bytes:
    """A block for the memory of the NES from a 16-bit address on."""
    return struct.pack("<BBBIH", BLOCK, MARK, RAM, len(content) + 2, address) + content
