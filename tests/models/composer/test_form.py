"""The controller: what it counts, and which way it pulls."""

import numpy as np
import pytest
from song_data import needs_nesmdb, split, toy_song

from starling.models.composer import form
from starling.models.composer.context import steps
from starling.models.composer.context.history import History
from starling.models.composer.form import Form
from starling.models.composer.songs import Frames, to_classes
from starling.models.errors import InputError


def played(frames: Frames, total: int, share: float = 0.35) -> tuple[Form, History]:
    """The controller and the history of a piece whose first frames are these."""
    made, watched, history = steps.of_notes(frames), Form(total, share), History()
    for wait, after in zip(made.waits.tolist(), made.states.tolist(), strict=True):
        state = history.state
        code = ((state[0] * 100 + state[1]) * 100 + state[2]) * 100 + state[3]
        watched.push(history.time + wait, code)
        history.push(wait, after)
    return watched, history


def test_lags_are_counted_as_the_statistic_counts_them() -> None:
    frames = np.concatenate([toy_song(1, 90), toy_song(2, 110)])
    watched, _ = played(frames, len(frames))
    for lag in (24, 32, 33, 64, 99):
        assert watched.equal[lag] == (frames[lag:] == frames[:-lag]).all(axis=1).sum()
    best = max((watched.equal[lag] / (200 - lag) for lag in range(24, 100)), default=0)
    assert form.repetition(frames) == pytest.approx(best)
    assert form.repetition(frames[:40]) == 0


def test_a_loop_is_discouraged_and_what_would_go_on_is_named() -> None:
    song = toy_song(0, 300)  # bars of 32 frames
    cut = next(at for at in range(190, 222) if (song[at] == song[at - 1]).all())
    watched, history = played(song[:cut], 720)
    pull = watched.pull(history)
    assert pull is not None and pull.nats == -form.MOST_PULL
    made = steps.of_notes(song)
    place = int(np.searchsorted(made.times(), cut, side="right"))
    assert (cut + pull.wait, list(pull.state)) == (made.times()[place], made.states[place].tolist())


def test_what_never_repeats_is_led_back() -> None:
    random = np.random.default_rng(0)
    frames = np.repeat(random.integers(40, 90, (60, 4)), 5, axis=0)  # a change every 5 frames
    frames[:, 3] %= 17
    song = frames.astype(np.uint8)
    young, history = played(song[:150], 720)
    assert young.pull(history) is None, "younger than a phrase"
    watched, history = played(song, 720)
    pull = watched.pull(history)  # 300 - 192 = 108, so that the next change was at 110
    assert pull is not None and 0 < pull.nats <= form.MOST_PULL and pull.wait == 2
    assert list(pull.state) == to_classes(song)[110].tolist()


def test_mistakes_are_named() -> None:
    with pytest.raises(InputError, match="repetition must be at least 0 and below 1, got 1"):
        Form(100, 1.0)
    with pytest.raises(InputError, match="phrase must be at least 24 frames, got 3"):
        Form(100, 0.3, 3)


@needs_nesmdb
def test_real_songs_have_the_share_that_is_aimed_at() -> None:
    real = [frames[:720] for frames in split("test") if len(frames) >= 720]
    assert np.mean([form.repetition(frames) for frames in real[::4]]) == pytest.approx(
        0.35, abs=0.05
    )


def test_a_voice_that_has_sounded_too_little_is_kept_from_rests() -> None:
    activity = form.Activity((0.8, 0.2, None, 0.5))
    for _ in range(20):
        activity.push(24, (0, 5, 0, 0))
    assert activity.nats(0) > 3 > 1 < activity.nats(3) and activity.nats(1) < -3
    assert activity.nats(2) == 0, "a voice without a share goes its own way"
    for _ in range(20):
        activity.push(24, (7, 0, 9, 0))
    assert activity.nats(0) < 0 < activity.nats(1), "what was long ago counts little"
    whole, parts = form.Activity((0.5,)), form.Activity((0.5,))
    whole.push(48, (1,))
    for _ in range(48):
        parts.push(1, (1,))
    assert whole.nats(0) == pytest.approx(parts.nats(0)), "however it is cut"


def test_shares_are_those_of_the_prompt_drawn_to_the_usual_ones() -> None:
    usual, nothing = (0.9, 0.8, 0.9, 0.3), np.zeros((96, 4), np.int16)
    free = np.zeros((96, 4), bool)
    assert form.shares_of(nothing, free, usual) == pytest.approx((0.9, 0.8, 0.9, None))
    classes = np.zeros((1920, 4), np.int16)
    classes[:960, 0], classes[:960, 3] = 5, 1
    known = np.zeros((1920, 4), bool)
    known[:960] = True
    found = form.shares_of(classes, known, usual)
    assert found == pytest.approx((0.95, 0.4, 0.45, 0.65))
    doubled = form.shares_of(classes, known, usual, 1.5)
    assert doubled == pytest.approx((1.0, 0.6, 0.675, 0.975))


def test_activity_is_of_the_songs_that_have_a_voice() -> None:
    one, two = np.zeros((10, 4), np.uint8), np.zeros((10, 4), np.uint8)
    one[:5, :3], two[:, 0], two[:2, 3] = 40, 40, 1
    assert form.activity([one, two]) == pytest.approx((0.75, 0.5, 0.5, 0.2))
