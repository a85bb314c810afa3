"""Sound read at another pace."""

import numpy as np
import pytest

from starling.engine.render.playing.warp import places, read, seconds_read, warped

RATE = 44_100


def sine(hz: float, frames: int) -> np.ndarray:
    return np.sin(2 * np.pi * hz / RATE * np.arange(frames)).astype(np.float32)[None]


def test_no_bend_is_the_sound() -> None:
    sound = sine(1_000, 4_000)
    np.testing.assert_allclose(warped(sound, np.zeros(4_000, np.float32)), sound, atol=1e-6)


@pytest.mark.parametrize("semitones", [-7.0, -0.5, 0.5, 2.0])
def test_a_sine_moves_by_as_many_semitones(semitones: float) -> None:
    found = warped(sine(1_000, 20_000), np.full(12_000, semitones, np.float32))[0, 100:-100]
    ratio = 2 ** (semitones / 12)
    exact = np.sin(2 * np.pi * 1_000 / RATE * ratio * np.arange(100, 100 + len(found)))
    np.testing.assert_allclose(found, exact, atol=1e-3)


def test_what_is_read_faster_does_not_fold_back() -> None:
    high = warped(sine(16_000, 20_000), np.full(9_000, 12.0, np.float32))  # to 32 kHz
    assert np.abs(high[0, 100:-100]).max() < 0.05


def test_a_sound_ends_where_it_is_read_to_the_end() -> None:
    assert warped(sine(500, 1_000), np.full(5_000, 12.0, np.float32)).shape == (1, 500)
    assert warped(sine(500, 1_000), np.full(300, 12.0, np.float32)).shape == (1, 300)
    assert seconds_read(np.full(RATE, 12.0, np.float32), RATE // 2, RATE) == pytest.approx(1.0)


def test_places_begin_at_the_start_and_blocks_change_nothing() -> None:
    at = places(np.linspace(0, 3, 70_000).astype(np.float32))
    assert at[0] == 0 and (np.diff(at) >= 1).all()
    sound = sine(300, 90_000)
    np.testing.assert_allclose(read(sound, at)[:, 60_000:], read(sound, at[60_000:]), atol=1e-6)
