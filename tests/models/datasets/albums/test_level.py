"""One gain for all recordings."""

import numpy as np
import pytest

from starling.models.datasets.albums import level

RATE = 1000


def tone(peak: float, seconds: float = 60.0) -> np.ndarray:
    time = np.arange(int(RATE * seconds)) / RATE
    return (peak * np.sin(2 * np.pi * 100 * time + 0.3)).astype(np.float32)


def test_the_loudest_recording_reaches_the_peak_and_the_others_keep_their_distance() -> None:
    signals = [tone(0.1), tone(0.02)]
    gain = level.gain_of(signals, RATE)
    assert all(level.apply(each, gain) == 0 for each in signals)
    assert level.peak(signals[0]) == pytest.approx(0.9, abs=1e-4)
    assert level.peak(signals[0]) / level.peak(signals[1]) == pytest.approx(5.0, abs=1e-3)


def test_one_click_does_not_make_all_quiet() -> None:
    signal = tone(0.1)
    signal[30_000:30_002] = (0.9, -0.8)
    gain = level.gain_of([signal], RATE)
    assert gain == pytest.approx(9.0, rel=0.01)
    assert level.apply(signal, gain) == 2
    assert level.peak(signal) == 1.0


def test_a_hit_twice_as_loud_as_the_rest_is_no_click() -> None:
    signal = tone(0.1)
    signal[30_000:30_050] *= 1.9
    assert level.gain_of([signal], RATE) == pytest.approx(0.9 / 0.19, rel=0.01)


def test_the_peak_of_seconds_is_never_a_click() -> None:
    signal = tone(0.1, seconds=4)
    signal[100] = 1.0
    assert level.gain_of([signal], RATE) == pytest.approx(0.9)


def test_blocks_are_peaks_of_either_sign() -> None:
    assert level._peaks(np.array([1, -3, 2, 0, -1], np.float32), 2).tolist() == [3, 2, 1]


def test_what_is_said() -> None:
    assert level.warnings(2.0, [("a", 0.5), ("b", 0.1)], 0) == []
    quiet, apart, limited = level.warnings(100.0, [("a", 0.9), ("b", 0.009)], 7)
    assert "raised by 40 dB" in quiet
    assert "b is 40 dB quieter than a" in apart
    assert "7 samples of clicks" in limited
