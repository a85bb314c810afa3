"""DX7 system-exclusive files, whole and damaged."""

from importlib import util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starling.models.errors import ParseError
from starling.presets.formats import syx, table
from starling.presets.formats.dx7 import PARAMETERS, VOICE_BYTES, voice_bytes
from starling.presets.formats.table import read_bank

# A voice whose 155 bytes all differ from their neighbours, and the same packed: worked out by
# hand from the DX7's tables, operator 6 to 1.
OPERATOR = bytes([11, 22, 33, 44, 55, 66, 77, 88, 99, 12, 13, 1, 2, 5, 3, 6, 98, 1, 29, 97, 9])
PACKED_OPERATOR = bytes.fromhex("0b16212c37424d58630c0d 09 4d 1b 62 3b 61")
COMMON = bytes([91, 92, 93, 94, 51, 52, 53, 54, 30, 5, 1, 81, 82, 83, 84, 1, 4, 6, 47])
PACKED_COMMON = bytes.fromhex("5b5c5d5e33343536 1e 0d 51525354 69 2f")
VOICE = OPERATOR * 6 + COMMON + b"GOLDEN  1 "
PACKED = PACKED_OPERATOR * 6 + PACKED_COMMON + b"GOLDEN  1 "


def cartridge(name: str = "A", count: int = 32) -> bytes:
    return syx.write_cartridge([(f"{name}{n}", {"algorithm": n % 32}) for n in range(count)])


def test_golden_bytes_of_a_packed_voice() -> None:
    assert syx.pack(VOICE) == PACKED and syx.unpack(PACKED) == VOICE


def test_golden_bytes_of_a_single_voice() -> None:
    written = syx.write_voice("INIT VOICE", {})
    assert written[:6] == bytes.fromhex("f0 43 00 00 01 1b") and len(written) == 163
    assert written[-2:] == bytes.fromhex("51 f7"), "as Dexed sends its initial voice"
    [voice] = syx.read(written).voices
    assert voice.name == "INIT VOICE" and voice_bytes(voice.name, voice.values) == written[6:161]


def test_golden_bytes_of_a_cartridge() -> None:
    written = cartridge(count=2)
    assert written[:6] == bytes.fromhex("f0 43 00 09 20 00") and len(written) == 4104
    assert sum(written[6:-1]) % 128 == 0 and written[-1] == 0xF7
    names = [voice.name for voice in syx.read(written).voices]
    assert names == ["A0", "A1"] + ["INIT VOICE"] * 30


def test_a_real_cartridge_is_read_and_written_to_the_byte() -> None:
    spec = util.find_spec("dawdreamer")
    assert spec and spec.origin
    path = Path(spec.origin).parent / "faustlibraries" / "dx7presets" / "brass.syx"
    data = path.read_bytes()
    content = syx.read(data)
    assert content.remarks == () and len(content.voices) == 32
    assert [v.name for v in content.voices[:3]] == ["BRASS 1", "BRASS 2", "BRASS 3"]
    assert content.voices[0].values["algorithm"] == 17.0, "18 on the panel"
    assert syx.write_cartridge([(v.name, v.values) for v in content.voices]) == data
    bank = read_bank(path)
    assert (bank.name, bank.synth, len(bank.presets)) == ("brass", "dexed", 23)
    assert bank.remarks == ("9 initial voices were left out",)


@given(
    st.lists(
        st.binary(min_size=128, max_size=128).map(lambda b: bytes(x & 127 for x in b)),
        min_size=1,
        max_size=3,
    )
)
def test_packing_a_voice_twice_changes_nothing(packed: list[bytes]) -> None:
    for one in packed:
        voice = syx.unpack(one)
        assert len(voice) == VOICE_BYTES and syx.unpack(syx.pack(voice)) == voice


VALUES = st.fixed_dictionaries({p.name: st.integers(0, p.steps - 1).map(float) for p in PARAMETERS})
NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=91), min_size=1, max_size=10)


@settings(max_examples=30)
@given(st.lists(st.tuples(NAMES, VALUES), min_size=1, max_size=2), st.booleans())
def test_what_is_written_is_read(presets: list[tuple[str, dict[str, float]]], single: bool) -> None:
    if single:
        written = b"".join(syx.write_voice(name, values) for name, values in presets)
    else:
        written = syx.write_cartridge(presets)
    content = syx.read(written)
    assert content.remarks == ()
    assert [(v.name, v.values) for v in content.voices[: len(presets)]] == presets


@given(st.binary(max_size=9_000))
def test_no_bytes_end_in_anything_but_voices_or_a_sentence(data: bytes) -> None:
    for start in (data, syx.CARTRIDGE_HEAD + data, b"\xf0" + data, syx.VOICE_HEAD + data):
        try:
            assert syx.read(start).voices
        except ParseError as exc:
            assert str(exc)


def test_thirty_three_presets_are_two_cartridges() -> None:
    assert len(syx.read(cartridge(count=33)).voices) == 64


def test_several_messages_with_others_between() -> None:
    other = bytes.fromhex("f0 43 00 05 00 01 22 f7")  # a DX7 II's parameters
    data = syx.write_voice("ONE", {}) + b"\0\0" + other + cartridge() + syx.write_voice("TWO", {})
    content = syx.read(data)
    assert len(content.voices) == 34
    assert (content.voices[0].name, content.voices[-1].name) == ("ONE", "TWO")
    assert content.remarks == (
        "1 of its messages are no DX7 voices and were left out: they are for the DX7 II: its "
        "supplements and performances",
    )


def test_any_channel_and_the_head_of_an_old_dexed() -> None:
    data = bytearray(cartridge())
    data[2] = 0x0F
    assert len(syx.read(bytes(data)).voices) == 32
    data[2:4] = b"\0\0"
    assert len(syx.read(bytes(data)).voices) == 32


def test_a_wrong_checksum_is_reported_and_not_refused() -> None:
    data = bytearray(cartridge())
    good = data[-2]
    data[-2] = (good + 1) % 128
    content = syx.read(bytes(data))
    assert len(content.voices) == 32
    [remark] = content.remarks
    assert (
        remark
        == f"message 1: its checksum is {(good + 1) % 128:02X}, that of its voices {good:02X}"
    )


@pytest.mark.parametrize("tail", [b"", b"\0", b"\x51\xf7"])
def test_a_cartridge_without_its_head(tail: bytes) -> None:
    content = syx.read(cartridge()[6:-2] + tail)
    assert [v.name for v in content.voices] == [f"A{n}" for n in range(32)]
    assert content.remarks == ("it has no header: taken for packed voices",)


def test_two_bare_cartridges_in_a_row() -> None:
    assert len(syx.read(2 * cartridge()[6:-2]).voices) == 64


def test_a_file_cut_short_keeps_its_whole_voices() -> None:
    content = syx.read(cartridge()[: 6 + 5 * 128 + 60])
    assert [v.name for v in content.voices] == ["A0", "A1", "A2", "A3", "A4"]
    assert content.remarks == ("message 1: it is cut short: 700 of 4096 bytes, 5 whole voices",)


def test_a_message_that_never_ended_does_not_swallow_the_next() -> None:
    content = syx.read(cartridge()[: 6 + 3 * 128] + cartridge("B"))
    assert [v.name for v in content.voices[:4]] == ["A0", "A1", "A2", "B0"]
    assert len(content.voices) == 35 and "cut short" in content.remarks[0]


def test_bytes_above_127_and_out_of_range_are_remarked_on() -> None:
    data = bytearray(cartridge())
    data[6], data[6 + 128] = 0x80 | 99, 127
    content = syx.read(bytes(data))
    assert content.voices[0].values["op6_rate1"] == content.voices[1].values["op6_rate1"] == 99.0
    assert any("top bit was ignored" in remark for remark in content.remarks)
    limited = "1 voices have values out of range, which were limited, for example voice 2 (A1)"
    assert f"{limited}: op6_rate1" in content.remarks


def test_remarks_do_not_grow_without_end() -> None:
    broken = bytearray(syx.write_voice("X", {}))
    broken[-2] ^= 1
    content = syx.read(bytes(broken) * 100)
    assert len(content.voices) == 100
    assert len(content.remarks) == 21 and content.remarks[-1] == "and 80 more like these"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "0 bytes with no message are no cartridge"),
        (b"MThd" + bytes(100), "104 bytes with no message"),
        (b"\xff" * 4096, "bytes above 127"),
        (bytes.fromhex("f0 7e 7f 06 01 f7"), "it holds no DX7 voice; 1 of its messages"),
        (bytes.fromhex("f0 41 10 16 12 f7"), "they are for Roland"),
        (bytes.fromhex("f0 42 30 28 f7"), "they are for Korg"),
        (bytes.fromhex("f0 43 00 04 20 00 f7"), r"four operators \(TX81Z"),
        (bytes.fromhex("f0 00 20 33 01 f7 f0 00 21 09 f7"), "Access; .* the number 00 21 09"),
        (syx.VOICE_HEAD + bytes(140), "cut short: 140 of 155 bytes"),
    ],
)
def test_files_that_hold_no_voice(data: bytes, sentence: str) -> None:
    with pytest.raises(ParseError, match=sentence):
        syx.read(data)


def test_a_file_of_beginnings_is_refused_before_they_are_looked_at() -> None:
    """Three megabytes of them took a minute."""
    assert syx.MOST_MESSAGES * len(syx.write_voice("x", {})) > table.MAX_CARTRIDGE
    with pytest.raises(ParseError, match="more than 32,768 messages"):
        syx.read(b"\xf0" * 3_000_000)


GOOD = cartridge()
NAMES_IN_IT = [f"A{number}" for number in range(32)]
SPACED = GOOD.hex(" ").upper().encode()


@pytest.mark.parametrize(
    ("data", "remark"),
    [
        (b"\0\x08cartridge" + bytes(117) + GOOD, "128 other bytes came before its first message"),
        (b"\xfe\xfe" + GOOD, "2 other bytes"),
        (b"\xf7" + GOOD, "1 other bytes"),
        (b"\r\n" + GOOD, "2 other bytes"),
        (b"RIFF\x20\x10\0\0RMIDdata" + GOOD, "16 other bytes"),
        (SPACED, "it is hexadecimal text"),
        (SPACED.lower().replace(b" ", b"\r\n"), "it is hexadecimal text"),
        (b"0x" + SPACED.replace(b" ", b", 0x"), "it is hexadecimal text"),
    ],
)
def test_what_stands_around_a_cartridge_is_said_and_left_out(data: bytes, remark: str) -> None:
    content = syx.read(data)
    assert [voice.name for voice in content.voices] == NAMES_IN_IT
    assert len(content.remarks) == 1 and content.remarks[0].startswith(remark)
    assert content.voices == syx.read(GOOD).voices


@given(st.lists(st.tuples(st.integers(7, 4102), st.integers(0xF8, 0xFF)), min_size=1, max_size=9))
def test_real_time_bytes_inside_a_dump_shift_nothing(inserted: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for at, byte in sorted(inserted, reverse=True):
        data[at:at] = bytes((byte,))
    content = syx.read(bytes(data) + syx.write_voice("NEXT", {}))
    assert content.voices[:32] == syx.read(GOOD).voices and content.voices[32].name == "NEXT"
    count = len(inserted)
    assert content.remarks == (f"message 1: {count} real-time bytes inside were left out",)


def test_a_bank_of_hexter_has_as_many_voices_as_it_has(tmp_path: Path) -> None:
    path = tmp_path / "three.dx7"
    path.write_bytes(PACKED + PACKED[:-2] + b"2 " + PACKED[:-2] + b"3 ")
    bank = read_bank(path)
    assert [preset.name for preset in bank.presets] == ["GOLDEN  1", "GOLDEN  2", "GOLDEN  3"]
    assert (bank.synth, bank.remarks) == ("dexed", ())
    path.write_bytes(3 * PACKED + b"!")
    with pytest.raises(ParseError, match="385 bytes with no message"):
        read_bank(path)
    path.write_bytes(2 * PACKED + PACKED[:-1] + b"\xff")
    with pytest.raises(ParseError):
        read_bank(path)
    with pytest.raises(ParseError, match="no cartridge"):
        syx.read(3 * PACKED)


def test_a_bare_voice_of_either_size() -> None:
    single = voice_bytes("ALONE", {"algorithm": 5})
    for data in (single, syx.pack(single)):
        content = syx.read(data)
        [voice] = content.voices
        assert (voice.name, voice.values["algorithm"]) == ("ALONE", 5.0)
        assert content.remarks == ("it has no header: taken for one voice",)
