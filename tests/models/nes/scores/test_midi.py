from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from toy_score import NESMDB, needs_nesmdb, scores

from starling.models.errors import InputError, ParseError
from starling.models.nes.scores import midi, midi_file
from starling.models.nes.scores.nesmdb import read_npz
from starling.models.nes.scores.score import Score

# (0, 0, 0) (60, 15, 2) (60, 9, 2) for P1; TR 40; NO 16 in mode 1, then nothing
FRAMES = np.array(
    [
        [[0, 0, 0], [0, 0, 0], [40, 0, 0], [0, 0, 0]],
        [[60, 15, 2], [0, 0, 0], [40, 0, 0], [16, 3, 1]],
        [[60, 9, 2], [0, 0, 0], [0, 0, 0], [0, 0, 0]],
    ],
    np.uint8,
)
GOLDEN = bytes.fromhex(
    "4d546864 00000006 0001 0005 5622"  # MThd: type 1, 5 tracks, 22050 ticks a beat
    "4d54726b 00000024 00 ff03 04 74756e65"  # the name, tune
    "00 ff51 03 07a120 00 ff58 04 04021808"  # tempo 500,000, 4/4
    "ab09 ff58 04 01001808 00 ff2f00"  # at 5513: 1/1
)


def through_bytes(score: Score) -> Score:
    data = midi_file.to_bytes(midi.to_midi(score))
    return midi.from_midi(midi_file.parse(data), rate=score.rate, name=score.name)


@settings(max_examples=60, deadline=None)
@given(scores())
def test_score_to_midi_and_back_is_the_identity(score: Score) -> None:
    assert through_bytes(score) == score


@needs_nesmdb
def test_score_to_midi_and_back_is_the_identity_on_nesmdb() -> None:
    songs = read_npz(NESMDB / "nesmdb24_exprsco_valid.npz")
    assert len(songs) == 403
    for song in songs:
        assert through_bytes(song) == song


def test_a_file_has_the_tracks_and_messages_of_nesmdb() -> None:
    file = midi.to_midi(Score(FRAMES, name="tune"))
    assert [track.name for track in file.tracks] == ["tune", "p1", "p2", "tr", "no"]
    first = [str(each) for each in file.tracks[1] if not each.is_meta]
    assert first == [
        "program_change channel=0 program=80 time=0",
        "note_on channel=0 note=60 velocity=15 time=1838",
        "control_change channel=0 control=12 value=2 time=0",
        "control_change channel=0 control=11 value=9 time=1837",
        "note_off channel=0 note=60 velocity=64 time=1838",
    ]
    triangle = [str(each) for each in file.tracks[3] if each.type.startswith("note")]
    assert triangle[0] == "note_on channel=2 note=40 velocity=1 time=0"
    assert {each.channel for each in file.tracks[4] if not each.is_meta} == {9}


def test_a_file_begins_with_these_bytes() -> None:
    data = midi_file.to_bytes(midi.to_midi(Score(FRAMES, name="tune")))
    assert data[: len(GOLDEN)] == GOLDEN


def test_another_frame_rate_survives() -> None:
    score = Score(np.repeat(FRAMES, 3, axis=0), rate=60.0, name="fast")
    assert through_bytes(score) == score


def voice_file(*messages: mido.Message, end: int = 5513, name: str = "p1") -> mido.MidiFile:
    """A file as nesmdb writes it, of one voice."""
    file = mido.MidiFile(ticks_per_beat=22_050)
    sign = [mido.MetaMessage("time_signature", numerator=1, denominator=1, time=end)]
    file.tracks.append(mido.MidiTrack(sign))
    file.tracks.append(mido.MidiTrack([mido.MetaMessage("track_name", name=name), *messages]))
    return file


def on(note: int, time: int, velocity: int = 15) -> mido.Message:
    return mido.Message("note_on", note=note, velocity=velocity, time=time)


def off(note: int, time: int) -> mido.Message:
    return mido.Message("note_off", note=note, time=time)


def test_a_frame_takes_what_sounds_longest_in_it() -> None:
    file = voice_file(on(60, 0), off(60, 700), on(62, 0), off(62, 900), on(64, 2000), off(64, 100))
    assert midi.from_midi(file).frames[:, 0, 0].tolist() == [62, 64, 64]


def test_a_short_blip_is_not_lost() -> None:
    file = voice_file(on(70, 100, 4), off(70, 50))
    assert midi.from_midi(file).frames[:, 0].tolist() == [[70, 4, 0], [0, 0, 0], [0, 0, 0]]


def test_note_on_with_velocity_0_ends_a_note() -> None:
    file = voice_file(on(60, 0), on(60, 1838, 0))
    assert midi.from_midi(file).frames[:, 0, 0].tolist() == [60, 0, 0]


def test_what_sounds_after_the_end_is_cut() -> None:
    file = voice_file(on(60, 0), off(60, 99_999), on(60, 5))
    assert midi.from_midi(file).frames[:, 0, 0].tolist() == [60, 60, 60]


def test_values_that_the_chip_does_not_have_are_refused() -> None:
    with pytest.raises(InputError, match=r"p1 note at frame 0 must be 0 or 33\.\.108, got 20"):
        midi.from_midi(voice_file(on(20, 0)))
    with pytest.raises(InputError, match=r"no note at frame 0 must be 0 or 1\.\.16, got 36"):
        midi.from_midi(voice_file(on(36, 0), name="no"))
    with pytest.raises(InputError, match=r"p2 velocity at frame 0 must be 0\.\.15, got 99"):
        midi.from_midi(voice_file(on(60, 0, 99), name="p2"))


def test_only_files_in_the_conventions_are_scores() -> None:
    assert midi.is_score(voice_file(on(60, 0)))
    assert not midi.is_score(voice_file(on(60, 0), name="piano"))
    other = voice_file(on(60, 0))
    other.ticks_per_beat = 480
    assert not midi.is_score(other)
    endless = voice_file(on(60, 0), end=0)
    assert not midi.is_score(endless)
    with pytest.raises(ParseError, match="song has no time signature 1/1, where a score ends"):
        midi.from_midi(endless, name="song")
    with pytest.raises(ParseError, match="lasts 100 samples"):
        midi.from_midi(voice_file(end=100))


def test_a_score_is_written_as_a_whole_file(tmp_path: Path) -> None:
    score = Score(FRAMES, name="tune")
    midi.write(tmp_path / "tune.mid", score)
    file = midi_file.read(tmp_path / "tune.mid")
    assert midi.from_midi(file, name="tune") == score
    assert [path.name for path in tmp_path.iterdir()] == ["tune.mid"]
