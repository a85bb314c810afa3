import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.samplernn.sampling import Draw, choose, initial_state, mixed, uniform


def test_splitmix_is_the_published_one() -> None:
    # first outputs of SplitMix64 from state 0 (Steele, Lea, Flood)
    gamma = 0x9E3779B97F4A7C15
    assert mixed(gamma) == 0xE220A8397B1DCDAF
    assert mixed(2 * gamma % 2**64) == 0x6E789E6AA1B965F4


def test_draws_are_even_and_belong_to_seed_and_position() -> None:
    draws = np.array([uniform(7, at) for at in range(20_000)])
    assert draws.min() >= 0 and draws.max() < 1
    counts, _ = np.histogram(draws, 20, (0, 1))
    assert np.square(counts - 1000).sum() / 1000 < 45  # chi-square of 19 degrees, p about .001
    assert uniform(7, 5) == uniform(7, 5) != uniform(8, 5)
    assert abs(np.corrcoef(draws[1:], draws[:-1])[0, 1]) < 0.03


@given(st.floats(0, 1, exclude_max=True, width=32), st.integers(0, 255))
def test_a_sure_level_is_always_chosen(chance: float, level: int) -> None:
    logits = np.full(256, -90, np.float32)
    logits[level] = 90
    assert choose(logits, Draw(), np.float32(chance)) == level


def test_frequencies_follow_the_probabilities() -> None:
    logits = np.full(256, -np.inf, np.float32)
    logits[[3, 10, 200]] = np.log([0.5, 0.3, 0.2])
    counts = np.zeros(256)
    for at in range(8000):
        counts[choose(logits, Draw(), uniform(1, at))] += 1
    assert counts[[3, 10, 200]] / 8000 == pytest.approx([0.5, 0.3, 0.2], abs=0.02)
    assert counts.sum() == counts[[3, 10, 200]].sum()


def test_temperature_and_limits() -> None:
    logits = np.full(256, -np.inf, np.float32)
    logits[[3, 10, 200]] = np.log([0.5, 0.3, 0.2])

    def possible(draw: Draw) -> set[int]:
        return {choose(logits, draw, np.float32(each)) for each in np.linspace(0, 0.999, 400)}

    assert possible(Draw()) == {3, 10, 200}
    assert possible(Draw(top_p=0.79)) == {3, 10} and possible(Draw(top_p=0.4)) == {3}
    assert possible(Draw(min_p=0.5)) == {3, 10} and possible(Draw(min_p=0.7)) == {3}
    cold = [choose(logits, Draw(temperature=0.05), uniform(1, at)) for at in range(500)]
    assert set(cold) == {3}


def test_an_initial_state_is_the_learned_one_or_random() -> None:
    learned = [np.ones((1, 2, 8), np.float32), np.zeros((1, 2, 8), np.float32)]
    assert all(map(np.array_equal, initial_state(learned, 4, 0.0), learned))
    kicked, other = initial_state(learned, 4, 1.0), initial_state(learned, 5, 1.0)
    assert np.abs(kicked[0]).max() <= 0.5 and not np.array_equal(kicked[0], kicked[1])
    assert not np.array_equal(kicked[0], other[0])
    half = initial_state(learned, 4, 0.5)[0]
    assert half == pytest.approx((1 + kicked[0]) / 2)
