"""The short-time Fourier transform: frames, window, level of a sine."""

import numpy as np
import pytest

from starling.models.dsp import stft


def test_frames_are_views_every_hop() -> None:
    found = stft.frames(np.arange(10.0), 4, 3)
    assert found.tolist() == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]


def test_the_window_is_periodic() -> None:
    assert stft.hann(4).tolist() == pytest.approx([0, 0.5, 1, 0.5])


def test_a_sine_has_half_the_sum_of_the_window_in_its_bin() -> None:
    signal = np.sin(2 * np.pi * 8 / 256 * np.arange(2048)).astype(np.float32)
    found = stft.magnitude(signal, 256, 64)
    assert found.shape == (129, 2048 // 64 + 1)
    assert int(found[:, 16].argmax()) == 8
    assert float(found[8, 16]) == pytest.approx(128 / 2, rel=1e-4)
    np.testing.assert_allclose(stft.power(signal, 256, 64), found**2, rtol=1e-4, atol=1e-6)
