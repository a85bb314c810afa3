"""Scores to writes and back, and how voices can be played."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starling.models.errors import InputError
from starling.models.nes.chip.play import Voicing, play
from starling.models.nes.chip.render import render
from starling.models.nes.chip.transcribe import transcribe
from starling.models.nes.scores.score import CHIP, Score, from_notes

NES_MDB = Path(__file__).resolve().parents[5] / "shared" / "data" / "nesmdb"
SONGS = 8
NOTES = np.array([[69, 57, 45, 3], [69, 0, 45, 0], [71, 57, 0, 16], [0, 108, 21, 16]], np.uint8)


def sounding(score: Score) -> Score:
    """The same score with no timbre where nothing sounds: all that can be heard of it."""
    return replace(score, frames=score.frames * (score.frames[:, :, :1] > 0))


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Any scores: notes, velocities and timbres in every frame."""
    count = draw(st.integers(1, 40))
    frames = np.zeros((count, 4, 3), np.uint8)
    seed = np.random.default_rng(draw(st.integers(0, 2**32)))
    for at, voice in enumerate(CHIP):
        note = seed.integers(voice.low, voice.high + 1, count) * (seed.random(count) < 0.7)
        loud = seed.integers(1, 16, count) if voice.velocity else np.zeros(count)
        timbre = seed.integers(0, voice.timbre + 1, count)
        frames[:, at] = np.stack([note, loud * (note > 0), timbre], axis=1)
    return Score(frames, draw(st.sampled_from([24.0, 60.0, 23.5])))


@settings(deadline=None, max_examples=30)
@given(scores())
def test_any_score_comes_back_from_its_writes(score: Score) -> None:
    assert transcribe(play(score), score.rate) == sounding(score)


def test_songs_of_nes_mdb_come_back() -> None:
    path = NES_MDB / "nesmdb24_exprsco_valid.npz"
    if not path.is_file():
        pytest.skip("NES-MDB is absent")
    with np.load(path, allow_pickle=False) as data:
        frames, offsets = data["frames"], data["offsets"]
    for at in range(SONGS):
        score = Score(frames[offsets[at] : offsets[at + 1]])
        assert transcribe(play(score)) == sounding(score)


def test_a_score_is_heard_as_its_notes() -> None:
    score = from_notes(np.full((24, 4), (69, 0, 0, 0), np.uint8))
    power = np.abs(np.fft.rfft(render(play(score))[:44100]))
    assert int(np.argmax(power)) in (440, 441)  # the nearest timer gives 440.4 Hz


def test_the_triangle_stops_where_its_note_ends_and_comes_again() -> None:
    score = from_notes(np.array([[0, 0, note, 0] for note in (45, 0, 45, 57)], np.uint8))
    parts = np.split(render(play(score))[: 4 * 1837].astype(float), 4)
    loud = [float(np.std(part[600:])) for part in parts]
    assert min(loud[0], loud[2], loud[3]) > 5 * loud[1]


def test_a_voicing_changes_duty_and_level_or_mutes() -> None:
    score = from_notes(NOTES)
    voicings = {"p1": Voicing(duty=1, level=8), "p2": Voicing(mute=True), "no": Voicing(duty=1)}
    found = transcribe(play(score, voicings)).frames
    assert found[0].tolist() == [[69, 8, 1], [0, 0, 0], [45, 0, 0], [3, 15, 1]]
    assert not found[:, 1].any()
    assert not transcribe(play(score, {"tr": Voicing(mute=True)})).frames[:, 2].any()


def test_a_low_level_keeps_a_quiet_note() -> None:
    quiet = from_notes(NOTES, velocity=1)
    assert transcribe(play(quiet, {"p1": Voicing(level=3)})).frames[0, 0].tolist() == [69, 1, 2]
    assert not transcribe(play(quiet, {"p1": Voicing(level=0)})).frames[:, 0].any()


@pytest.mark.parametrize(
    ("voicings", "sentence"),
    [
        ({"p1": Voicing(duty=4)}, r"p1 duty must be 0\.\.3, got 4"),
        ({"no": Voicing(duty=2)}, r"no duty must be 0\.\.1, got 2"),
        ({"tr": Voicing(level=16)}, r"tr level must be 0\.\.15, got 16"),
        ({"p3": Voicing()}, "voice must be one of p1, p2, tr, no, got 'p3'"),
    ],
)
def test_bad_voicings_get_a_sentence(voicings: dict[str, Voicing], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        play(from_notes(NOTES), voicings)
