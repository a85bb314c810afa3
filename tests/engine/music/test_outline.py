"""What is known of a piece: bars on whole frames, the prompt, and the voices that are kept."""

import numpy as np
import pytest
from song_data import toy_song

from starling.engine.music.outline import Outline, beats_of, outline, start_of, voices_of
from starling.engine.music.prompts import NO_PROMPT, Prompt
from starling.models.composer.songs import from_classes
from starling.models.errors import InputError
from starling.models.nes.scores.in_time import Metre
from starling.models.nes.scores.score import RATES, VOICES

BEATS = beats_of(120.0)  # bars of 48 frames


def sketch(prompt: Prompt, voices: str, bars: int) -> Outline:
    return outline(prompt, voices_of(voices), bars, BEATS)


@pytest.mark.parametrize("tempo", [57.0, 97.3, 120.0, 143.9, 174.0, 239.0, 360.0])
def test_a_sixteenth_is_whole_frames_at_any_tempo(tempo: float) -> None:
    beats = beats_of(tempo, Metre(3))
    assert beats.frames % 4 == 0 and beats.bar == 3 * beats.frames
    assert 16 * beats_of(tempo, Metre(13, 16)).bar == 13 * 4 * beats.frames
    assert beats.rate * 60 / tempo == pytest.approx(beats.frames)
    assert RATES[0] < 16 <= beats.rate <= 34 < RATES[1]
    assert beats_of(0.0) == BEATS


@pytest.mark.parametrize(
    ("frames", "start"), [(0, 0), (1, 48), (48, 48), (50, 48), (51, 96), (96, 96), (97, 96)]
)
def test_a_prompt_ends_with_its_bar(frames: int, start: int) -> None:
    assert start_of(Prompt(toy_song(1, frames) if frames else NO_PROMPT.notes), BEATS) == start


def test_four_voices_go_on_from_a_prompt() -> None:
    prompt = Prompt(toy_song(1, 60))
    found = sketch(prompt, "p1 p2 tr no", 2)
    assert (found.start, len(found.given)) == (96, 192)
    assert found.given.known[:60].all() and not found.given.known[60:].any()
    assert np.array_equal(from_classes(found.given.classes[:60]), prompt.notes)


def test_fewer_voices_are_written_to_the_others() -> None:
    prompt = Prompt(toy_song(1, 96))
    given = sketch(prompt, "no, P2", 0).given
    assert len(given) == 96
    assert given.known.all(axis=0).tolist() == [True, False, True, False]
    longer = sketch(prompt, "p2 no", 1).given
    assert np.array_equal(longer.known[:96], given.known) and not longer.known[96:].any()


@pytest.mark.parametrize(("text", "bar"), [("7/8", 42), ("5/4", 60), ("6/8", 36), ("3/16", 9)])
def test_bars_are_as_long_as_their_metre_says(text: str, bar: int) -> None:
    beats = beats_of(120.0, Metre.parse(text))
    found = outline(Prompt(toy_song(1, bar + 4)), voices_of("p1 p2 tr no"), 3, beats)
    assert (beats.bar, found.start, len(found.given)) == (bar, 2 * bar, 5 * bar)


@pytest.mark.parametrize(
    ("prompt", "voices", "bars", "code", "sentence"),
    [
        (0, "p1 p2 tr no", 0, "bad_arguments", r"bars must be 1\.\.512, got 0"),
        (48, "p1", 513, "bad_arguments", r"bars must be 0\.\.512, got 513"),
        (48, "p1", -1, "bad_arguments", r"bars must be 0\.\.512, got -1"),
        (0, "p1 no", 4, "bad_arguments", "without a prompt .* got p1 no"),
        (0, "p1 p2 tr no", 301, "bad_arguments", "at most 600 s .* 301 make one of 602 s"),
        (15_000, "p1", 0, "bad_prompt", "the prompt lasts 626 s"),
    ],
)
def test_what_cannot_be_written_is_refused(
    prompt: int, voices: str, bars: int, code: str, sentence: str
) -> None:
    notes = toy_song(1, prompt) if prompt else NO_PROMPT.notes
    with pytest.raises(InputError, match=sentence) as caught:
        sketch(Prompt(notes), voices, bars)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["", " ", "p3", "p1 p2 drums"])
def test_voices_that_there_are_not_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="voices must be some of p1 p2 tr no"):
        voices_of(text)


@pytest.mark.parametrize(
    ("tempo", "metre", "sentence"),
    [
        (20.0, "4/4", r"tempo must be 57\.\.360"),
        (-1.0, "4/4", r"tempo must be 57\.\.360"),
        (float("nan"), "4/4", r"tempo must be 57\.\.360"),
        (120.0, "0/4", r"a metre must be 1\.\.64 over 1, 2, 4, 8 or 16, as 7/8, got 0/4"),
        (120.0, "65/4", "a metre must be"),
        (120.0, "4/3", "a metre must be .* got 4/3"),
        (120.0, "4/32", "a metre must be .* got 4/32"),
        (120.0, "four", "a metre must be .* got 'four'"),
    ],
)
def test_tempi_and_bars_out_of_range_are_refused(tempo: float, metre: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        beats_of(tempo, Metre.parse(metre))
    assert VOICES == ("p1", "p2", "tr", "no")
