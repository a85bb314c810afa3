from __future__ import annotations

import struct

import pytest

from starling.models.errors import ParseError
from starling.models.nes.vgm import header
from starling.models.nes.vgm.header import CHIPS


def of_chip(at: int, clock: int = 1_000_000) -> bytes:
    content = bytearray(header.to_bytes(1, 0, -1, (0, 0), 0)) + bytes(0x40) + b"\x66"
    struct.pack_into("<I", content, 8, 0x171)
    struct.pack_into("<I", content, 0x34, 0x100 - 0x34)
    struct.pack_into("<I", content, at, clock)
    return bytes(content)


@pytest.mark.parametrize(("at", "chip"), [pair for pair in CHIPS.items() if pair[0] != 0x84])
def test_every_other_chip_is_named(at: int, chip: str) -> None:
    with pytest.raises(
        ParseError, match=f"^song is for {chip}; only files for the NES APU"
    ) as error:
        header.read(of_chip(at), "song")
    assert error.value.code == "other_chip"


def test_the_chip_of_the_nes_is_found() -> None:
    found = header.read(of_chip(0x84, 1_662_607), "song")
    assert (found.clock, found.others, found.data) == (1_662_607, (), 0x100)


def test_a_written_header_reads_back() -> None:
    content = header.to_bytes(20, 30, 7, (1_000, 300), 1_789_773) + bytes(50)
    found = header.read(content, "song")
    assert found == header.Header(0x161, 0xC0, 0xC7, 0xD4, 1_000, 1_789_773)


def test_other_files_are_refused() -> None:
    with pytest.raises(ParseError, match="song is not a VGM file: it does not begin with 'Vgm '"):
        header.read(b"RIFF" + bytes(99), "song")
