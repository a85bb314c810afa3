"""Linear prediction: right values; the kernel, numpy and sample by sample find the same bytes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from starling.models.kernels.library import available
from starling.models.samplernn import kernel, prediction
from starling.models.samplernn.quantiser import LEVELS, SILENCE, Quantiser, encode

ORDER = 32
RATE = 16_000


def partials(count: int = 6_000) -> NDArray[np.uint8]:
    """The levels of two partials and a little noise, silent for a while."""
    time = np.arange(count) / RATE
    noise = np.random.default_rng(0).normal(0, 0.003, count)
    sound = 0.4 * np.sin(2 * np.pi * 220 * time) + 0.2 * np.sin(2 * np.pi * 661 * time) + noise
    sound[2_000:2_400] = 0
    return encode(sound.astype(np.float32), "mu-law")


def random_levels(seed: int, count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, LEVELS, count).astype(np.uint8)


@pytest.mark.parametrize("quantiser", ["mu-law", "linear"])
@pytest.mark.parametrize("order", [1, 32, 128])
@pytest.mark.skipif(not available(), reason="the kernel has not been compiled")
def test_the_kernel_finds_what_numpy_finds(order: int, quantiser: Quantiser) -> None:
    loud = np.tile(np.array([0, 255], np.uint8), 2_000)
    for levels in (partials(), random_levels(order, 5_000), loud, np.full(900, 129, np.uint8)):
        found = kernel.expected(levels, quantiser, order)
        np.testing.assert_array_equal(found, prediction.expected(levels, quantiser, order))


def test_sample_by_sample_it_is_the_same() -> None:
    levels = partials(1_500)
    one = prediction.Predictor("mu-law", ORDER)
    found = []
    for level in levels.tolist():
        found.append(one.expect())
        one.take(level)
    np.testing.assert_array_equal(found, prediction.expected(levels, "mu-law", ORDER))


def test_partials_are_predicted_and_the_spread_says_how_well() -> None:
    levels = partials()[2_600:]
    expected = prediction.expected(levels, "mu-law", ORDER).astype(int)
    late = slice(2_400, None)  # the window is full
    missed = np.abs(levels.astype(int) - expected[:, 0])[late].mean()
    stepped = np.abs(np.diff(levels.astype(int)))[late].mean()
    assert missed < stepped / 2
    numbers = prediction.tables("mu-law")
    sizes = prediction.spread_sizes()[expected[late, 1]] * numbers.steps[expected[late, 0]] / 2
    samples = numbers.samples[levels].astype(int)
    off = np.abs(samples - numbers.samples[expected[:, 0]])[late].mean()
    assert np.mean(np.abs(np.log2(sizes / off)) < 1) > 0.95


def test_a_tone_that_plays_on_keeps_its_pitch_and_its_level() -> None:
    """By the predictor alone, its misses drawn as wide as it says they are."""
    heard = partials()[2_600:]
    numbers, sizes = prediction.tables("mu-law"), prediction.spread_sizes()
    one, draws = prediction.Predictor("mu-law", ORDER), np.random.default_rng(2)
    for level in heard.tolist():
        one.expect()
        one.take(level)
    played = np.empty(3 * RATE, np.float32)
    for at in range(len(played)):
        level, spread, _ = one.expect()
        off = draws.laplace(0, sizes[spread] * numbers.steps[level] / 2)
        played[at] = (one.sample + off) / 2**prediction.SAMPLE_BITS
        one.take(int(encode(played[at : at + 1], "mu-law")[0]), drawn=True)
    second = played[-RATE:]
    before = numbers.samples[heard][-2_000:] / 2**prediction.SAMPLE_BITS
    assert 20 * np.log10(second.std() / before.std()) == pytest.approx(0, abs=4)
    spectrum = np.abs(np.fft.rfft(second * np.hanning(RATE)))
    assert np.argmax(spectrum) == pytest.approx(220, abs=4)


def test_silence_is_expected_of_silence() -> None:
    levels = np.full(300, SILENCE, np.uint8)
    assert prediction.expected(levels, "mu-law", ORDER).tolist() == [[SILENCE, 0, 128]] * 300


def test_of_a_first_order_process_the_coefficient_is_its_correlation() -> None:
    drawn = np.random.default_rng(1).normal(0, 2**16, prediction.WINDOW)
    process = np.zeros(prediction.WINDOW)
    for at in range(1, len(process)):
        process[at] = 0.9 * process[at - 1] + drawn[at]
    window = prediction.tables("mu-law").window
    sums = prediction.autocorrelations(process.astype(np.int64)[None], window, 1)
    (found,) = prediction.coefficients(sums)
    assert found[0] / 2**prediction.SAMPLE_BITS == pytest.approx(0.9, abs=0.03)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), cut=st.integers(1, 700))
def test_nothing_but_the_past_is_used(seed: int, cut: int) -> None:
    levels = random_levels(seed, 700)
    other = levels.copy()
    other[cut:] = random_levels(seed + 100, 700 - cut)
    one, two = (prediction.expected(each, "mu-law", ORDER) for each in (levels, other))
    np.testing.assert_array_equal(one[: cut + 1], two[: cut + 1])


def test_every_level_is_predicted_as_itself() -> None:
    numbers = prediction.tables("mu-law")
    index = (numbers.samples >> (prediction.SAMPLE_BITS - prediction.INDEX_BITS)) + 2**15
    assert numbers.nearest[index].tolist() == list(range(LEVELS))
    assert np.all(np.diff(numbers.nearest.astype(int)) >= 0)
