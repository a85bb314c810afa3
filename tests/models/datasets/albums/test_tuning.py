from pathlib import PurePath

import numpy as np
import pytest

from starling.models.datasets.albums.tuning import pitch_class, semitones_to, transposed
from starling.models.errors import ParseError

RATE = 16_000


@pytest.mark.parametrize(
    ("name", "pitch"),
    [
        ("vsco2-violins-susvib_As4.flac", 10),
        ("Bb-1.wav", 10),
        ("piano C#3.wav", 1),
        ("harp_Cf4_m59.flac", 11),
        ("E2.mp3", 4),
    ],
)
def test_the_note_that_a_name_ends_with(name: str, pitch: int) -> None:
    assert pitch_class(PurePath("some/E3", name)) == pitch


@pytest.mark.parametrize("name", ["rain.wav", "take2.wav", "C4 room.wav", "H4.wav", "ABC3.wav"])
def test_names_without_one_are_refused(name: str) -> None:
    with pytest.raises(ParseError, match="does not end with a note"):
        pitch_class(PurePath(name))


def test_the_nearest_is_at_most_six_semitones_away() -> None:
    assert [semitones_to("C", each) for each in range(12)] == [
        0,
        -1,
        -2,
        -3,
        -4,
        -5,
        -6,
        *range(5, 0, -1),
    ]
    assert semitones_to("As", 0) == -2


@pytest.mark.parametrize("semitones", [3, -6, 0])
def test_a_tone_comes_out_as_many_semitones_higher(semitones: int) -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32)
    made = transposed(tone, RATE, semitones)
    assert len(made) == pytest.approx(RATE / 2 ** (semitones / 12), abs=2)
    peak = np.argmax(np.abs(np.fft.rfft(made * np.hanning(len(made)), 16 * RATE))) / 16
    assert peak == pytest.approx(440 * 2 ** (semitones / 12), abs=0.5)
