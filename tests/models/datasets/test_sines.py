"""The built-in tones: their frequencies are what their labels say."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.datasets import store
from starling.models.datasets.sines import RATE, Sines, draw, make
from starling.models.datasets.training_set import load_folder
from starling.models.errors import InputError


def heard(tone: np.ndarray) -> float:
    """Frequency of the spectrum's peak, by a parabola over the logarithm."""
    level = np.log(np.abs(np.fft.rfft(tone * np.hanning(len(tone)))) + 1e-12)
    at = int(level.argmax())
    left, middle, right = level[at - 1 : at + 2]
    return (at + 0.5 * (left - right) / (left - 2 * middle + right)) * RATE / len(tone)


def test_tones_have_the_frequencies_of_their_labels() -> None:
    drawn = list(draw(Sines(count=40)))
    assert all(len(tone) == 10_000 and abs(heard(tone) - hertz) < 0.5 for hertz, tone in drawn)
    frequencies = [hertz for hertz, _ in drawn]
    assert 500 <= min(frequencies) < 2000 and 13_000 < max(frequencies) <= 15_000


def test_a_seed_gives_the_same_tones_and_no_phase_starts_at_zero() -> None:
    one, two = (list(draw(Sines(count=3, seed=4))) for _ in range(2))
    assert all(np.array_equal(a[1], b[1]) and a[0] == b[0] for a, b in zip(one, two, strict=True))
    assert all(tone[0] == 0 for _, tone in draw(Sines(count=3, phase=False)))
    assert any(abs(tone[0]) > 0.1 for _, tone in draw(Sines(count=9)))


def test_the_set_is_written_and_can_be_trained_on(tmp_path: Path) -> None:
    order = Sines(count=24, frames=7000, low=21, high=300)
    folder, about = make(order, tmp_path)
    assert store.names(tmp_path) == ["sines"]
    assert about["classes"] == {"sine": {"sounds": 24, "seconds": pytest.approx(3.81)}}
    first = about["sounds"][0]
    signal, rate = soundfile.read(folder / first["file"])
    assert rate == RATE and len(signal) == 7000 and np.abs(signal).max() <= 0.9
    assert f"{first['frequency_hz']:.1f}Hz" in first["file"]
    assert len(load_folder(folder, RATE, 0.2).sounds) == 24
    with pytest.raises(InputError, match="exists"):
        make(order, tmp_path)


@pytest.mark.parametrize(
    "words",
    [{"count": 0}, {"frames": 0}, {"low": 0.0}, {"high": 22050.0}, {"low": 600.0, "high": 500.0}],
)
def test_mistakes_name_the_field(words: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(words))):
        Sines(**words)
