"""Effects over long tracks, piece by piece."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from starling.engine.render.playing.synth_effects import play, run_up_seconds, turn_before

RATE = 1_000
DRY = {"chorus_mix": 0.0, "chorus_rate": 0.6, "delay_mix": 0.0, "delay_feedback": 0.5}
DRY |= {"delay_time": 0.5, "reverb_mix": 0.0, "reverb_time": 3.0}


@dataclass
class Echo:
    """An echo that forgets all between two runs, as the synth's effects do."""

    lengths: list[int] = field(default_factory=list)

    def __call__(self, dry: np.ndarray) -> np.ndarray:
        self.lengths.append(dry.shape[1])
        wet = dry.copy()
        for at in range(500, dry.shape[1], 500):
            wet[:, at : at + 500] += (
                0.5 * wet[:, at - 500 : at - 500 + wet[:, at : at + 500].shape[1]]
            )
        return wet


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (2, round(seconds * RATE))).astype(np.float32)


def test_pieces_sound_as_the_whole() -> None:
    dry, echo, values = noise(92), Echo(), DRY | {"delay_mix": 1.0}
    whole = Echo()(dry)
    pieces = play(dry, values, RATE, echo, np.zeros_like(dry), piece_seconds=30)
    assert len(echo.lengths) == 3, "what is left over is part of the last"
    assert np.array_equal(pieces[:, :30_000], whole[:, :30_000])
    assert np.abs(pieces - whole).max() < 1e-4 * np.abs(whole).max()


def test_a_short_track_is_one_piece_to_the_bit() -> None:
    dry, echo = noise(30), Echo()
    assert np.array_equal(play(dry, DRY, RATE, echo, np.zeros_like(dry), 30), Echo()(dry))
    assert echo.lengths == [30_000]


def test_the_run_up_is_as_long_as_what_rings() -> None:
    assert run_up_seconds(DRY) == 1.0
    assert run_up_seconds(DRY | {"reverb_mix": 0.1}) == pytest.approx(1 + 5)
    assert run_up_seconds(DRY | {"delay_mix": 0.1}) == pytest.approx(
        1 + 0.5 * (1 + 100 / 6.02), rel=1e-3
    )


def test_a_turn_of_the_chorus_begins_where_its_phase_wraps() -> None:
    step, phase, turns = np.float32(0.6) / np.float32(44_100), np.float32(0), [0]
    for frame in range(160_000):
        following = np.float32(phase + step)
        if following >= 1:
            following = np.float32(np.float32(phase - np.float32(1)) + step)
            turns.append(frame)
        phase = following
    assert len(turns) == 3
    assert [turn_before(at, 0.6, 44_100) for at in (0, 73_000, 75_000, 159_999)] == [
        0,
        0,
        turns[1],
        turns[2],
    ]
