"""Register writes as a program for the NES, in the NSF format that emulators play.

libgme plays VGM files of other chips only; its NES gets a program that waits, writes and waits
again. Its waits are counted in cycles: every write comes within a few cycles of its time, or as
soon as those before it are done (58 cycles each).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from starling.models.nes.writes import RATE, Writes

BANK = 4096  # bytes that are switched at once
MOST_TURNS = 255
MOST = 255 * BANK // 4  # entries, in the banks after the program's
EMPTY = 0x18  # 0x4018 is no register: a write does nothing
LONG, SHORT = 1281, 5  # cycles of one turn of the two waiting loops
FIXED = 39  # cycles from an entry's start to its write, without its waits
AFTER = (13, 25, 44)  # from there to the next entry, in this page, the next one, the next bank
TAIL = 3 * RATE  # samples of silence at the end

INIT = bytes.fromhex(
    "A900 8500 A990 8501"  # LDA #0; STA 0; LDA #$90; STA 1: the entries are seen from 0x9000 on
    "A901 8502 8DF95F 60"  # LDA #1; STA 2; STA $5FF9; RTS
)
PLAY = bytes.fromhex(
    "A000 B100 AA F003 CAD0FD"  # LDY #0; LDA (0),Y; TAX; BEQ on; DEX; BNE -3: the short wait
    "C8 B100 AA F00B"  # INY; LDA (0),Y; TAX; BEQ on
    "A99F 8503 C603 D0FC CAD0F5"  # LDA #159; STA 3; DEC 3; BNE -4; DEX; BNE -11: the long wait
    "C8 B100 AA C8 B100 9D0040"  # INY; LDA (0),Y; TAX; INY; LDA (0),Y; STA $4000,X
    "A500 18 6904 8500 90D2"  # LDA 0; CLC; ADC #4; STA 0; BCC to the start
    "E601 A501 C9A0 D0CA"  # INC 1; LDA 1; CMP #$A0; BNE to the start
    "A990 8501 E602 A502 8DF95F 4C2080"  # LDA #$90; STA 1; INC 2; LDA 2; STA $5FF9; JMP $8020
)


def nsf(writes: Writes) -> bytes:
    """The whole file; what comes after the last write is silence to wait in."""
    entries = b"".join(timed(writes))
    program = INIT.ljust(0x20, b"\xea") + PLAY
    data = program.ljust(BANK, b"\0") + entries.ljust(-(-len(entries) // BANK) * BANK, b"\0")
    header = b"NESM\x1a\1\1\1" + struct.pack("<HHH", 0x8000, 0x8000, 0x8020)
    header = header.ljust(0x6E, b"\0") + struct.pack("<H", 16639) + bytes([*range(8)])
    return header.ljust(0x80, b"\0") + data


def timed(writes: Writes) -> Iterator[bytes]:
    """Four bytes each: turns of the short and of the long wait, register, value."""
    now, number = 0, 0
    columns = (writes.times.tolist(), writes.addresses.tolist(), writes.values.tolist())
    for time, address, value in (*zip(*columns, strict=True), (writes.samples + TAIL, EMPTY, 0)):
        short, long = turns(time * writes.clock // RATE - now - FIXED)
        while long == MOST_TURNS:  # too far for one entry
            number += 1
            yield bytes([0, long, EMPTY, 0])
            now += cycles(0, long, number)
            short, long = turns(time * writes.clock // RATE - now - FIXED)
        number += 1
        yield bytes([short, long, address, value])
        now += cycles(short, long, number)
    if number > MOST:
        raise ValueError(f"at most {MOST} entries fit, not {number}")


def turns(wait: int) -> tuple[int, int]:
    """How often the short and the long loop go round in so many cycles, at most 255 times."""
    long = min(MOST_TURNS, max(0, wait - 4) // LONG)
    return min(MOST_TURNS, max(0, wait - long * LONG - 4) // SHORT), long


def cycles(short: int, long: int, number: int) -> int:
    """What an entry takes, the number of which counts from 1."""
    waits = (SHORT * short + 1 if short else 3) + (LONG * long + 1 if long else 3)
    return FIXED + waits + AFTER[(number % 64 == 0) + (number % 1024 == 0)]
