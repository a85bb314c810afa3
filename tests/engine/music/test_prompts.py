"""Any MIDI file is a prompt; what is none gets a sentence."""

from pathlib import Path

import mido
import numpy as np
import pytest
from song_data import toy_song

from starling.engine.music import prompts
from starling.models.errors import InputError
from starling.models.nes.scores import midi, midi_file
from starling.models.nes.scores.score import from_notes


def melody(path: Path, *notes: tuple[int, float, float], ticks: int = 480) -> Path:
    """A file of one track at 120 beats a minute: key, start and end in beats."""
    file = mido.MidiFile(ticks_per_beat=ticks)
    track = mido.MidiTrack()
    events = [(start, "note_on", key) for key, start, _ in notes]
    events += [(end, "note_off", key) for key, _, end in notes]
    now = 0
    for at, kind, key in sorted(events):
        tick = round(at * ticks)
        track.append(mido.Message(kind, note=key, velocity=90, time=tick - now))
        now = tick
    file.tracks.append(track)
    file.save(path)
    return path


def test_a_melody_is_arranged(tmp_path: Path) -> None:
    path = melody(tmp_path / "line.mid", (60, 1, 2), (64, 2, 3))
    prompt = prompts.read(path, 24.0)
    assert prompt.notes[:, 0].tolist() == [0] * 12 + [60] * 12 + [64] * 12
    assert not prompt.remarks and len(prompt.id) == 32
    assert prompts.read(path, 32.0).notes.shape == (48, 4)


def test_a_score_in_nesmdbs_conventions_is_taken_as_it_is(tmp_path: Path) -> None:
    notes = toy_song(2, 100)
    midi.write(tmp_path / "score.mid", from_notes(notes))
    assert np.array_equal(prompts.read(tmp_path / "score.mid", 24.0).notes, notes)


def test_what_a_prompt_loses_is_said(tmp_path: Path) -> None:
    chord = [(key, 0, 4) for key in range(60, 72)]
    prompt = prompts.read(melody(tmp_path / "chord.mid", *chord), 24.0)
    assert any("notes have no voice left" in each for each in prompt.remarks)


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"RIFF", "bad_file", "is not a Standard MIDI File"),
        (b"", "bad_file", "is not a Standard MIDI File"),
        (midi_file.to_bytes(mido.MidiFile()), "bad_file", "it holds no track"),
        (midi_file.to_bytes(mido.MidiFile(tracks=[mido.MidiTrack()])), "bad_prompt", "no notes"),
        (
            midi_file.to_bytes(midi.to_midi(from_notes(np.zeros((9, 4), np.uint8)))),
            "bad_prompt",
            "holds no notes",
        ),
    ],
    ids=["riff", "empty", "no track", "no notes", "silent score"],
)
def test_what_is_no_prompt_gets_a_sentence(
    content: bytes, code: str, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.mid"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence) as caught:
        prompts.read(path, 24.0)
    assert caught.value.code == code and "bad" in str(caught.value)


def test_a_prompt_of_hours_is_refused(tmp_path: Path) -> None:
    path = melody(tmp_path / "long.mid", (60, 0, 1), (60, 40_000, 40_001))
    with pytest.raises(InputError, match="hours; at most 4 are read") as caught:
        prompts.read(path, 24.0)
    assert caught.value.code == "bad_prompt"


def test_a_prompt_of_more_events_than_any_song_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.mid"
    path.write_bytes(b"MThd" + bytes(prompts.MAX_BYTES))
    with pytest.raises(InputError, match=r"large\.mid is larger than 1 MB") as caught:
        prompts.read(path, 24.0)
    assert caught.value.code == "bad_prompt"
