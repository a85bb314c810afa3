"""Parts: what is one, whose controllers reach it, and how it is numbered."""

from pathlib import Path

import mido

from starling.engine.songs.song import Song, read_song
from starling.models.midi.controllers import SUSTAIN


def message(kind: str, tick: int, **fields: int) -> tuple[int, mido.Message]:
    return tick, mido.Message(kind, **fields)


def note(tick: int, key: int, ticks: int = 480, channel: int = 0) -> list[tuple[int, mido.Message]]:
    return [
        message("note_on", tick, note=key, channel=channel),
        message("note_off", tick + ticks, note=key, channel=channel),
    ]


def song(tmp_path: Path, *tracks: list[tuple[int, mido.Message]]) -> Song:
    file = mido.MidiFile(ticks_per_beat=480)
    for number, events in enumerate(tracks):
        track, before = mido.MidiTrack([mido.MetaMessage("track_name", name=f"t{number}")]), 0
        for tick, each in events:
            track.append(each.copy(time=tick - before))
            before = tick
        file.tracks.append(track)
    file.save(tmp_path / "a.mid")
    return read_song(tmp_path / "a.mid")


def program(number: int, tick: int = 0, channel: int = 0) -> tuple[int, mido.Message]:
    return message("program_change", tick, program=number, channel=channel)


def times(song: Song, number: int) -> list[tuple[float, float, int]]:
    return [(each.start, each.end, each.key) for each in song.tracks[number].notes]


def test_tracks_of_a_daw_on_channel_1_are_parts_with_their_own_programs(tmp_path: Path) -> None:
    found = song(tmp_path, *([program(p), *note(0, 60)] for p in (33, 80, 88)))
    parts = found.tracks.values()
    assert [(t.number, t.name, t.channel, t.program) for t in parts] == [
        (1, "t0", 1, 33),
        (2, "t1", 1, 80),
        (3, "t2", 1, 88),
    ]


def test_parts_keep_their_channels_as_numbers_where_no_two_share_one(tmp_path: Path) -> None:
    found = song(tmp_path, note(0, 36, channel=9), note(0, 60, channel=2))
    assert [(number, each.name) for number, each in found.tracks.items()] == [(3, "t1"), (10, "t0")]


def test_a_note_off_ends_the_note_of_its_own_track(tmp_path: Path) -> None:
    found = song(tmp_path, note(0, 60, 1920), note(480, 60, 240))
    assert (times(found, 1), times(found, 2)) == ([(0, 2.0, 60)], [(0.5, 0.75, 60)])


def test_ports_are_apart(tmp_path: Path) -> None:
    def port(number: int) -> tuple[int, mido.MetaMessage]:
        return 0, mido.MetaMessage("midi_port", port=number)

    one, two = ([port(p), program(48 * p), *note(0, 60)] for p in (0, 1))
    found = song(tmp_path, one, two)
    assert [(t.port, t.program) for t in found.tracks.values()] == [(0, 0), (1, 48)]


def test_a_part_with_its_own_program_is_left_alone_by_other_tracks(tmp_path: Path) -> None:
    bend = message("pitchwheel", 0, pitch=8191)
    found = song(tmp_path, [program(1), bend, *note(0, 60)], [program(2), *note(0, 64)])
    assert [len(track.controls) for track in found.tracks.values()] == [1, 0]


def test_a_part_without_a_program_plays_with_its_channel(tmp_path: Path) -> None:
    """As pianos of two hands: the pedal and the program are in one of the tracks."""
    pedal = [
        message("control_change", 0, control=SUSTAIN, value=127),
        *note(0, 60, 240),
        message("control_change", 960, control=SUSTAIN, value=0),
    ]
    found = song(tmp_path, [program(5), *pedal], note(0, 72, 480))
    assert [track.program for track in found.tracks.values()] == [5, 5]
    assert times(found, 2) == [(0, 1.0, 72)]


def test_a_track_without_notes_speaks_for_the_channel(tmp_path: Path) -> None:
    volume = message("control_change", 0, control=7, value=20)
    found = song(tmp_path, [volume], [program(1), *note(0, 60)], [program(2), *note(0, 64)])
    assert [track.controls[0].value for track in found.tracks.values()] == [20, 20]


def test_a_later_program_is_that_of_the_later_notes(tmp_path: Path) -> None:
    found = song(tmp_path, [program(0), *note(0, 60), program(48, 480), *note(480, 62)])
    part = found.tracks[1]
    assert (part.program, part.programs) == (0, (0, 48))
    assert [each.key for each in part.playing((48,)).notes] == [62]


def test_the_members_of_a_zone_are_one_part(tmp_path: Path) -> None:
    zone = [
        message("control_change", 0, control=number, value=value)
        for number, value in ((101, 0), (100, 6), (6, 3))
    ]
    bends = [message("pitchwheel", 0, pitch=2048 * c, channel=c) for c in (1, 2)]
    pedal = [message("control_change", 0, control=SUSTAIN, value=127)]
    keys = [message("note_on", 0, note=60 + c, channel=c) for c in (1, 2)]
    offs = [message("note_off", 480, note=60 + c, channel=c) for c in (1, 2)]
    up = [message("control_change", 960, control=SUSTAIN, value=0)]
    found = song(tmp_path, [*zone, *bends, *pedal, *keys, *offs, *up])
    [part] = found.tracks.values()
    assert [(n.key, n.channel, n.end) for n in part.notes] == [(61, 2, 1.0), (62, 3, 1.0)]
    assert {control.channel for control in part.controls} == {0, 2, 3}


def test_a_member_of_a_zone_may_end_a_note_that_it_never_began(tmp_path: Path) -> None:
    zone = [
        message("control_change", 0, control=number, value=value)
        for number, value in ((101, 0), (100, 6), (6, 3))
    ]
    stray = [
        message("note_off", 0, note=60, channel=1),
        message("polytouch", 0, note=60, value=9, channel=3),
    ]
    found = song(tmp_path, [*zone, *stray, *note(0, 61, channel=2)])
    assert times(found, 1) == [(0, 0.5, 61)]
