"""Pitches of notes made here, of real instruments, and of what has none."""

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from starling.models.dsp.pitch import MIDDLE_C, estimate

RATE = 44_100
TIME = np.arange(RATE // 2) / RATE
INSTRUMENTS = Path(__file__).parents[3].parent / "shared" / "data" / "instruments"


def saw(note: float) -> NDArray[np.float32]:
    hertz = 440 * 2 ** ((note - 69) / 12)
    partials = [k for k in range(1, 40) if k * hertz < 16_000]
    waves = [np.sin(2 * np.pi * k * hertz * TIME + k) / k for k in partials]
    return np.sum(waves, axis=0).astype(np.float32)


def chord(*notes: float) -> NDArray[np.float32]:
    return np.sum([saw(note) for note in notes], axis=0).astype(np.float32)


@pytest.mark.parametrize("note", [24, 36, 47, 60, 69, 84, 96])
@pytest.mark.parametrize("cents", [-30, 0, 30])
def test_a_note_is_found_with_its_cents(note: int, cents: int) -> None:
    found = estimate(saw(note + cents / 100), RATE)
    assert found.is_clear
    assert found.note == note
    assert found.cents == pytest.approx(cents, abs=4)
    assert found.confidence > 0.9


def test_the_sample_rate_and_the_level_do_not_matter() -> None:
    assert estimate(saw(60)[::2] * np.float32(0.001), RATE // 2).note == 60


@pytest.mark.parametrize(
    "sound",
    [
        np.random.default_rng(0).standard_normal(RATE // 2),
        np.zeros(RATE // 2),
        np.zeros(10),
        chord(60, 64, 67),
        chord(60, 63, 67),
        chord(48, 52, 55, 58),
    ],
    ids=["noise", "silence", "hardly a sample", "major", "minor", "seventh"],
)
def test_noise_silence_and_chords_have_no_clear_pitch(sound: NDArray[np.float32]) -> None:
    found = estimate(np.asarray(sound, np.float32), RATE)
    assert not found.is_clear
    assert found.note == MIDDLE_C


@pytest.mark.skipif(not INSTRUMENTS.is_dir(), reason="the instruments of ../shared are not here")
def test_real_instruments_play_the_notes_that_their_names_say() -> None:
    files = sorted(INSTRUMENTS.glob("*.flac"))[::5]
    wrong = []
    for path in files:
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
        found = estimate(audio.mean(axis=1)[:rate], rate)
        named = re.search(r"_m(\d+)", path.name)
        assert named
        if found.note != int(named[1]):
            wrong.append((path.name, found))
    assert len(wrong) <= len(files) // 20, wrong
