"""Transpositions of tones, noises and clicks are found; silence has none."""

import numpy as np
import pytest

from starling.models.dsp import signal
from starling.models.dsp.signal import Array
from starling.models.dsp.transposition import levels, transposition
from starling.models.evaluation.features import SAMPLE_RATE


def burst(low: float, high: float, seed: int = 0) -> Array:
    """Half a second of decaying noise between two frequencies."""
    rng = np.random.default_rng(seed)
    frames = SAMPLE_RATE // 2
    spectrum = np.fft.rfft(rng.standard_normal(frames))
    hertz = np.fft.rfftfreq(frames, 1 / SAMPLE_RATE)
    spectrum[(hertz < low) | (hertz > high)] = 0
    return (np.fft.irfft(spectrum, frames) * np.exp(-np.arange(frames) / 4000)).astype(np.float32)


@pytest.mark.parametrize("semitones", [-12, -5, -1, 0, 3, 12])
def test_noise_played_faster_is_higher(semitones: int) -> None:
    ratio = 2 ** (semitones / 12)
    noise = burst(1000, 5000)
    moved = signal.resample(noise, SAMPLE_RATE, round(SAMPLE_RATE / ratio))
    assert 12 * transposition(moved, noise, SAMPLE_RATE) == pytest.approx(semitones, abs=0.3)


def test_a_kick_is_transposed_too() -> None:
    time = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    low, high = (
        (np.sin(2 * np.pi * hertz * time) * np.exp(-8 * time)).astype(np.float32)
        for hertz in (55.0, 82.4)
    )
    assert 12 * transposition(high, low, SAMPLE_RATE) == pytest.approx(7, abs=0.3)
    assert 12 * transposition(low, high, SAMPLE_RATE) == pytest.approx(-7, abs=0.3)


def test_other_noise_of_the_same_band_is_not_transposed() -> None:
    found = transposition(burst(500, 4000, 1), burst(500, 4000, 2), SAMPLE_RATE)
    assert 12 * found == pytest.approx(0, abs=0.5)


def test_silence_has_no_transposition() -> None:
    silence = np.zeros(1000, np.float32)
    assert not levels(silence, SAMPLE_RATE).any()
    assert np.isnan(transposition(silence, burst(500, 4000), SAMPLE_RATE))
