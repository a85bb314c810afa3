"""The four measures on sounds whose distance can be worked out by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from starling.models.dsp import sound_distance
from starling.models.errors import InputError

RATE = 44_100
TIME = np.arange(RATE) / RATE


def tone(hertz: float, level: float = 0.5) -> NDArray[np.float32]:
    return (level * np.sin(2 * np.pi * hertz * TIME)).astype(np.float32)[None]


def test_equal_sounds_have_no_distance() -> None:
    assert sound_distance.compare(tone(440), tone(440)) == sound_distance.Similarity(
        0.0, 0.0, 0.0, pytest.approx(1.0)
    )


def test_mss_and_sot_do_not_hear_the_level_and_wmfcc_does() -> None:
    found = sound_distance.compare(tone(440), tone(440, 0.05))
    assert found.mss == pytest.approx(0.0, abs=1e-3)
    assert found.sot == pytest.approx(0.0, abs=1e-6)
    assert found.wmfcc > 1
    even = sound_distance.levelled(tone(440, 0.05), tone(440))
    assert sound_distance.wmfcc(tone(440), even) == pytest.approx(0.0, abs=1e-3)


def test_sot_is_the_distance_between_tones_as_a_part_of_the_spectrum() -> None:
    """All of a tone's magnitude moves by the tones' distance; half the rate is the whole way."""
    found = sound_distance.sot(tone(2_000), tone(4_000))
    assert found == pytest.approx(2_000 / 22_050, rel=0.05)


def test_rms_cosine_of_two_halves_is_that_of_their_overlap() -> None:
    """Of two seconds, one sounds in the first 1, the other in the first 0.5: cos = sqrt(1/2)."""
    one = np.concatenate([tone(1_000), np.zeros_like(tone(1_000))], axis=1)
    other = one * (np.arange(2 * RATE) < RATE / 2)
    assert sound_distance.rms_cosine(one, other) == pytest.approx(np.sqrt(0.5), abs=0.02)


def test_mss_of_a_tone_that_stops_is_the_floor_where_it_is_missing() -> None:
    """Noise against the same noise of half the length: 80 dB below in half of the frames."""
    noise = np.random.default_rng(1).standard_normal((1, 2 * RATE)).astype(np.float32)
    other = noise * (np.arange(2 * RATE) < RATE)
    maps = sound_distance.mel_maps(noise, RATE)
    by_hand = np.mean([np.abs(m[..., m.shape[-1] // 2 :] + 80).mean() / 2 for m in maps])
    assert sound_distance.mss(noise, other) == pytest.approx(float(by_hand), rel=0.05)


def test_wmfcc_forgives_a_shift_in_time() -> None:
    burst = np.random.default_rng(2).standard_normal((1, RATE)).astype(np.float32)
    burst *= (np.arange(RATE) > 8_820) & (np.arange(RATE) < 17_640)
    later = np.roll(burst, 4_410 * 2, axis=1)
    straight = np.abs(sound_distance.mfcc(burst, RATE) - sound_distance.mfcc(later, RATE)).mean()
    assert sound_distance.wmfcc(burst, later) < 0.1 * straight


def brute(costs: NDArray[np.float64]) -> float:
    """Every way from corner to corner, a diagonal step weighing two."""
    rows, columns = costs.shape
    best = np.inf
    for steps in itertools.product(((1, 0), (0, 1), (1, 1)), repeat=rows + columns - 2):
        i = j = 0
        total = costs[0, 0]
        for down, right in steps:
            i, j = i + down, j + right
            if i >= rows or j >= columns:
                break
            total += costs[i, j] * (down + right)
            if (i, j) == (rows - 1, columns - 1):
                best = min(best, total)
                break
    return float(best if rows + columns > 2 else costs[0, 0])


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_the_warping_finds_the_cheapest_way(rows: int, columns: int, seed: int) -> None:
    costs = np.random.default_rng(seed).random((rows, columns))
    assert sound_distance.warped(costs) == pytest.approx(brute(costs))


def test_silence_is_reported_apart() -> None:
    with pytest.raises(InputError, match="the other sound is silent") as caught:
        sound_distance.compare(tone(440), tone(440, 1e-6))
    assert caught.value.code == "silent"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (tone(440)[:, :100], "must both be"),
        (tone(440)[0], "must both be"),
        (np.full((1, RATE), np.nan, np.float32), "not numbers"),
    ],
)
def test_sounds_that_cannot_be_compared_are_refused(other: NDArray[np.float32], why: str) -> None:
    with pytest.raises(InputError, match=why):
        sound_distance.compare(tone(440), other)


def test_the_numbers_are_the_published_code_s() -> None:
    """Its lines, with librosa; its dtw package's default is librosa's dtw with these weights."""
    librosa = pytest.importorskip("librosa", reason="compares with librosa: pip install librosa")
    rng = np.random.default_rng(3)
    one = (tone(220) + 0.01 * rng.standard_normal((2, RATE))).astype(np.float32)
    other = (tone(330, 0.2) * np.exp(-3 * TIME) + 0.02 * tone(90)).astype(np.float32).repeat(2, 0)
    sizes = {"n_mfcc": 20, "n_fft": 2205, "hop_length": 441, "n_mels": 128}
    first, second = (
        librosa.feature.mfcc(y=y, sr=RATE, **sizes).reshape(40, -1).T for y in (one, other)
    )
    costs = np.abs(first[:, None] - second[None]).mean(-1).astype(np.float64)
    steps = {"step_sizes_sigma": np.array([[1, 1], [0, 1], [1, 0]])}
    weights = {"weights_mul": np.array([2.0, 1.0, 1.0])}
    total = librosa.sequence.dtw(C=costs, backtrack=False, **steps, **weights)[-1, -1]
    found = sound_distance.compare(one, other)
    assert found.wmfcc == pytest.approx(total / sum(costs.shape), rel=1e-4)
    envelopes = [
        librosa.feature.rms(y=y.mean(0), frame_length=2205, hop_length=1102)[0]
        for y in (one, other)
    ]
    lengths = [np.linalg.norm(e) for e in envelopes]
    cosine = float(envelopes[0] @ envelopes[1] / (lengths[0] * lengths[1]))
    assert found.rms_cosine == pytest.approx(cosine, rel=1e-5)
