from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from toy_midi import midi_of

from starling.models.errors import InputError
from starling.models.nes.scores import arrange, midi
from starling.models.nes.scores.arrange import Arranged
from starling.models.nes.scores.score import CHIP, Score, faults, from_notes, separated
from starling.models.nes.scores.song import from_midi


def arranged(file: mido.MidiFile) -> Arranged:
    return arrange.arrange(from_midi(file, "x.mid"))


def bar(*keys: int, start: float = 0, beats: float = 1) -> list[tuple[float, float, int]]:
    return [(start + at * beats, beats, key) for at, key in enumerate(keys)]


def sounded(score: Score, voice: int) -> list[int]:
    """The notes of a voice, one entry each."""
    notes = separated(score)[:, voice].astype(int)
    return [int(note) for note in notes[np.flatnonzero(np.diff(notes, prepend=0))] if note]


def test_melody_bass_and_drums_find_their_voices() -> None:
    found = arranged(
        midi_of(
            ("Strings", 1, bar(60, 62, 60, 62)),
            ("Bass", 2, bar(36, 43, beats=2)),
            ("Flute", 3, bar(72, 74, 76, 77)),
            ("Drums", 10, [(at, 0.2, 36) for at in range(4)]),
        )
    )
    assert sounded(found.score, 0) == [72, 74, 76, 77]
    assert sounded(found.score, 1) == [60, 62, 60, 62]
    assert sounded(found.score, 2) == [36, 43]
    assert sounded(found.score, 3) == [3, 3, 3, 3]
    assert found.report.sentences == []
    assert (found.report.notes, found.report.placed) == (10, 10)


def test_one_piano_part_gives_top_inner_and_bottom() -> None:
    chords = [(at, 1, key) for at in range(4) for key in (48 + at, 55, 64 + at)]
    score = arranged(midi_of(("Piano", 1, chords))).score
    assert sounded(score, 0) == [64, 65, 66, 67]
    assert sounded(score, 2) == [48, 49, 50, 51]
    assert sounded(score, 1) == [55, 55, 55, 55]


def test_a_single_line_is_played_once() -> None:
    score = arranged(midi_of(("Tune", 1, bar(60, 62, 64, 65)))).score
    assert sounded(score, 0) == [60, 62, 64, 65]
    assert not separated(score)[:, 1:].any()


def test_a_note_struck_again_is_two_notes() -> None:
    score = arranged(midi_of(("Tune", 1, bar(60, 60, 60)))).score
    assert separated(score)[:, 0].tolist() == ([60] * 11 + [0]) * 2 + [60] * 12


def test_what_finds_no_voice_is_said() -> None:
    parts = [(f"Part {at}", at, bar(*[50 + at] * 4)) for at in range(1, 10)]
    found = arranged(midi_of(*parts))
    assert (found.report.notes, found.report.placed) == (36, 12)
    first, second = found.report.sentences
    assert first == "24 of 36 notes have no voice left"
    assert second.startswith("left out: Part ") and second.endswith(" (4 notes) and 1 more")


def test_notes_beyond_the_chip_move_by_octaves_and_are_said() -> None:
    found = arranged(midi_of(("a", 1, bar(120, 122)), ("b", 2, bar(12, 20))))
    assert sounded(found.score, 0) == [108, 98] and sounded(found.score, 2) == [24, 32]
    assert found.report.sentences == ["4 notes are out of the chip's range and moved by octaves"]


def test_a_part_that_rests_is_relieved() -> None:
    score = arranged(
        midi_of(("Flute", 1, bar(*[72] * 8)), ("Oboe", 2, bar(*[70] * 8, start=8)))
    ).score
    assert set(sounded(score, 0)) == {72, 70} and not separated(score)[:, 1:3].any()


def test_tracks_named_as_the_voices_are_the_voices() -> None:
    found = arranged(
        midi_of(
            ("tr", 3, bar(80, 82)),
            ("p2", 2, bar(90, 91)),
            ("p1", 1, bar(40, 41)),
            ("no", 10, bar(36, 51)),
        )
    )
    heard = [sounded(found.score, voice) for voice in range(4)]
    assert heard == [[40, 41], [90, 91], [80, 82], [16, 1]]


def test_drums_alone_are_noise() -> None:
    score = arranged(midi_of(("kit", 10, bar(36, 38)))).score
    assert sounded(score, 3) == [3, 10] and not separated(score)[:, :3].any()


def test_sixteen_tracks_are_arranged() -> None:
    parts = [(f"t{at}", at, bar(*range(40 + at, 48 + at))) for at in range(1, 17)]
    score = arranged(midi_of(*parts)).score
    shares = (separated(score) > 0).mean(axis=0)
    assert (shares[:3] > 0.8).all() and shares[3] > 0.1


def test_the_same_file_gives_the_same_score() -> None:
    parts = [(f"t{at}", at, bar(*range(40 + at, 48 + at))) for at in range(1, 17)]
    assert arranged(midi_of(*parts)).score == arranged(midi_of(*parts)).score


def test_files_in_the_conventions_are_exact(tmp_path: Path) -> None:
    notes = np.array([[60, 0, 40, 3]] * 5 + [[62, 64, 40, 0]] * 5, np.uint8)
    score = from_notes(notes, duty=1, name="tune")
    midi.write(tmp_path / "tune.mid", score)
    found = arrange.read(tmp_path / "tune.mid")
    assert found.score == score and not found.report.sentences
    assert (found.report.notes, found.report.drums) == (4, 1)


def test_other_files_are_arranged(tmp_path: Path) -> None:
    midi_of(("Tune", 1, bar(60, 62))).save(tmp_path / "song.mid")
    found = arrange.read(tmp_path / "song.mid")
    assert found.score.name == "song" and sounded(found.score, 0) == [60, 62]


def test_a_file_without_notes_is_refused(tmp_path: Path) -> None:
    midi_of().save(tmp_path / "empty.mid")
    with pytest.raises(InputError, match="holds no notes; there is nothing to arrange"):
        arrange.read(tmp_path / "empty.mid")


@st.composite
def songs(draw: DrawFn) -> mido.MidiFile:
    """Any parts of any notes, overlapping as they like."""
    number = st.integers(0, 40).map(lambda each: each / 4)
    note = st.tuples(number, number, st.integers(0, 127), st.integers(1, 127))
    notes = st.lists(note, max_size=12)
    names = st.sampled_from(["", "p1", "no", "Bass", "Violin 1"])
    parts = draw(st.lists(st.tuples(names, st.integers(1, 16), notes), min_size=1, max_size=6))
    return midi_of(*parts, ("Tune", 1, [(0, 1, 60)]))


@settings(max_examples=60, deadline=None)
@given(songs())
def test_any_song_is_a_valid_score(file: mido.MidiFile) -> None:
    found = arranged(file)
    assert not faults(found.score.frames)
    report = found.report
    assert 0 <= report.placed <= report.notes and 0 <= report.drums_placed <= report.drums
    for voice, chip in enumerate(CHIP):
        notes = separated(found.score)[:, voice]
        assert not notes.any() or notes[notes > 0].min() >= chip.low


def test_a_million_events_take_bounded_time() -> None:
    """Half a million notes on 16 channels; what is slow is mido, which reads 1 MB in seconds."""
    file = mido.MidiFile(ticks_per_beat=96)
    file.tracks.append(mido.MidiTrack())
    song = from_midi(midi_of(("a", 1, [(0, 1, 60)])), "x.mid")
    count = 500_000
    generator = np.random.default_rng(0)
    start = np.sort(generator.uniform(0, 3_000, count))
    many = type(song)(
        "many",
        tuple(arrange.Part(f"c{at}", at + 1) for at in range(16)),
        generator.integers(0, 16, count),
        start,
        start + generator.uniform(0.01, 1.0, count),
        generator.integers(0, 128, count),
        generator.integers(1, 128, count),
        song.beats,
    )
    found = arrange.arrange(many)
    assert len(found.score) == int(np.ceil(24 * many.seconds))
    assert found.report.notes + found.report.drums == count
