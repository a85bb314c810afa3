"""Rendering: what is heard of a tone, filters, rates and lengths."""

import numpy as np
import pytest
from numpy.typing import NDArray

from starling.models.errors import InputError
from starling.models.nes.chip import render as rendering
from starling.models.nes.chip.plain import PlainChip
from starling.models.nes.chip.render import Stream, render
from starling.models.nes.writes import CLOCK, Writes, writes_of

SECOND = 44100


def pulse(timer: int, duty: int = 2, samples: int = SECOND) -> Writes:
    """A steady pulse of full volume."""
    rows = [
        (0x15, 1),
        (0x01, 0x08),
        (0x00, duty << 6 | 0x3F),
        (0x02, timer & 255),
        (0x03, timer >> 8),
    ]
    return writes_of([(0, *row) for row in rows], samples)


def spectrum(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power of each hertz of a second."""
    return np.square(np.abs(np.fft.rfft(sound.astype(float) * np.blackman(len(sound)))))


def cents_off(sound: NDArray[np.float32], frequency: float, sample_rate: int = SECOND) -> float:
    """How far the fundamental is from a frequency, by the phase's advance over half the sound."""
    half = len(sound) // 2
    at = np.arange(half)
    wave = np.exp(-2j * np.pi * frequency * at / sample_rate) * np.hanning(half)
    first, second = (np.sum(part * wave) for part in (sound[:half], sound[half : 2 * half]))
    expected = np.exp(2j * np.pi * frequency * half / sample_rate)
    turned = np.angle(second / first / expected) / (2 * np.pi * half / sample_rate)
    return float(1200 * np.log2((frequency + turned) / frequency))


@pytest.mark.parametrize("timer", [8, 27, 99, 253, 1000, 2047])
def test_the_pitch_is_that_of_the_timer(timer: int) -> None:
    assert abs(cents_off(render(pulse(timer)), CLOCK / 16 / (timer + 1))) < 0.05


def test_a_pulse_of_4_khz_does_not_alias() -> None:
    frequency = CLOCK / 16 / 28
    power = spectrum(render(pulse(27, samples=2 * SECOND))[SECOND:])
    hertz = np.arange(len(power))
    partial = np.abs(hertz - frequency * np.round(hertz / frequency)) < 5
    assert 10 * np.log10(power[partial].sum() / power[~partial].sum()) > 60


@pytest.mark.parametrize("duty", range(4))
def test_a_duty_has_its_spectrum(duty: int) -> None:
    frequency, part = CLOCK / 16 / 254, (1 / 8, 1 / 4, 1 / 2, 3 / 4)[duty]
    power = spectrum(render(pulse(253, duty), output="bare"))
    number = np.arange(1, 20)
    at = np.round(number * frequency).astype(int)
    found = np.sqrt([power[each - 4 : each + 5].sum() for each in at])
    expected = np.abs(np.sin(np.pi * number * part)) / number
    np.testing.assert_allclose(found / found.max(), expected / expected.max(), atol=0.01)


def test_the_consoles_filters_are_those_published() -> None:
    bare, nes, famicom = (
        np.sqrt(spectrum(render(pulse(2047), output=output)))
        for output in ("bare", "nes", "famicom")
    )
    at = np.round(CLOCK / 16 / 2048 * np.arange(1, 250, 2)).astype(int)  # the odd partials

    def high(cutoff: float) -> NDArray[np.float64]:
        return 1 / np.sqrt(1 + (cutoff / at) ** 2)

    low = 1 / np.sqrt(1 + (at / 14_000) ** 2)
    np.testing.assert_allclose(nes[at] / bare[at], high(90) * high(440) * low, rtol=0.02)
    np.testing.assert_allclose(famicom[at] / bare[at], high(37), rtol=0.02)


@pytest.mark.parametrize("sample_rate", [8000, 48000, 192_000])
def test_other_rates_keep_pitch_and_length(sample_rate: int) -> None:
    made = render(pulse(253), sample_rate)
    assert len(made) == sample_rate
    assert abs(cents_off(made, CLOCK / 16 / 254, sample_rate)) < 0.05


def test_sound_begins_with_its_write() -> None:
    made = render(writes_of([(0, 0x15, 1), (1000, 0x11, 127)], 2000))
    assert np.argmax(np.abs(made)) in range(999, 1003)


def test_a_stream_goes_on_after_the_last_write() -> None:
    stream = Stream(pulse(253, samples=100))
    assert np.abs(stream.render(SECOND)[-1000:]).max() > 0.05


def test_without_a_compiler_the_sound_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    writes = pulse(253, samples=4000)
    expected = render(writes)
    monkeypatch.setattr(rendering, "available", lambda interface: False)
    assert isinstance(Stream(writes)._chip, PlainChip)
    np.testing.assert_allclose(render(writes), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("sample_rate", "output", "sentence"),
    [
        (7999, "nes", r"sample_rate must be 8000\.\.192000 Hz, got 7999"),
        (44100, "loud", "output must be one of bare, nes, famicom, got 'loud'"),
    ],
)
def test_bad_settings_get_a_sentence(
    sample_rate: int, output: rendering.Output, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        render(pulse(253), sample_rate, output)


def test_a_negative_count_gets_a_sentence() -> None:
    with pytest.raises(InputError, match="frames must not be negative, got -1"):
        Stream(pulse(253)).render(-1)
