from __future__ import annotations

import numpy as np
import pytest

from starling.models.errors import InputError
from starling.models.nes.scores.score import (
    VOICES,
    Score,
    faults,
    from_notes,
    onsets,
    samples_of,
    separated,
)

NOTES = np.array([[60, 64, 40, 0], [60, 0, 0, 16], [0, 33, 108, 1]], np.uint8)


def frames_with(frame: int, voice: int, *values: int) -> np.ndarray:
    frames = np.zeros((5, 4, 3), np.uint8)
    frames[frame, voice] = values
    return frames


def test_notes_become_a_score_at_full_velocity_and_half_duty() -> None:
    score = from_notes(NOTES, name="tune")
    assert score.frames[0].tolist() == [[60, 15, 2], [64, 15, 2], [40, 0, 0], [0, 0, 0]]
    assert score.frames[1].tolist() == [[60, 15, 2], [0, 0, 2], [0, 0, 0], [16, 15, 0]]
    assert np.array_equal(separated(score), NOTES)
    assert (score.rate, score.samples, score.name) == (24.0, 5513, "tune")


@pytest.mark.parametrize("duty", range(4))
def test_notes_take_the_chosen_duty_and_velocity(duty: int) -> None:
    score = from_notes(NOTES, duty=duty, velocity=7)
    assert set(score.frames[:, :2, 2].ravel()) == {duty}
    assert set(score.frames[:, (0, 1, 3), 1].ravel()) == {0, 7}


def test_a_score_is_read_only_and_equal_by_content() -> None:
    frames = from_notes(NOTES).frames.copy()
    score = Score(frames)
    with pytest.raises(ValueError, match="read-only"):
        score.frames[0, 0, 0] = 1
    assert frames.flags.writeable
    assert score == from_notes(NOTES) != from_notes(NOTES, duty=1)
    assert score != Score(frames, samples=5514) and score != "score"


def test_a_score_without_an_end_lasts_as_long_as_its_frames() -> None:
    for count in range(1, 200):
        score = from_notes(np.zeros((count, 4), np.uint8))
        assert score.samples == samples_of(count)
        assert score.samples // 1837.5 == count


@pytest.mark.parametrize("samples", [5512, 7350, -1])
def test_samples_that_do_not_fit_the_frames_are_refused(samples: int) -> None:
    with pytest.raises(InputError, match=rf"samples must be 5513\.\.7349.*got {samples}"):
        from_notes(NOTES, samples=samples)


@pytest.mark.parametrize(
    ("frames", "sentence"),
    [
        (frames_with(3, 0, 32, 15, 0), "p1 note at frame 3 must be 0 or 33..108, got 32"),
        (frames_with(3, 1, 109, 15, 0), "p2 note at frame 3 must be 0 or 33..108, got 109"),
        (frames_with(0, 2, 20, 0, 0), "tr note at frame 0 must be 0 or 21..108, got 20"),
        (frames_with(4, 3, 17, 1, 0), "no note at frame 4 must be 0 or 1..16, got 17"),
        (frames_with(1, 0, 60, 16, 0), "p1 velocity at frame 1 must be 0..15, got 16"),
        (frames_with(1, 2, 60, 3, 0), "tr velocity at frame 1 must be 0, got 3"),
        (frames_with(1, 1, 0, 0, 4), "p2 timbre at frame 1 must be 0..3, got 4"),
        (frames_with(1, 2, 60, 0, 1), "tr timbre at frame 1 must be 0, got 1"),
        (frames_with(1, 3, 5, 1, 2), "no timbre at frame 1 must be 0..1, got 2"),
        (frames_with(2, 0, 0, 9, 0), "p1 velocity at frame 2 must be 0 where the note is 0, got 9"),
        (frames_with(2, 3, 9, 0, 0), "no velocity at frame 2 must be 1..15 where a note sounds"),
    ],
)
def test_each_fault_is_a_sentence(frames: np.ndarray, sentence: str) -> None:
    [found] = faults(frames)
    assert found.startswith(sentence)
    with pytest.raises(InputError) as error:
        Score(frames, name="song")
    assert str(error.value).startswith(f"song: {sentence}")


def test_all_faults_are_named_with_their_number() -> None:
    frames = np.zeros((5, 4, 3), np.uint8)
    frames[2:, 0, 0], frames[2:, 0, 1], frames[1, 3, 2] = 20, 15, 9
    assert faults(frames) == [
        "p1 note at frame 2 must be 0 or 33..108, got 20 (and in 2 more frames)",
        "no timbre at frame 1 must be 0..1, got 9",
    ]


@pytest.mark.parametrize(
    ("frames", "sentence"),
    [
        (np.zeros((0, 4, 3), np.uint8), "a score has 1..1,000,000 frames, got 0"),
        (np.zeros((5, 4), np.uint8), r"frames must have the shape \(N, 4, 3\), got \(5, 4\)"),
        (np.zeros((5, 3, 3), np.uint8), r"frames must have the shape \(N, 4, 3\)"),
        (np.zeros((5, 4, 3), np.float32), "frames must be uint8, got float32"),
        (np.zeros((), np.uint8), r"frames must have the shape \(N, 4, 3\), got \(\)"),
    ],
)
def test_arrays_of_another_shape_or_type_are_refused(frames: np.ndarray, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Score(frames)


@pytest.mark.parametrize("rate", [0.0, -24.0, float("nan"), float("inf"), 44_100.0])
def test_frame_rates_out_of_range_are_refused(rate: float) -> None:
    with pytest.raises(InputError, match=r"rate must be 1\.\.240 Hz"):
        from_notes(NOTES, rate=rate)


def test_another_velocity_or_duty_is_refused() -> None:
    with pytest.raises(InputError, match=r"velocity must be 1\.\.15, got 0"):
        from_notes(NOTES, velocity=0)
    with pytest.raises(InputError, match=r"duty must be 0\.\.3, got 4"):
        from_notes(NOTES, duty=4)
    with pytest.raises(InputError, match=r"shape \(N, 4\), got \(3, 5\)"):
        from_notes(np.zeros((3, 5), np.uint8))


def test_a_note_begins_where_it_is_another_than_before() -> None:
    notes = np.array([[60, 0, 40, 0], [60, 64, 0, 0], [62, 64, 40, 3], [62, 0, 40, 3]], np.uint8)
    assert onsets(from_notes(notes)).astype(int).tolist() == [
        [1, 0, 1, 0],
        [0, 1, 0, 0],
        [1, 0, 1, 1],
        [0, 0, 0, 0],
    ]


def test_voices_are_named_in_the_order_of_nesmdb() -> None:
    assert VOICES == ("p1", "p2", "tr", "no")
