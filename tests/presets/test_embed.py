import numpy as np
import pytest

from starling.models.errors import InputError
from starling.presets.embed import CLASSICAL, EMBEDDERS, classical, log_mel

RATE = CLASSICAL.sample_rate


def tone(hertz: float, seconds: float = 1.0, decay: float = 2.0) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    saw = 2 * ((hertz * t) % 1) - 1
    return (0.3 * saw * np.exp(-decay * t)).astype(np.float32)


def test_shapes_of_the_recipe() -> None:
    assert log_mel(tone(220)).shape == (64, 51)
    vector = classical(tone(220))
    assert vector.shape == (104,) == (CLASSICAL.size,) and vector.dtype == np.float32
    assert EMBEDDERS == {"classical/1": CLASSICAL}


@pytest.mark.parametrize("gain", [0.01, 3.0])
def test_loudness_does_not_matter(gain: float) -> None:
    vector = classical(tone(220))
    assert np.abs(classical(tone(220) * np.float32(gain)) - vector).max() < 1e-3


def test_short_sounds_are_padded_and_long_ones_cut() -> None:
    short = tone(220, 0.2)
    padded = np.pad(short, (0, RATE - len(short)))
    assert np.array_equal(classical(short), classical(padded))
    assert np.array_equal(classical(tone(220, 3.0)), classical(tone(220, 3.0)[:RATE]))


def test_timbre_lies_further_apart_than_a_small_change() -> None:
    base, near = classical(tone(220)), classical(tone(222))
    noise = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
    assert np.linalg.norm(base - near) < 0.2 * np.linalg.norm(base - classical(noise))


@pytest.mark.parametrize("signal", [np.zeros(RATE), np.zeros(0), np.full(RATE, 1e-5)])
def test_silence_is_refused(signal: np.ndarray) -> None:
    with pytest.raises(InputError, match="silent") as caught:
        classical(signal.astype(np.float32))
    assert caught.value.code == "silent"


def test_the_vector_is_the_one_stored_in_older_libraries() -> None:
    """A change of these numbers needs a new version, since stored vectors would not fit."""
    vector = classical(tone(220))
    assert [round(float(x), 3) for x in vector[[0, 1, 19, 20, 39, 40, 103]]] == pytest.approx(
        [0.917, -1.646, -1.113, 0.628, 0.137, 0.955, 0.088], abs=2e-3
    )
