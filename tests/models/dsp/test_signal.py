"""Signals: channels, trimming, level."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starling.models.dsp import signal as audio

RATE = 44100


def sine(seconds: float = 0.1, hertz: float = 440.0, rate: int = RATE) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(
        np.float32
    )


def test_to_mono_keeps_antiphase_channels() -> None:
    left = sine()
    assert np.array_equal(audio.to_mono(np.stack([left, -left], axis=1)), left)


def test_block_dc_removes_offset_and_keeps_tone() -> None:
    tone = sine(0.5)
    blocked = audio.block_dc(tone + np.float32(0.2), RATE)
    assert abs(blocked[RATE // 4 :].mean()) < 1e-3
    assert np.abs(blocked[RATE // 4 :] - tone[RATE // 4 :]).max() < 0.05


@pytest.mark.parametrize("count", [0, 1, 5000, 66150])
def test_block_dc_rings_out_within_its_padding(count: int) -> None:
    """A thump at the very end does not come round to the beginning."""
    signal = np.zeros(count, np.float32)
    signal[-100:] = 0.5
    blocked = audio.block_dc(signal, RATE)
    assert blocked.dtype == np.float32 and len(blocked) == count
    assert np.abs(blocked[:-2000]).max(initial=0) < 1e-4


@pytest.mark.parametrize("count", [0, 1, 2, 127, 128, 129, 256, 257, 258, 1000])
@pytest.mark.parametrize("window", [2, 100, 256])
def test_envelope_is_the_root_mean_square_of_what_there_is(count: int, window: int) -> None:
    signal = np.random.default_rng(count).standard_normal(count).astype(np.float32)
    half = window // 2
    wanted = [
        np.sqrt(np.mean(np.square(signal[max(0, at - half) : at + half + 1], dtype=np.float64)))
        for at in range(count)
    ]
    assert audio.envelope(signal, window) == pytest.approx(np.array(wanted), rel=1e-5)


def test_trim_tail_and_onset_find_the_sound() -> None:
    sound = np.concatenate([np.zeros(1000), sine(), np.zeros(5000)]).astype(np.float32)
    start = audio.onset(sound)
    trimmed = audio.trim_tail(sound[start:])
    assert abs(start - 1000) < 10
    assert abs(len(trimmed) - len(sine())) < 300


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3, width=32), max_size=600), st.integers(0, 700))
def test_level_functions_never_break(values: list[float], fade: int) -> None:
    signal = np.array(values, np.float32)
    faded = audio.fade_out(audio.normalise_peak(signal), fade)
    assert len(faded) == len(signal)
    assert np.isfinite(faded).all()
    assert np.abs(faded).max(initial=0) <= 0.9001
