import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.samplernn.sampling import Draw, choose, mixed, start_of, uniform


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


def test_seeds_choose_from_as_many_moments_as_variety_says() -> None:
    moments = list(np.arange(40, dtype=np.uint8).reshape(10, 4))

    def chosen(variety: float) -> set[int]:
        found = [start_of(moments, seed, variety) for seed in range(300)]
        return {-1 if each is None else int(each[0]) // 4 for each in found}

    assert chosen(0.0) == chosen(0.04) == {-1}  # the learned beginning
    assert chosen(0.3) == {-1, 0, 1, 2}
    assert chosen(1.0) == set(range(10))
    assert start_of((), 7, 1.0) is None and start_of((), 7, 0.0, from_silence=False) is None


def test_networks_that_go_on_as_what_they_hear_never_begin_after_silence() -> None:
    moments = list(np.arange(40, dtype=np.uint8).reshape(10, 4))
    for variety, count in ((0.0, 1), (0.3, 3), (1.0, 10)):
        found = [start_of(moments, seed, variety, from_silence=False) for seed in range(300)]
        assert {-1 if each is None else int(each[0]) // 4 for each in found} == set(range(count))


def test_a_seed_chooses_the_same_moment() -> None:
    moments = list(np.arange(40, dtype=np.uint8).reshape(10, 4))
    assert start_of(moments, 7, 1.0) is start_of(moments, 7, 1.0)
