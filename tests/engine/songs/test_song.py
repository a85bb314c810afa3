"""MIDI files to notes in seconds: tempo maps, pedals, running notes, and files that are none."""

import time
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.engine.songs.notes import Channel, softened
from starling.engine.songs.song import Song, read_song
from starling.models.errors import InputError, ParseError
from starling.models.midi.controllers import BEND, KEY_PRESSURE, PRESSURE

Event = tuple[int, str, dict[str, int]]


def write(path: Path, *tracks: list[Event], division: int = 480, kind: int = 1) -> Path:
    """A MIDI file from (absolute tick, message type, fields)."""
    file = mido.MidiFile(type=kind, ticks_per_beat=division)
    for events in tracks:
        track, before = mido.MidiTrack(), 0
        for tick, name, fields in events:
            make = mido.MetaMessage if name in ("set_tempo", "track_name") else mido.Message
            track.append(make(name, time=tick - before, **fields))
            before = tick
        file.tracks.append(track)
    file.save(path)
    return path


def on(tick: int, note: int = 60, velocity: int = 100, channel: int = 0) -> Event:
    return tick, "note_on", {"note": note, "velocity": velocity, "channel": channel}


def off(tick: int, note: int = 60, channel: int = 0) -> Event:
    return tick, "note_off", {"note": note, "channel": channel}


def control(tick: int, number: int, value: int) -> Event:
    return tick, "control_change", {"control": number, "value": value}


def tempo(tick: int, micros: int) -> Event:
    return tick, "set_tempo", {"tempo": micros}


def times(song: Song, channel: int = 1) -> list[tuple[float, float, int]]:
    return [(note.start, note.end, note.key) for note in song.tracks[channel].notes]


def test_tempo_changes_in_mid_song_move_all_tracks(tmp_path: Path) -> None:
    conductor = [tempo(0, 500_000), tempo(960, 250_000), tempo(1440, 1_000_000)]
    bass = [on(480), off(1200), on(1440), off(1920)]
    drums = [on(960, 36, channel=9), off(1440, 36, channel=9)]
    song = read_song(write(tmp_path / "a.mid", conductor, bass, drums))
    assert times(song) == [(0.5, 1.125, 60), (1.25, 2.25, 60)]
    assert times(song, 10) == [(1.0, 1.25, 36)]
    assert song.seconds == 2.25


def test_a_tempo_change_in_the_last_track_counts_for_the_first(tmp_path: Path) -> None:
    song = read_song(write(tmp_path / "a.mid", [on(480), off(960)], [tempo(480, 1_000_000)]))
    assert times(song) == [(0.5, 1.5, 60)]


def test_golden_bytes_type_0_with_running_status_and_velocity_0(tmp_path: Path) -> None:
    data = bytes.fromhex(
        "4d546864 00000006 0000 0001 0060"  # MThd: type 0, one track, 96 ticks a beat
        "4d54726b 00000012"
        "00 90 3c 64"  # note on C4, velocity 100
        "60 3c 00"  # 96 ticks later: running status, velocity 0 ends it
        "00 40 50"  # running status: E4, velocity 80
        "60 80 40 00"  # note off
        "00 ff 2f 00"  # end of track
    )
    (tmp_path / "a.mid").write_bytes(data)
    notes = read_song(tmp_path / "a.mid").tracks[1].notes
    assert [(n.start, n.end, n.key, n.velocity) for n in notes] == [
        (0.0, 0.5, 60, 100),
        (0.5, 1.0, 64, 80),
    ]


def test_smpte_division_counts_frames(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mid", [tempo(0, 250_000), on(1000), off(2000)])
    data = bytearray(path.read_bytes())
    data[12:14] = bytes([256 - 25, 40])  # 25 frames a second, 40 ticks a frame: 1 ms a tick
    path.write_bytes(data)
    assert times(read_song(path)) == [(1.0, 2.0, 60)]


def test_the_pedal_lengthens_notes_until_it_rises(tmp_path: Path) -> None:
    events = [control(0, 64, 127), on(0), off(240), control(960, 64, 0), on(960, 62), off(1440, 62)]
    assert times(read_song(write(tmp_path / "a.mid", events))) == [(0, 1.0, 60), (1.0, 1.5, 62)]


def test_a_key_struck_again_under_the_pedal_ends_its_old_note(tmp_path: Path) -> None:
    events = [control(0, 64, 127), on(0), off(240), on(480), off(720), control(960, 64, 0)]
    assert times(read_song(write(tmp_path / "a.mid", events))) == [(0, 0.5, 60), (0.5, 1.0, 60)]


def test_overlapping_notes_of_one_key_end_first_in_first_out(tmp_path: Path) -> None:
    events = [on(0), on(240), off(480), off(960)]
    assert times(read_song(write(tmp_path / "a.mid", events))) == [(0, 0.5, 60), (0.25, 1.0, 60)]


@pytest.mark.parametrize("number", [120, 123])
def test_all_notes_off_ends_notes(tmp_path: Path, number: int) -> None:
    events = [on(0), on(0, 64), control(480, number, 0), on(960, 67), off(1440, 67)]
    assert times(read_song(write(tmp_path / "a.mid", events)))[:2] == [(0, 0.5, 60), (0, 0.5, 64)]


def test_a_note_that_never_ends_lasts_to_the_last_event(tmp_path: Path) -> None:
    song = read_song(write(tmp_path / "a.mid", [on(0), on(480, 64), off(960, 64)]))
    assert times(song) == [(0, 1.0, 60), (0.5, 1.0, 64)]


def test_a_note_without_length_still_sounds(tmp_path: Path) -> None:
    assert times(read_song(write(tmp_path / "a.mid", [on(0), off(0)]))) == [(0.0, 0.001, 60)]


def test_program_name_bend_and_controls_are_kept(tmp_path: Path) -> None:
    events: list[Event] = [
        (0, "track_name", {"name": "Pad"}),  # type: ignore[dict-item]
        (0, "program_change", {"program": 89}),
        control(0, 7, 90),
        on(0),
        (240, "pitchwheel", {"pitch": 4096}),
        (480, "program_change", {"program": 3}),
        off(960),
    ]
    track = read_song(write(tmp_path / "a.mid", events)).tracks[1]
    assert (track.name, track.program) == ("Pad", 89)
    assert [(c.time, c.number, c.value) for c in track.controls] == [(0, 7, 90), (0.25, BEND, 4096)]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no MIDI file .*none\.mid"):
        read_song(tmp_path / "none.mid")


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", "no header"), (b"RIFF\0\0\0\0WAVE", "no header"), (b"I am text" * 50, "MThd")],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "a.mid").write_bytes(data)
    with pytest.raises(ParseError, match=rf"a\.mid is not a Standard MIDI File: .*{why}"):
        read_song(tmp_path / "a.mid")


def test_a_truncated_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mid", [on(0), off(960)])
    path.write_bytes(path.read_bytes()[:-6])
    song = read_song(path)
    assert times(song) == [(0, 1.0, 60)]
    assert song.remark.startswith("a.mid is not quite as it should be: track 1: it breaks off")


def test_rests_at_the_end_are_part_of_the_song(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mid", [on(0), off(480), (1920, "sysex", {"data": ()})])
    song = read_song(path)
    assert (song.seconds, times(song)) == (2.0, [(0, 0.5, 60)])


def test_the_sostenuto_pedal_holds_what_was_down_when_it_went_down(tmp_path: Path) -> None:
    pedals = [on(0, 60), control(120, 66, 127), on(240, 64), off(480, 60), off(480, 64)]
    song = read_song(write(tmp_path / "a.mid", [*pedals, control(960, 66, 0), on(960), off(1000)]))
    assert times(song)[:2] == [(0, 1.0, 60), (0.25, 0.5, 64)]


def test_a_reset_lifts_the_pedal(tmp_path: Path) -> None:
    events = [control(0, 64, 127), on(0), off(240), control(480, 121, 0), on(960), off(1440)]
    assert times(read_song(write(tmp_path / "a.mid", events)))[0] == (0, 0.5, 60)


def test_notes_under_the_soft_pedal_are_softer(tmp_path: Path) -> None:
    events = [on(0), off(240), control(240, 67, 127), on(240), off(480)]
    notes = read_song(write(tmp_path / "a.mid", events)).tracks[1].notes
    assert [note.velocity for note in notes] == [100, 100]
    assert [note.velocity for note in softened(notes)] == [100, 84]


def test_pressures_and_bends_are_controls(tmp_path: Path) -> None:
    events: list[Event] = [
        (0, "aftertouch", {"value": 50}),
        (0, "polytouch", {"note": 60, "value": 70}),
        on(0),
        off(480),
    ]
    controls = read_song(write(tmp_path / "a.mid", events)).tracks[1].controls
    assert [(c.number, c.value) for c in controls] == [(PRESSURE, 50), (KEY_PRESSURE + 60, 70)]


def test_a_long_song_without_names_is_read_in_linear_time(tmp_path: Path) -> None:
    """A million events in 20 s are 50,000 in one; a loop for each note would take minutes."""
    step = bytes.fromhex("00903c64 0a903c00".replace(" ", ""))
    body = step * 25_000 + bytes.fromhex("00ff2f00")
    head = bytes.fromhex("4d546864000000060000000101e04d54726b") + len(body).to_bytes(4)
    (tmp_path / "a.mid").write_bytes(head + body)
    began = time.process_time()
    assert len(read_song(tmp_path / "a.mid").tracks[1].notes) == 25_000
    assert time.process_time() - began < 2.0


def test_type_2_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParseError, match="type 2"):
        read_song(write(tmp_path / "a.mid", [on(0), off(96)], kind=2))


def test_a_song_without_notes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no notes"):
        read_song(write(tmp_path / "a.mid", [tempo(0, 500_000)]))


def test_a_song_whose_notes_never_sound_is_refused(tmp_path: Path) -> None:
    broken = bytes([0x00, 0x90, 0x08, 0xAB, 0x09])  # a note-on that breaks off
    end = bytes([0xFF, 0x58, 4, 1, 0, 0x18, 8, 0, 0xFF, 0x2F, 0])
    name = bytes([0, 0xFF, 3, 2]) + b"p1" + bytes([0, 0xC0, 0x50])
    header = b"MThd" + bytes([0, 0, 0, 6, 0, 1, 0, 5, 0x56, 0x22])
    length = b"MTrk" + bytes([0, 0, 0, 26])
    path = tmp_path / "a.mid"
    path.write_bytes(header + length + name + broken + end + length + name[:-3])
    with pytest.raises(InputError, match="no notes"):
        read_song(path)


def test_a_song_of_hours_is_refused(tmp_path: Path) -> None:
    assert read_song(write(tmp_path / "a.mid", [on(0), off(4_800_000)])).seconds == 5_000
    with pytest.raises(InputError, match=r"lasts 4\.2 hours; at most 4"):
        read_song(write(tmp_path / "a.mid", [on(0), off(14_400_000)]))


MESSAGES = st.one_of(
    st.builds(mido.Message, st.just("note_on"), note=st.integers(0, 3), velocity=st.integers(0, 2)),
    st.builds(mido.Message, st.just("note_off"), note=st.integers(0, 3)),
    st.builds(
        mido.Message,
        st.just("control_change"),
        control=st.sampled_from([64, 120, 123]),
        value=st.sampled_from([0, 127]),
    ),
)


@given(st.lists(MESSAGES, max_size=30))
def test_every_note_on_becomes_one_note_that_ends(messages: list[mido.Message]) -> None:
    channel = Channel()
    for at, message in enumerate(messages):
        status, data1, data2 = message.bytes()
        channel.take(float(at), status >> 4, data1, data2)
    notes, _ = channel.finish(float(len(messages)))
    struck = [m for m in messages if m.type == "note_on" and m.velocity]
    assert sorted(n.key for n in notes) == sorted(m.note for m in struck)
    assert all(note.start < note.end <= len(messages) + 0.001 for note in notes)
