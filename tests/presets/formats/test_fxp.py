import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.errors import ParseError
from starling.presets.formats import fxp

# Two floats, as a host writes them.
FLOATS = bytes.fromhex(
    "43636e4b"  # CcnK
    "00000038"  # 56 bytes follow
    "4678436b"  # FxCk
    "00000001"  # format version
    "42616421"  # Bad!
    "00000003"  # plugin version
    "00000002"  # two parameters
    + "416269" + "00" * 25  # name "Abi"
    + "3e800000"  # 0.25
    "3f400000"  # 0.75
)  # fmt: skip
# A chunk of three bytes; the size field is 0, as DawDreamer writes it.
CHUNK = bytes.fromhex(
    "43636e4b" "00000000" "46504368" "00000001" "616d7379" "00000001" "00000029"
    + "58" + "00" * 27 + "00000003" "010203"
)  # fmt: skip


def test_golden_bytes_of_floats() -> None:
    program = fxp.Program(b"Bad!", "Abi", 2, values=(0.25, 0.75), plugin_version=3)
    assert fxp.write(program) == FLOATS
    assert fxp.read(FLOATS) == [program]


def test_golden_bytes_of_a_chunk_with_size_zero() -> None:
    program = fxp.Program(b"amsy", "X", 41, chunk=b"\1\2\3")
    assert fxp.read(CHUNK) == [program]
    written = fxp.write(program)
    assert written[8:] == CHUNK[8:] and struct.unpack(">i", written[4:8])[0] == len(CHUNK) - 8


def test_a_bank_of_two_presets() -> None:
    head = fxp.HEAD.pack(b"CcnK", 0, b"FxBk", 1, b"Bad!", 1, 2) + bytes(128)
    first, second = fxp.read(head + FLOATS + CHUNK.replace(b"amsy", b"Bad!"))
    assert (first.name, second.name, second.chunk) == ("Abi", "X", b"\1\2\3")


# A bank that is one chunk of two bytes, for three presets.
BANK_CHUNK = bytes.fromhex(
    "43636e4b" "0000009a" "46424368" "00000001" "616d7379" "00000001" "00000003"
    + "00" * 128 + "00000002" "0a0b"
)  # fmt: skip


def test_golden_bytes_of_a_bank_chunk() -> None:
    program = fxp.Program(b"amsy", "", 3, chunk=b"\x0a\x0b")
    assert fxp.write_bank_chunk(program) == BANK_CHUNK and fxp.read(BANK_CHUNK) == [program]


def test_golden_bytes_of_a_bank() -> None:
    programs = [fxp.Program(b"Bad!", "Abi", 2, values=(0.25, 0.75), plugin_version=3)] * 2
    written = fxp.write_bank(programs)
    size = bytes.fromhex("00000114")  # 276 bytes follow
    head = b"CcnK" + size + b"FxBk" + bytes.fromhex("00000001 42616421 00000003 00000002")
    assert written == head + bytes(128) + FLOATS + FLOATS and fxp.read(written) == programs


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "0 bytes are too few"),
        (b"RIFF" + bytes(60), "starts with b'RIFF'"),
        (FLOATS[:-1], "the file has 63 bytes but says that it needs 64"),
        (CHUNK[:-1], "the file has 62 bytes but says that it needs 63"),
        (FLOATS.replace(b"FxCk", b"FxXX"), "unknown kind b'FxXX'"),
        (FLOATS.replace(b"FxCk", b"FBCh"), "has 64 bytes but says that it needs 160"),
        (FLOATS.replace(b"\0\0\0\2Abi", b"\x7f\0\0\2Abi"), "claims 2130706434 parameters"),
    ],
)
def test_damaged_files_are_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(ParseError, match=sentence):
        fxp.read(data)


IDS = st.binary(min_size=4, max_size=4)
NAMES = st.text("abc XYZ-09", max_size=27).map(str.strip)
FLOAT = st.floats(0, 1, width=32)


@given(IDS, NAMES, st.lists(FLOAT, max_size=50).map(tuple))
def test_round_trip_of_floats(plugin_id: bytes, name: str, values: tuple[float, ...]) -> None:
    program = fxp.Program(plugin_id, name, len(values), values=values)
    assert fxp.read(fxp.write(program)) == [program]


@given(IDS, NAMES, st.binary(min_size=1, max_size=200))
def test_round_trip_of_a_chunk(plugin_id: bytes, name: str, chunk: bytes) -> None:
    program = fxp.Program(plugin_id, name, 7, chunk=chunk)
    assert fxp.read(fxp.write(program)) == [program]


@given(IDS, st.lists(st.tuples(NAMES, st.binary(min_size=1, max_size=50)), min_size=1, max_size=4))
def test_round_trip_of_a_bank(plugin_id: bytes, presets: list[tuple[str, bytes]]) -> None:
    programs = [fxp.Program(plugin_id, name, 7, chunk=chunk) for name, chunk in presets]
    assert fxp.read(fxp.write_bank(programs)) == programs


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for candidate in (data, b"CcnK" + data, FLOATS[:28] + data):
        try:
            fxp.read(candidate)
        except ParseError as exc:
            assert str(exc)


@pytest.mark.parametrize("count", [-1, 0, 16_777_216, 2**31 - 1])
def test_any_count_beside_a_chunk_is_read(count: int) -> None:
    """Synths write it little-endian, or leave it: it has no meaning there."""
    [read] = fxp.read(fxp.write(fxp.Program(b"XfsX", "Growl", count, chunk=b"\1\2")))
    assert (read.name, read.chunk) == ("Growl", b"\1\2")


THREE = [fxp.Program(b"Bad!", f"P{n}", 2, values=(n / 4, 0.5)) for n in range(3)]


@pytest.mark.parametrize("cut", [1, 8, 30])
def test_a_bank_that_is_cut_short_keeps_its_whole_presets(cut: int) -> None:
    *whole, last = fxp.read(fxp.write_bank(THREE)[:-cut])
    assert whole == THREE[:2]
    assert last.problem and last.name in ("P2", "P", "preset 3")


def test_a_bank_that_counts_wrong_is_read_whole() -> None:
    written = fxp.write_bank(THREE)
    head = len(b"CcnK") + 20
    for count, problems in ((1, 0), (3, 0), (5, 1)):
        data = written[:head] + count.to_bytes(4, "big") + written[head + 4 :]
        programs = fxp.read(data)
        assert programs[:3] == THREE and len(programs) == 3 + problems
        assert [p.problem for p in programs[3:]] == [
            "the bank says that it has 5 presets, and 2 are not there"
        ] * problems


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        ("Flächig".encode(), "Flächig"),
        ("Flächig".encode("latin-1"), "Flächig"),
        ("日本の音色プリセット".encode()[:28], "日本の音色プリセッ"),
        (b"Plain", "Plain"),
    ],
)
def test_names_are_utf8_or_else_latin1(stored: bytes, name: str) -> None:
    data = fxp.write(fxp.Program(b"Bad!", "", 2, values=(0.25, 0.75)))
    [program] = fxp.read(data[:28] + stored.ljust(28, b"\0") + data[56:])
    assert program.name == name
