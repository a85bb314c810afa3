from __future__ import annotations

from pathlib import Path

import mido
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from starling.models.errors import InputError, ParseError
from starling.models.nes.scores import midi_file


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"a\.mid is not a Standard MIDI File: it has no header"),
        (b"RIFFxxxxWAVE", r"a\.mid is not a Standard MIDI File"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0", r"a\.mid is not a Standard MIDI File: it holds no track"),
        (b"MThd\0\0\0\6\0\2\0\0\1\xe0", r"a\.mid is a type 2 MIDI file"),
    ],
)
def test_files_that_are_no_songs_are_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(content)
    with pytest.raises(ParseError, match=sentence):
        midi_file.read(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no MIDI file"):
        midi_file.read(tmp_path / "a.mid")


def test_odd_meta_events_do_not_stop_a_file() -> None:
    body = bytes.fromhex("00ff5900 00ff580404021808 00904564 83608045 00 00ff2f00".replace(" ", ""))
    [track] = midi_file.parse(
        b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk" + len(body).to_bytes(4) + body
    ).tracks
    assert [message.type for message in track] == [
        "time_signature",
        "note_on",
        "note_off",
        "end_of_track",
    ]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80))
@example(b"")
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    header = b"MThd\0\0\0\6\0\0\0\1\1\xe0MTrk\0\0\0\x50"
    for data in (noise, header + noise):
        try:
            file = midi_file.parse(data)
        except ParseError:
            continue
        assert isinstance(file, mido.MidiFile)


def test_a_beat_that_mido_refuses_is_left_out() -> None:
    events = bytes.fromhex("00 ff58 04 04 1f 18 08  00 90 3c 64  60 80 3c 00  00 ff2f 00")
    head = bytes.fromhex("4d546864 00000006 0001 0001 01e0 4d54726b") + len(events).to_bytes(4)
    [track] = midi_file.parse(head + events).tracks
    assert [each.type for each in track] == ["note_on", "note_off", "end_of_track"]
