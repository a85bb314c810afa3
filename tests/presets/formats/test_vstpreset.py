"""VST3 preset files: golden bytes, round trips, damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.errors import ParseError
from starling.presets.formats.vstpreset import VstPreset, read, write

GOLDEN = bytes.fromhex(
    "56535433"  # VST3
    "01000000"  # version 1
    + b"ABCDEF019182FAEB5374726C53746172".hex()
    + "3500000000000000"  # the list is at byte 53
    "0a0b0c"  # the processor's state, from byte 48
    "0d0e"  # the controller's
    "4c697374 02000000"  # List, two entries
    "436f6d70 3000000000000000 0300000000000000"
    "436f6e74 3300000000000000 0200000000000000"
)  # fmt: skip
PRESET = VstPreset(
    "ABCDEF019182FAEB5374726C53746172", {"Comp": b"\x0a\x0b\x0c", "Cont": b"\x0d\x0e"}
)


def test_golden_bytes() -> None:
    assert write(PRESET) == GOLDEN and read(GOLDEN) == PRESET


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "0 bytes are too few"),
        (b"CcnK" + GOLDEN[4:], "starts with b'CcnK'"),
        (GOLDEN.replace(b"VST3\1", b"VST3\2"), "its version is 2"),
        (GOLDEN.replace(b"ABCD", b"WXYZ"), "is not 32 hexadecimal digits"),
        (GOLDEN[:50], "its list should be at byte 53 of 50: the file is cut short"),
        (GOLDEN[:-1], "its list of 2 chunks is cut short"),
        (GOLDEN.replace(b"List", b"Lost"), "at byte 53 is no list of chunks"),
        (GOLDEN.replace(b"List\2\0", b"List\xff\xff"), "with 65535 entries"),
        (GOLDEN.replace(b"\3\0\0\0\0\0\0\0C", b"\xff\0\0\0\0\0\0\0C"), "should end at byte 303"),
        (GOLDEN.replace(b"\x35\0", b"\x01\0", 1), "its list should be at byte 1 of"),
    ],
)
def test_damaged_files_are_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(data)
    assert sentence in str(caught.value)


IDS = st.text("0123456789ABCDEF", min_size=32, max_size=32)
CHUNKS = st.dictionaries(st.text("CompntInfPrg", min_size=4, max_size=4), st.binary(max_size=60))


@given(IDS, CHUNKS)
def test_round_trip(class_id: str, chunks: dict[str, bytes]) -> None:
    preset = VstPreset(class_id, chunks)
    assert read(write(preset)) == preset


@given(st.binary(max_size=200), st.integers(0, 120))
def test_any_bytes_are_read_or_refused(data: bytes, kept: int) -> None:
    for candidate in (data, GOLDEN[:kept] + data):
        try:
            read(candidate)
        except ParseError as exc:
            assert str(exc)
