"""Mel spectrograms: their own properties, and librosa's numbers where librosa is installed."""

import numpy as np
import pytest
from numpy.typing import NDArray

from starling.models.dsp.mel_spectrogram import decibels, mel_filters, mel_power
from starling.models.dsp.sound_distance import MSS_SCALES
from starling.models.dsp.stft import magnitude, power

RATE = 44_100


def tone(hertz: float, seconds: float = 0.3) -> NDArray[np.float32]:
    return np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE).astype(np.float32)


def test_a_tone_lies_in_its_bin() -> None:
    found = power(tone(1_000.0), 4410, 2205)
    assert found.shape == (2206, 7)
    assert int(np.argmax(found[:, 3])) == 100  # bins are 10 Hz wide
    np.testing.assert_allclose(found, magnitude(tone(1_000.0), 4410, 2205) ** 2, rtol=1e-4)


def test_filters_are_triangles_of_equal_area() -> None:
    filters = mel_filters(RATE, 4410, 64)
    assert filters.shape == (64, 2206)
    np.testing.assert_allclose(filters.sum(axis=1)[20:] * 10, 1.0, rtol=0.01)  # 10 Hz a bin


def test_decibels_are_relative_to_the_maximum_and_floored() -> None:
    found = decibels(np.array([[1.0, 0.1, 1e-9]], np.float32) * 7)
    np.testing.assert_allclose(found, [[0.0, -10.0, -80.0]], atol=1e-4)
    assert decibels(np.array([[100.0]], np.float32), 1.0) == pytest.approx(20.0, abs=1e-4)
    np.testing.assert_allclose(decibels(np.zeros((2, 2), np.float32)), 0.0, atol=1e-4)  # flat


def test_the_numbers_are_librosa_s() -> None:
    librosa = pytest.importorskip("librosa", reason="compares with librosa: pip install librosa")
    noise = np.random.default_rng(0).standard_normal((2, 20_000)).astype(np.float32)
    for window_ms, hop_ms, bands in MSS_SCALES:
        window, hop = int(window_ms * RATE / 1000), int(hop_ms * RATE / 1000)
        sizes = {"n_fft": window, "hop_length": hop, "n_mels": bands}
        theirs = librosa.feature.melspectrogram(y=noise, sr=RATE, **sizes)
        ours = mel_power(noise, RATE, window, hop, bands)
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)
        in_db = librosa.power_to_db(theirs, ref=np.max)
        np.testing.assert_allclose(decibels(ours), in_db, atol=1e-2)
