"""The header of a VGM file: a table of its fields. Offsets are relative to their own place.

Source: the VGM specification, versions 1.00 to 1.71.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from starling.models.errors import ParseError

MAGIC = b"Vgm "
VERSION = 0x161  # the first that knows the chip of the NES, and the one that is written
SIZE = 0xC0  # of its header
OLD_DATA = 0x40  # where data begin before version 1.50, and where the offset is 0
END, TAGS, LOOP, DATA = 0x04, 0x14, 0x1C, 0x34  # fields that hold offsets
WHICH, SAMPLES, LOOP_SAMPLES, CLOCK = 0x08, 0x18, 0x20, 0x84
CLOCK_BITS = 0x3FFF_FFFF
SECOND_CHIP, DISK_SYSTEM = 1 << 30, 1 << 31  # in the clock of the NES's chip

CHIPS = {  # the field of each chip's clock; 0 there: the file is not for it
    0x0C: "SN76489",
    0x10: "YM2413",
    0x2C: "YM2612",
    0x30: "YM2151",
    0x38: "Sega PCM",
    0x40: "RF5C68",
    0x44: "YM2203",
    0x48: "YM2608",
    0x4C: "YM2610",
    0x50: "YM3812",
    0x54: "YM3526",
    0x58: "Y8950",
    0x5C: "YMF262",
    0x60: "YMF278B",
    0x64: "YMF271",
    0x68: "YMZ280B",
    0x6C: "RF5C164",
    0x70: "PWM",
    0x74: "AY8910",
    0x80: "Game Boy DMG",
    0x84: "NES APU",
    0x88: "MultiPCM",
    0x8C: "uPD7759",
    0x90: "OKIM6258",
    0x98: "OKIM6295",
    0x9C: "K051649",
    0xA0: "K054539",
    0xA4: "HuC6280",
    0xA8: "C140",
    0xAC: "K053260",
    0xB0: "Pokey",
    0xB4: "QSound",
    0xB8: "SCSP",
    0xC0: "WonderSwan",
    0xC4: "VSU",
    0xC8: "SAA1099",
    0xCC: "ES5503",
    0xD0: "ES5506",
    0xD8: "X1-010",
    0xDC: "C352",
    0xE0: "GA20",
}


@dataclass(frozen=True, slots=True)
class Header:
    """What is read of a header; places are in bytes from the file's start, 0 where there is none.

    `others` are the chips beside the NES's that the file is for, by name.
    """

    version: int
    data: int
    loop: int
    tags: int
    samples: int
    clock: int
    others: tuple[str, ...] = ()


def read(content: bytes, name: str) -> Header:
    """The header of a file. Raises ParseError: no VGM, cut short, or not for the NES's chip."""
    if content[:4] != MAGIC:
        raise ParseError(f"{name} is not a VGM file: it does not begin with 'Vgm '")
    if len(content) < OLD_DATA:
        raise ParseError(f"{name} is cut short: a VGM header takes 64 bytes, {len(content)} there")
    promised = _place(content, END, len(content))
    if promised > len(content):
        raise ParseError(
            f"{name} is cut short: its header promises {promised:,} bytes, "
            f"{len(content):,} are there"
        )
    version = _number(content, WHICH, len(content))
    data = _place(content, DATA, len(content)) if version >= 0x150 else 0
    data = data or OLD_DATA
    clocks = {chip: _number(content, at, data) for at, chip in CHIPS.items()}
    nes = clocks.pop("NES APU")
    others = _others({**clocks, "NES APU": 0}, nes)
    if not nes & CLOCK_BITS:
        raise ParseError(_foreign(name, version, others), code="other_chip")
    return Header(
        version,
        data,
        _place(content, LOOP, len(content)),
        _place(content, TAGS, len(content)),
        _number(content, SAMPLES, len(content)),
        nes & CLOCK_BITS,
        others,
    )


def _number(content: bytes, at: int, end: int) -> int:
    """The 32 bits of a field, 0 where it lies beyond the header's `end`."""
    return int(struct.unpack_from("<I", content, at)[0]) if at + 4 <= min(end, len(content)) else 0


def _place(content: bytes, at: int, end: int) -> int:
    """What a field of an offset points to; 0 for none."""
    offset = _number(content, at, end)
    return at + offset if offset else 0


def _others(clocks: dict[str, int], nes: int) -> tuple[str, ...]:
    found = [chip for chip, clock in clocks.items() if clock & CLOCK_BITS]
    if nes & DISK_SYSTEM:
        found.append("the disk system's sound")
    if nes & SECOND_CHIP:
        found.append("a second NES APU")
    return tuple(found)


def _foreign(name: str, version: int, others: tuple[str, ...]) -> str:
    shown = " and ".join(others) or f"no chip (version {version >> 8:x}.{version & 0xFF:02x})"
    return f"{name} is for {shown}; only files for the NES APU can be read"


def to_bytes(
    data_size: int, tags_size: int, loop: int, samples: tuple[int, int], clock: int
) -> bytes:
    """A header of version 1.61 for data and tags that follow it in this order.

    `loop` is the place in the data where it begins, -1 for none; `samples` are those of all and of
    the loop.
    """
    header = bytearray(SIZE)
    header[:4] = MAGIC
    end = SIZE + data_size
    fields = {
        END: end + tags_size - END,
        WHICH: VERSION,
        TAGS: end - TAGS if tags_size else 0,
        SAMPLES: samples[0],
        LOOP: SIZE + loop - LOOP if loop >= 0 else 0,
        LOOP_SAMPLES: samples[1] if loop >= 0 else 0,
        DATA: SIZE - DATA,
        CLOCK: clock,
    }
    for at, value in fields.items():
        struct.pack_into("<I", header, at, value)
    return bytes(header)
