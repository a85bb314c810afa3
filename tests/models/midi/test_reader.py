"""MIDI files that are not quite as they should be: every note there is, and a remark."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starling.models.errors import InputError, ParseError
from starling.models.midi import reader
from starling.models.midi.reader import MidiData, parse

NOTES = bytes.fromhex("00904564 83608045 00 00904864 83608048 00".replace(" ", ""))
END = bytes.fromhex("00ff2f00")
TWO = [(0, 0x90, 69), (480, 0x80, 69), (480, 0x90, 72), (960, 0x80, 72)]


def head(tracks: int = 1, division: bytes = b"\x01\xe0", kind: int = 1) -> bytes:
    return b"MThd\0\0\0\6\0" + bytes([kind]) + tracks.to_bytes(2) + division


def track(body: bytes, length: int | None = None) -> bytes:
    return b"MTrk" + (len(body) if length is None else length).to_bytes(4) + body


def events(data: MidiData) -> list[tuple[int, int, int]]:
    return [(e.tick, e.status, e.data1) for each in data.tracks for e in each.events]


WHOLE = track(NOTES + END)


@pytest.mark.parametrize(
    ("data", "remark"),
    [
        (head() + WHOLE, None),
        (head(5) + WHOLE, "its header counts 5 tracks where 1 are there"),
        (head(0) + WHOLE, "its header counts 0 tracks where 1 are there"),
        (head() + b"XFIH\0\0\0\4abcd" + WHOLE, "an unknown chunk XFIH was skipped"),
        (head() + b"\0\1junk" + WHOLE, "6 bytes between its tracks were skipped"),
        (bytes(128) + head() + WHOLE, "128 bytes before its header were skipped"),
        (b"RIFF\x38\0\0\0RMIDdata\x2c\0\0\0" + head() + WHOLE + b"LIST\0\0\0\0", None),
        (head() + track(b"\0\xff\x59\0" + NOTES + END), "a key signature of 0 bytes was skipped"),
        (head() + track(b"\0\xff\x59\2\x80\0" + NOTES + END), None),
        (head() + track(b"\0\xff\x58\0" + NOTES + END), "a time signature of 0 bytes was skipped"),
        (head() + track(b"\0\xff\x51\2\7\xa1" + NOTES + END), "a tempo of 2 bytes was skipped"),
        (head() + track(b"\0\xff\x51\3\0\0\0" + NOTES + END), "a tempo of 0 was skipped"),
        (head() + track(b"\0\xff\x54\0" + NOTES + END), "a SMPTE offset of 0 bytes was skipped"),
        (head() + track(b"\0\xff\x20\0" + NOTES + END), "a channel prefix of 0 bytes was skipped"),
        (head() + track(NOTES), None),
        (head() + track(NOTES + END, 10), "track 1: its length is wrong"),
        (head() + track(NOTES + b"\0\x90", 24), "it breaks off, and was read as far as it goes"),
        (head(1, b"\0\0") + WHOLE, "its beat has no ticks; 480 were taken"),
    ],
)
def test_every_note_is_read_and_what_was_skipped_is_said(data: bytes, remark: str | None) -> None:
    found = parse(data, "a.mid")
    assert events(found) == TWO
    if remark is None:
        assert found.remarks == () and reader.remark("a.mid", found) == ""
    else:
        assert remark in reader.remark("a.mid", found)


def test_a_track_that_says_too_great_a_length_does_not_swallow_the_next() -> None:
    found = parse(head(2) + track(NOTES + END, 5_000) + WHOLE)
    assert events(found) == TWO + TWO
    assert "track 1: its length is wrong" in found.remarks


def test_running_status_goes_on_after_sysex() -> None:
    body = bytes.fromhex("00904564 00f0037e09f7 83604500 00 4864 83604800".replace(" ", ""))
    assert [each[::2] for each in events(parse(head() + track(body + END)))] == [
        (0, 69),
        (480, 69),
        (480, 72),
        (960, 72),
    ]


def test_a_track_cut_in_a_note_keeps_what_came_before() -> None:
    [cut] = parse(head() + track(NOTES + END)[:-9]).tracks
    assert [(event.tick, event.data1) for event in cut.events] == [(0, 69), (480, 69), (480, 72)]


def test_ports_names_and_ends_are_kept() -> None:
    body = b"\0\xff\x03\3B\xc3\xa4\0\xff\x21\1\2" + NOTES + b"\x83\x60\xff\x2f\0"
    [found] = parse(head() + track(body)).tracks
    assert (found.name, found.end, {event.port for event in found.events}) == ("Bä", 1440, {2})
    [latin] = parse(head() + track(b"\0\xff\x03\2B\xe4" + NOTES + END)).tracks
    assert latin.name == "Bä"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", r"it has no header \(MThd\)"),
        (b"I am text", r"it has no header \(MThd\)"),
        (head()[:12], "it ends in its header"),
        (head(), "it holds no track"),
        (head(kind=2) + WHOLE, "type 2 MIDI file"),
    ],
)
def test_what_is_no_midi_file_is_refused_with_a_reason(data: bytes, why: str) -> None:
    with pytest.raises(ParseError, match=rf"a\.mid is .*{why}"):
        parse(data, "a.mid")


def test_absent_and_huge_files_are_refused_unread(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no MIDI file"):
        reader.read(tmp_path / "a.mid")
    with (tmp_path / "b.mid").open("wb") as file:
        file.truncate(reader.MAX_BYTES + 1)
    with pytest.raises(ParseError, match=r"b\.mid is larger than 8 MB"):
        reader.read(tmp_path / "b.mid")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 90))
def test_any_bytes_are_read_or_refused(noise: bytes, length: int) -> None:
    for data in (noise, head() + noise, head() + track(noise, length)):
        try:
            found = parse(data)
        except ParseError:
            continue
        assert all(
            event.data1 <= 127 and event.data2 <= 127 for t in found.tracks for event in t.events
        )
