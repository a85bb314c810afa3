"""Notes on the beats of a DAW: whole ticks, and the same notes when the file is read again."""

from pathlib import Path

import numpy as np
import pytest
from song_data import toy_song

from starling.models.errors import InputError
from starling.models.nes.scores import arrange, in_time, midi_file
from starling.models.nes.scores.in_time import COMMON, TICKS_PER_BEAT, Beats, Metre, metre_of
from starling.models.nes.scores.score import separated

NOTES = np.array(
    [[60, 0, 45, 1], [60, 0, 45, 0], [62, 0, 45, 16], [0, 0, 45, 16]], np.uint8
)  # two pulses' notes, silence, a held bass, two noises


def test_notes_begin_and_end_on_whole_ticks() -> None:
    file = in_time.to_midi(NOTES, Beats(97.0, 16, Metre(3)), "tune")
    frame = TICKS_PER_BEAT // 16
    assert [track.name for track in file.tracks] == ["tune", "p1", "p2", "tr", "noise"]
    tempo, signature = file.tracks[0][1:3]
    assert (tempo.tempo, signature.numerator, signature.denominator) == (618557, 3, 4)
    found = [
        [(each.type, each.note, each.channel, each.time) for each in track if "note" in each.type]
        for track in file.tracks
    ]
    assert found[1] == [
        ("note_on", 60, 0, 0),
        ("note_off", 60, 0, 2 * frame),
        ("note_on", 62, 0, 0),
        ("note_off", 62, 0, frame),
    ]
    assert found[2] == []
    assert found[3] == [("note_on", 45, 2, 0), ("note_off", 45, 2, 4 * frame)]
    assert [(key, channel) for _, key, channel, _ in found[4]] == [
        (36, 9),
        (36, 9),
        (51, 9),
        (51, 9),
    ]
    for track in file.tracks:
        assert sum(message.time for message in track) == 4 * frame


@pytest.mark.parametrize(("tempo", "frames"), [(120.0, 12), (97.3, 16), (200.0, 8), (360.0, 4)])
def test_the_same_notes_come_back(tempo: float, frames: int, tmp_path: Path) -> None:
    notes = toy_song(3, 512)
    notes[-1] = 40, 41, 42, 7  # a file's song ends with its last note
    beats = Beats(tempo, frames)
    path = tmp_path / "song.mid"
    midi_file.write(path, in_time.to_midi(notes, beats))
    assert np.array_equal(separated(arrange.read(path, rate=beats.rate).score), notes)


def test_a_beat_of_an_odd_length_is_refused() -> None:
    with pytest.raises(InputError, match="must divide 960, got 7"):
        Beats(120.0, 7)
    with pytest.raises(InputError, match="a bar of 3/16 is no whole number of frames"):
        Beats(120.0, 10, Metre(3, 16))


@pytest.mark.parametrize("text", ["4/4", "7/8", "5/4", "13/16", "64/1"])
def test_a_metre_comes_back_from_its_file(text: str) -> None:
    beats = Beats(120.0, 12, Metre.parse(text))
    assert metre_of(in_time.to_midi(NOTES, beats)) == beats.metre and str(beats.metre) == text


def test_a_file_without_a_usual_metre_is_in_four_four() -> None:
    file = in_time.to_midi(NOTES, Beats(120.0, 12, Metre(7, 8)))
    del file.tracks[0][2]
    assert metre_of(file) == COMMON
    for pair in ((0, 4), (7, 32), (65, 4)):
        odd = in_time.to_midi(NOTES, Beats(120.0, 12))
        odd.tracks[0][2].numerator, odd.tracks[0][2].denominator = pair
        assert metre_of(odd) == COMMON, pair
