from __future__ import annotations

import gzip
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from toy_score import NESMDB, needs_nesmdb

from starling.models.errors import InputError, MissingError, ParseError
from starling.models.nes.vgm import vgm
from starling.models.nes.vgm.gd3 import Tags
from starling.models.nes.vgm.vgm import Loop, Vgm
from starling.models.nes.writes import CLOCK, MEMORY, Writes, writes_of

TUNE = Vgm(
    writes_of([(0, 0x15, 0x0F), (735, 0x00, 0xBF), (735, 0x02, 0xFD), (751, 0x03, 0)], 70_000)
)
HEADER = (
    "56676d20 d1000000 61010000 00000000"  # magic, end - 4, version 1.61
    "00000000 00000000 70110100 00000000"  # no tags, 70,000 samples, no loop
    "00000000 00000000 00000000 00000000"
    "00000000 8c000000 00000000 00000000"  # data at 0x34 + 0x8c = 0xc0
    + "00000000 00000000 00000000 00000000" * 4
    + "00000000 4d4f1b00 00000000 00000000"  # the chip's clock, 1,789,773
    + "00000000 00000000 00000000 00000000" * 3
)
DATA = (
    "b4150f"  # 0x4015 = 0x0f
    "62"  # wait 735
    "b400bf b402fd 7f"  # wait 16
    "b40300 61ffff"  # wait 65,535
    "61820e"  # wait 3,714
    "66"
)


@st.composite
def files(draw: DrawFn) -> Vgm:
    """Any file that can be written: waits of all kinds, a loop, tags, memory."""
    wait = st.sampled_from([0, 1, 16, 17, 32, 33, 735, 882, 65_535, 65_536]) | st.integers(
        0, 200_000
    )
    steps = draw(st.lists(st.tuples(wait, st.integers(0, 0x17), st.integers(0, 255)), max_size=20))
    rows, now = [], 0
    for pause, address, value in steps:
        now += pause
        rows.append((now, address, value))
    samples = now + draw(wait)
    memory = draw(st.just(b"") | st.binary(max_size=40).map(lambda part: part.rjust(MEMORY, b"\0")))
    writes = replace(
        writes_of(rows, samples, draw(st.integers(1_000_000, 4_000_000))), memory=memory
    )
    return Vgm(writes, draw(loops(writes)), draw(st.builds(Tags, st.text("aé魔", max_size=4))))


@st.composite
def loops(draw: DrawFn, writes: Writes) -> Loop | None:
    """No loop, or one between any two writes."""
    index = draw(st.integers(-1, len(writes)))
    if index < 0:
        return None
    low = int(writes.times[index - 1]) if index else 0
    high = int(writes.times[index]) if index < len(writes) else writes.samples
    return Loop(index, draw(st.integers(low, high)))


@settings(max_examples=150, deadline=None)
@given(files())
def test_what_is_written_reads_back_identical(file: Vgm) -> None:
    content = vgm.to_bytes(file)
    assert vgm.parse(content) == file
    assert vgm.to_bytes(vgm.parse(content)) == content


def test_a_file_has_these_bytes() -> None:
    assert vgm.to_bytes(TUNE) == bytes.fromhex(HEADER + DATA)


def test_a_loop_and_tags_have_these_bytes() -> None:
    content = vgm.to_bytes(replace(TUNE, loop=Loop(1, 735), tags=Tags(title="A", notes="ü")))
    assert struct.unpack_from("<4I", content, 0x14) == (0xD5 - 0x14, 70_000, 0xC4 - 0x1C, 69_265)
    assert content[0xC4:0xC7] == bytes.fromhex("b400bf")
    tail = "47643320 00010000 1a000000 4100 0000" + "0000" * 9 + "fc00 0000"
    assert content[0xD5:] == bytes.fromhex(tail)


@needs_nesmdb
@pytest.mark.parametrize("name", sorted(path.name for path in (NESMDB / "vgm").glob("*.vgm")))
def test_real_files_survive(name: str, tmp_path: Path) -> None:
    source = NESMDB / "vgm" / name
    found = vgm.read(source)
    assert found.tags.game == "Lawn Mower" and found.tags.author == "Alex Semenov"
    assert found.writes.clock == CLOCK and not found.left_out
    assert struct.unpack_from("<I", source.read_bytes(), 0x18)[0] == found.writes.samples
    for copy in (tmp_path / "copy.vgm", tmp_path / "copy.vgz"):
        vgm.write(copy, found)
        assert vgm.read(copy) == found


def test_both_names_may_be_compressed_or_not(tmp_path: Path) -> None:
    content = vgm.to_bytes(TUNE)
    (tmp_path / "a.vgz").write_bytes(content)
    (tmp_path / "a.vgm").write_bytes(gzip.compress(content))
    assert vgm.read(tmp_path / "a.vgz") == vgm.read(tmp_path / "a.vgm") == TUNE


def test_a_compressed_file_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("a.vgz", "b.VGZ"):
        vgm.write(tmp_path / name, TUNE)
    first, second = (path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert first == second and first[:2] == b"\x1f\x8b"


@pytest.mark.parametrize("length", [0, 3, 4, 63, 0xC0, 0xC1, 0xC2, 0xD0, 0xD4])
def test_a_cut_file_is_refused(length: int) -> None:
    content = vgm.to_bytes(TUNE)
    assert length < len(content)
    with pytest.raises(ParseError, match=r"tune\.vgm (is cut short|is not a VGM file)"):
        vgm.parse(content[:length], "tune.vgm")
    honest = bytearray(content[:length])
    if length >= 0xC0:  # cut, though its header says nothing of it
        struct.pack_into("<I", honest, 4, length - 4)
        with pytest.raises(ParseError, match=r"tune\.vgm is cut short: no end command"):
            vgm.parse(bytes(honest), "tune.vgm")


@pytest.mark.parametrize("length", [2, 12, 60])
def test_a_cut_compressed_file_is_refused(length: int) -> None:
    with pytest.raises(ParseError, match="tune is cut short: its compressed data do not end"):
        vgm.parse(gzip.compress(vgm.to_bytes(TUNE))[:length], "tune")


def test_damaged_and_huge_compressed_files_are_refused() -> None:
    with pytest.raises(ParseError, match=r"tune is a damaged \.vgz"):
        vgm.parse(b"\x1f\x8b" + b"\xff" * 40, "tune")
    with pytest.raises(ParseError, match="tune unpacks to more than 64 MB"):
        vgm.parse(gzip.compress(bytes(65 * 2**20), 1), "tune")


def with_number(at: int, value: int) -> bytes:
    content = bytearray(vgm.to_bytes(TUNE))
    struct.pack_into("<I", content, at, value)
    return bytes(content)


def test_a_file_for_other_chips_is_refused_by_their_names() -> None:
    content = bytearray(with_number(0x84, 0))
    struct.pack_into("<I", content, 0x0C, 3_579_545)
    struct.pack_into("<I", content, 0x2C, 7_670_453)
    with pytest.raises(ParseError, match="tune is for SN76489 and YM2612; only files for the NES"):
        vgm.parse(bytes(content), "tune")


def test_an_old_file_for_no_chip_is_refused_by_its_version() -> None:
    old = bytearray(with_number(0x84, 0))
    struct.pack_into("<I", old, 8, 0x101)
    with pytest.raises(ParseError, match=r"is for no chip \(version 1\.01\)"):
        vgm.parse(bytes(old), "tune")


def test_data_of_an_old_header_are_no_clocks() -> None:
    """Before 1.50 data begin at 0x40, where later versions have clocks."""
    old = bytearray(vgm.to_bytes(TUNE)[:0x40])
    struct.pack_into("<I", old, 8, 0x110)
    struct.pack_into("<I", old, 0x10, 3_579_545)
    struct.pack_into("<I", old, 4, len(old) + 0x60 - 4)
    with pytest.raises(ParseError, match="is for YM2413; only"):
        vgm.parse(bytes(old) + b"\xff" * 0x60, "tune")


def test_chips_beside_the_nes_are_named() -> None:
    content = with_number(0x80, 4_194_304)
    assert vgm.parse(content).left_out == ("Game Boy DMG, which the file is also for",)
    both = with_number(0x84, CLOCK | 3 << 30)
    found = vgm.parse(both)
    assert found.writes == TUNE.writes
    assert [each.split(",")[0] for each in found.left_out] == [
        "the disk system's sound",
        "a second NES APU",
    ]


def test_a_header_that_lies_about_the_length_is_corrected() -> None:
    [said] = vgm.parse(with_number(0x18, 5)).left_out
    assert said == "the header's length, 5 samples: its waits are 70000"


@pytest.mark.parametrize(("tags", "said"), [(0x20, "damaged"), (2**31, "cut short")])
def test_damaged_tags_do_not_cost_the_music(tags: int, said: str) -> None:
    found = vgm.parse(with_number(0x14, tags))
    assert found.writes == TUNE.writes and found.tags == Tags()
    assert found.left_out == (f"the GD3 tag is {said}",)


def test_a_loop_inside_a_command_is_left_out() -> None:
    found = vgm.parse(with_number(0x1C, 0xC1 - 0x1C))
    assert found.loop is None and "begins inside a command (byte 193)" in found.left_out[0]


def test_a_loop_that_is_between_other_writes_is_refused() -> None:
    with pytest.raises(InputError, match=r"loop index must be 0\.\.4, got 5"):
        vgm.to_bytes(replace(TUNE, loop=Loop(5, 0)))
    with pytest.raises(InputError, match=r"loop sample must be 0\.\.735, got 736"):
        vgm.to_bytes(replace(TUNE, loop=Loop(1, 736)))


def test_more_than_an_hour_is_refused() -> None:
    long = vgm.to_bytes(TUNE)[:-1] + b"\x61\xff\xff" * 2_500 + b"\x66"
    content = bytearray(long)
    struct.pack_into("<I", content, 4, len(long) - 4)
    with pytest.raises(InputError, match=r"tune: samples must be 0\.\.158760000 \(an hour\)"):
        vgm.parse(bytes(content), "tune")


def test_no_file_there(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no VGM file at"):
        vgm.read(tmp_path / "a.vgm")


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    vgm.write(tmp_path / "a.vgm", TUNE)
    with pytest.raises(InputError):
        vgm.write(tmp_path / "b.vgm", replace(TUNE, loop=Loop(9, 9)))
    assert [path.name for path in tmp_path.iterdir()] == ["a.vgm"]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 0xD4), st.binary(min_size=1, max_size=6))
def test_any_damage_is_read_or_refused_in_a_sentence(at: int, noise: bytes) -> None:
    content = vgm.to_bytes(TUNE)
    damaged = content[:at] + noise + content[at + len(noise) :]
    try:
        vgm.parse(damaged, "tune")
    except InputError as error:
        assert "tune" in str(error)
