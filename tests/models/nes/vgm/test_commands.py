from __future__ import annotations

import struct

import pytest

from starling.models.errors import ParseError
from starling.models.nes.vgm import commands, vgm
from starling.models.nes.vgm.commands import OPERANDS, decode, encode
from starling.models.nes.writes import MEMORY, writes_of


def rows(data: str) -> list[tuple[int, int, int]]:
    return decode(bytes.fromhex(data), 0).rows


@pytest.mark.parametrize(
    ("wait", "samples"),
    [
        ("62", 735),
        ("63", 882),
        ("70", 1),
        ("7f", 16),
        ("610000", 0),
        ("61ffff", 65_535),
        ("8a", 10),
    ],
)
def test_waits_last_as_the_specification_says(wait: str, samples: int) -> None:
    assert rows(f"{wait} b4020a 66") == [(samples, 2, 10)]


@pytest.mark.parametrize(
    ("samples", "data"),
    [
        (0, ""),
        (1, "70"),
        (16, "7f"),
        (17, "7f70"),
        (32, "7f7f"),
        (33, "612100"),
        (735, "62"),
        (882, "63"),
        (65_535, "61ffff"),
        (65_536, "61ffff70"),
        (66_270, "61ffff62"),
        (131_071, "61ffff61ffff70"),
    ],
)
def test_long_waits_are_split(samples: int, data: str) -> None:
    content, place = encode(writes_of([], samples))
    assert content == bytes.fromhex(data + "66") and place == -1
    assert decode(content, 0).samples == samples


def test_registers_of_other_chips_are_counted() -> None:
    found = decode(bytes.fromhex("b41701 b41801 b4200f b48000 b43f00 66"), 0)
    assert found.rows == [(0, 0x17, 1)]
    assert found.skipped == {"no register": 1, "the disk system's sound": 2, "a second NES APU": 1}


def test_commands_for_other_chips_are_counted_by_name() -> None:
    found = decode(bytes.fromhex("509f 52283f 85 c0000000 e000000000 9000000000 66"), 0)
    assert found.skipped == {
        "SN76489": 1,
        "YM2612": 2,
        "command 0xc0": 1,
        "command 0xe0": 1,
        "streams of sampled sound": 1,
    }
    assert found.samples == 5


@pytest.mark.parametrize("command", sorted(set(OPERANDS) - {0x66, 0x67}))
def test_every_command_is_as_long_as_the_table_says(command: int) -> None:
    data = bytes((command, *bytes(OPERANDS[command]))) + bytes.fromhex("b4020a66")
    assert decode(data, 0).rows[-1][1:] == (2, 10)
    for length in range(len(data) - 3, len(data)):
        with pytest.raises(ParseError, match="is cut short: no end command"):
            decode(data[:length], 0)


@pytest.mark.parametrize("command", sorted(set(range(256)) - set(OPERANDS)))
def test_commands_of_no_version_are_refused_by_their_place(command: int) -> None:
    with pytest.raises(ParseError, match=rf"has an unknown command 0x{command:02x} at byte 1"):
        decode(bytes((0x62, command, 0, 0, 0, 0, 0x66)), 0)


def block(kind: int, body: bytes, size: int | None = None) -> bytes:
    return struct.pack("<BBBI", 0x67, 0x66, kind, len(body) if size is None else size) + body


def test_blocks_for_the_memory_are_kept_and_others_counted() -> None:
    data = (
        block(0xC2, b"\x00\xc0DMC") + block(0, b"pcm") + block(7, b"x") + block(0x99, b"") + b"\x66"
    )
    found = decode(data, 0)
    assert found.blocks == [(0xC000, b"DMC")]
    assert found.skipped == {
        "YM2612": 1,
        "streams of sampled sound (NES APU)": 1,
        "data block 0x99": 1,
    }


def test_damaged_blocks_are_refused() -> None:
    with pytest.raises(ParseError, match="is cut short: a data block of 99 bytes at byte 0"):
        decode(block(0xC2, b"\0\x80abc", 99) + b"\x66", 0)
    with pytest.raises(ParseError, match="has a data block without its mark 0x66 at byte 0"):
        decode(b"\x67\x00" + block(0xC2, b"\0\x80abc")[2:] + b"\x66", 0)


def with_blocks(*blocks: bytes) -> vgm.Vgm:
    plain = vgm.to_bytes(vgm.Vgm(writes_of([], 10)))
    content = bytearray(plain[:0xC0] + b"".join(blocks) + plain[0xC0:])
    struct.pack_into("<I", content, 4, len(content) - 4)
    return vgm.parse(bytes(content))


def test_blocks_fill_the_memory_of_the_chip() -> None:
    found = with_blocks(block(0xC2, b"\x00\xc0DMC"), block(0xC2, b"\xfe\xffAB"))
    assert len(found.writes.memory) == MEMORY and not found.left_out
    assert found.writes.memory[0x4000:0x4003] == b"DMC" and found.writes.memory[-2:] == b"AB"


@pytest.mark.parametrize(
    "blocks",
    [
        (b"\xff\x7fXDMC",),  # begins below 0x8000
        (b"\xfe\xffABCD",),  # ends beyond 0xffff
        (b"\x00\x80DMC", b"\x01\x80Z"),  # over an earlier one
        (b"\x00\x10low",),
    ],
)
def test_blocks_without_a_place_are_said(blocks: tuple[bytes, ...]) -> None:
    found = with_blocks(*(block(0xC2, each) for each in blocks))
    assert found.left_out == ("1 data blocks beyond 0x8000..0xFFFF, or over earlier ones",)


def test_the_loop_is_where_its_place_is() -> None:
    data = bytes.fromhex("b41501 62 b40001 61df02 b40002 66")
    places = {at: decode(data, 0, at).loop for at in range(1, len(data))}
    assert {at: loop for at, loop in places.items() if loop} == {
        3: (1, 0),
        4: (1, 735),
        7: (2, 735),
        10: (2, 1470),
        13: (3, 1470),
    }


def test_a_loop_between_two_writes_of_one_time_stays_there() -> None:
    writes = writes_of([(5, 0, 1), (5, 1, 2), (5, 2, 3)], 9)
    content, place = encode(writes, (2, 5))
    assert content[place:] == bytes.fromhex("b40203 73 66")
    assert decode(content, 0, place).loop == (2, 5)


def test_memory_is_written_without_the_zeros_around() -> None:
    assert commands.block(0xC000, b"AB") == bytes.fromhex("6766c2 04000000 00c0 4142")
