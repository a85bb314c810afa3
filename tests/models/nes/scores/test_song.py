from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pytest
from toy_midi import messages, midi_of, track

from starling.models.errors import InputError, ParseError
from starling.models.nes.scores import song
from starling.models.nes.scores.song import Part, Song, from_midi


def rows(found: Song) -> list[tuple[float, float, int]]:
    return list(zip(found.start.tolist(), found.end.tolist(), found.key.tolist(), strict=True))


def test_notes_are_in_seconds_in_the_order_of_their_starts() -> None:
    found = from_midi(midi_of(("a", 1, [(1, 1, 60, 90)]), ("b", 2, [(0, 4, 40, 50)])), "x.mid")
    assert rows(found) == [(0.0, 2.0, 40), (0.5, 1.0, 60)]
    assert found.velocity.tolist() == [50, 90] and found.part.tolist() == [1, 0]
    assert found.parts == (Part("a", 1), Part("b", 2))
    assert (found.name, found.seconds) == ("x", 2.0)


def test_tempo_changes_move_what_follows() -> None:
    notes = [(0, 1, 60), (2, 2, 62), (4, 1, 64)]
    tempos = [(0, 1_000_000), (3, 500_000), (4, 250_000)]
    found = from_midi(midi_of(("a", 1, notes), tempos=tempos), "x.mid")
    assert rows(found) == [(0.0, 1.0, 60), (2.0, 3.5, 62), (3.5, 3.75, 64)]


def test_smpte_ticks_are_parts_of_frames() -> None:
    file = midi_of(("a", 1, [(1, 1, 60)]))
    file.ticks_per_beat = -(25 << 8) + 40  # 25 frames a second of 40 ticks
    assert rows(from_midi(file, "x.mid")) == [(0.48, 0.96, 60)]


def test_a_channel_of_each_track_is_a_part() -> None:
    file = mido.MidiFile(type=0)
    change = mido.Message("program_change", channel=3, program=33)
    both = [(0.0, 0, change), *messages(0, [(0, 1, 60)]), *messages(3, [(1, 1, 40)])]
    file.tracks.append(track("all", both))
    found = from_midi(file, "x.mid")
    assert found.parts == (Part("all", 1), Part("all", 4, 33))


def test_a_key_struck_twice_ends_in_the_order_of_its_starts() -> None:
    found = from_midi(midi_of(("a", 1, [(0, 2, 60), (1, 2, 60)])), "x.mid")
    assert rows(found) == [(0.0, 1.0, 60), (0.5, 1.5, 60)]


def test_a_note_that_never_ends_lasts_as_long_as_its_track() -> None:
    file = midi_of(("a", 1, [(0, 1, 64), (3, 1, 62)]))
    file.tracks[1].insert(1, mido.Message("note_on", note=60, velocity=9))
    assert rows(from_midi(file, "x.mid"))[0] == (0.0, 2.0, 60)


def test_a_note_off_without_a_note_is_passed_over() -> None:
    file = midi_of(("a", 1, [(0, 1, 64)]))
    file.tracks[1].insert(1, mido.Message("note_off", note=60))
    assert len(from_midi(file, "x.mid")) == 1


@pytest.mark.parametrize(
    ("name", "channel", "drums"),
    [("", 10, True), ("Drums v1", 3, True), ("Drumset", 1, True), ("Humdrum", 1, False)],
)
def test_drums_are_known_by_channel_or_name(name: str, channel: int, drums: bool) -> None:
    assert Part(name, channel).drums is drums


def test_files_without_notes_are_refused(tmp_path: Path) -> None:
    midi_of(("a", 1, [])).save(tmp_path / "empty.mid")
    with pytest.raises(InputError, match=r"empty\.mid holds no notes") as error:
        song.read(tmp_path / "empty.mid")
    assert error.value.code == "empty_song"


def test_songs_of_many_hours_are_refused() -> None:
    slow = midi_of(("a", 1, [(0, 2_000, 60)]), tempos=[(0, 16_000_000)])
    with pytest.raises(InputError, match=r"x\.mid lasts 8\.9 hours; at most 4 are read"):
        from_midi(slow, "x.mid")


def test_over_a_million_notes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(song, "MAX_NOTES", 2)
    with pytest.raises(InputError, match=r"x\.mid holds more than 2 notes"):
        from_midi(midi_of(("a", 1, [(0, 1, 60), (1, 1, 60), (2, 1, 60)])), "x.mid")


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(b"RIFF")
    with pytest.raises(ParseError, match=r"a\.mid is not a Standard MIDI File"):
        song.read(tmp_path / "a.mid")


def test_the_arrays_are_of_equal_length() -> None:
    found = from_midi(midi_of(("a", 1, [(0, 1, 60), (0, 1, 64)])), "x.mid")
    assert {len(each) for each in (found.part, found.start, found.end, found.velocity)} == {2}
    assert np.all(found.start < found.end)
