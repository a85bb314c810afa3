"""A score's voice from MIDI: its states, as notes, as expression, for other voices."""

import numpy as np
import pytest
from hypothesis import given, settings
from toy_score import scores

from starling.models.errors import InputError, ParseError
from starling.models.nes.scores import midi, midi_file, voice_line
from starling.models.nes.scores.score import VOICES, Score, samples_of
from starling.models.nes.scores.voice_line import Line


def lines(score: Score) -> dict[str, Line]:
    file = midi_file.parse(midi_file.to_bytes(midi.to_midi(score)))
    return voice_line.of_file(file, score.name)


def line(voice: str, *states: tuple[int, int, int]) -> Line:
    """States of a second each."""
    samples = 44_100 * np.arange(len(states))
    return Line(voice, samples, np.array(states, np.uint8), 44_100 * len(states))


@settings(max_examples=40, deadline=None)
@given(scores())
def test_a_line_has_the_states_of_every_frame(score: Score) -> None:
    found = lines(score)
    starts = [samples_of(at) for at in range(len(score))]
    for at, voice in enumerate(VOICES):
        each = found[voice]
        row = np.searchsorted(each.samples, starts, side="right") - 1
        assert np.array_equal(each.states[row], score.frames[:, at]) and each.end == score.samples
        assert (np.diff(each.samples) > 0).all()
        assert (each.states[1:] != each.states[:-1]).any(axis=1).all()


def test_a_note_has_its_largest_volume_and_expression_the_others() -> None:
    p1 = line("p1", (60, 3, 0), (60, 12, 1), (60, 6, 2), (0, 0, 2), (72, 15, 2), (74, 1, 2))
    assert voice_line.notes(p1) == [(0, 3, 60, 102), (4, 5, 72, 127), (5, 6, 74, 8)]
    # (3 / 12) ** .5 of 127, then full, (6 / 12) ** .5, and full again for the next note
    assert voice_line.expression(p1) == [(0, 64), (1, 127), (2, 90), (4, 127)]


def test_the_triangle_is_full_and_the_noise_has_keys() -> None:
    assert voice_line.notes(line("tr", (0, 0, 0), (21, 0, 0))) == [(1, 2, 21, 127)]
    noise = line("no", (1, 15, 0), (16, 5, 1))
    assert voice_line.notes(noise) == [(0, 1, 36, 127), (1, 2, 51, 42)]
    assert not voice_line.expression(noise)


@pytest.mark.parametrize(
    ("of", "voice", "expected"),
    [
        (line("p2", (60, 7, 3)), "p1", [60, 7, 3]),
        (line("p1", (60, 7, 3)), "tr", [60, 7, 0]),
        (line("p1", (60, 7, 3)), "no", [9, 7, 0]),  # 36 is 1, 52 too
        (line("tr", (60, 0, 0)), "p1", [60, 15, 0]),
        (line("no", (16, 7, 1)), "no", [16, 7, 1]),
        (line("no", (16, 7, 1)), "p1", [51, 7, 0]),
        (line("p1", (0, 0, 3)), "no", [0, 0, 0]),
    ],
)
def test_a_line_is_cast_for_another_voice(of: Line, voice: str, expected: list[int]) -> None:
    assert voice_line.cast(of, voice).tolist() == [expected]


def test_what_the_chip_does_not_have_is_refused() -> None:
    file = midi.to_midi(Score(np.array([[[60, 9, 1], [0] * 3, [0] * 3, [0] * 3]] * 2, np.uint8)))
    for message in file.tracks[1]:
        if message.type == "note_on":
            message.note = 20
    with pytest.raises(InputError, match=r"tune: p1 note at frame 0 must be 0 or 33..108, got 20"):
        voice_line.of_file(file, "tune")
    del file.tracks[0]
    with pytest.raises(ParseError, match="tune has no time signature 1/1"):
        voice_line.of_file(file, "tune")
