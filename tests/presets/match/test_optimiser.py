"""The search alone, on a distance that is known: no synth, no sound."""

import numpy as np
import pytest

from starling.presets.formats.schema import Parameter, Schema
from starling.presets.match.ask_tell_loop import perturbed
from starling.presets.match.optimiser import Candidate, CoordinateSearch, DifferentialEvolution
from starling.presets.match.parameter_vector import SearchSpace, Vector

KNOBS = tuple(Parameter(f"knob{number}", 0, 1, 0.5) for number in range(6))
SWITCH = Parameter("switch", 0, 3, 0, "discrete", 4)
SPACE = SearchSpace(Schema("toy", "1", (*KNOBS, SWITCH)))
GOAL = np.array([0.2, 0.9, 0.5, 0.1, 0.6, 0.3, 2 / 3])


def distance(vector: Vector) -> float:
    return float(np.abs(vector - GOAL).sum())


def population(rng: np.random.Generator, size: int = 12) -> list[tuple[Vector, float]]:
    vectors = [SPACE.snapped(rng.random(7)) for _ in range(size)]
    return [(vector, distance(vector)) for vector in vectors]


def run(
    search: DifferentialEvolution | CoordinateSearch, count: int, ahead: int = 1
) -> tuple[Vector, float]:
    """Tell the losses `ahead` candidates later, as the real one does."""
    out: list[Candidate] = []
    for _ in range(count):
        out.append(search.ask())
        if len(out) == ahead:
            candidate = out.pop(0)
            search.tell(candidate, distance(candidate.vector))
    for candidate in out:
        search.tell(candidate, distance(candidate.vector))
    return search.best


@pytest.mark.parametrize("ahead", [1, 12])
def test_evolution_comes_near_and_never_goes_back(ahead: int) -> None:
    rng = np.random.default_rng(0)
    members = population(rng)
    start = min(loss for _, loss in members)
    vector, loss = run(DifferentialEvolution(SPACE, members, rng), 600, ahead)
    assert loss == distance(vector) < 0.15 * start
    assert vector[-1] == pytest.approx(2 / 3), "the switch is found"


def test_polish_finds_the_knobs_and_leaves_the_switch() -> None:
    rng = np.random.default_rng(1)
    start = SPACE.snapped(GOAL + 0.1)
    vector, loss = run(CoordinateSearch(SPACE, (start, distance(start)), rng), 300, ahead=4)
    assert vector[-1] == start[-1]
    assert loss - distance(np.append(GOAL[:-1], vector[-1])) < 0.06


STEPS = (100, 32, 8, 2, 2, 16, 4, 1)  # as of a DX7, which has no continuous parameter
ALL_DISCRETE = SearchSpace(
    Schema(
        "steps",
        "1",
        tuple(Parameter(f"p{n}", 0, max(s - 1, 1), 0, "discrete", s) for n, s in enumerate(STEPS)),
    )
)
WANTED = ALL_DISCRETE.snapped(np.array([0.37, 0.8, 0.6, 1, 0, 0.2, 0.7, 0]))


def test_polish_finds_the_steps_of_a_synth_without_continuous_parameters() -> None:
    rng = np.random.default_rng(4)
    search = CoordinateSearch(ALL_DISCRETE, (WANTED * 0, float(WANTED.sum())), rng)
    for _ in range(400):
        candidate = search.ask()
        assert np.abs(candidate.vector - search.best[0]).max() > 0, "every move is one"
        search.tell(candidate, float(np.abs(candidate.vector - WANTED).sum()))
    np.testing.assert_allclose(search.best[0], WANTED)


def test_copies_of_a_preset_of_steps_are_others_and_few_are_moved() -> None:
    vectors = perturbed(ALL_DISCRETE, [WANTED], 20, 0.1, np.random.default_rng(5))
    moved = [int((vector != WANTED).sum()) for vector in vectors]
    assert set(moved) == {1}, "a tenth of seven that can move"
    assert all((ALL_DISCRETE.snapped(vector) == vector).all() for vector in vectors)


def test_a_synth_of_both_kinds_is_polished_by_its_knobs() -> None:
    assert SPACE.turned.tolist() == list(range(6))
    assert ALL_DISCRETE.turned.tolist() == list(range(7)), "the last has nowhere to go"


def test_the_same_seed_asks_the_same() -> None:
    found = [
        run(DifferentialEvolution(SPACE, population(r), r), 50)
        for r in map(np.random.default_rng, [7] * 2)
    ]
    np.testing.assert_array_equal(found[0][0], found[1][0])


def test_a_worse_child_is_dropped() -> None:
    rng = np.random.default_rng(2)
    evolution = DifferentialEvolution(SPACE, population(rng), rng)
    before = evolution.best
    evolution.tell(Candidate(np.zeros(7), 0), float("inf"))
    assert evolution.best[1] == before[1]


def test_what_a_proxy_prefers_is_heard() -> None:
    """Screening with the distance itself needs fewer candidates."""
    losses = {}
    for screened in (False, True):
        rng = np.random.default_rng(3)
        predicted_loss = (lambda vectors: np.abs(vectors - GOAL).sum(axis=1)) if screened else None
        evolution = DifferentialEvolution(
            SPACE, population(rng), rng, predicted_loss=predicted_loss, offspring=4
        )
        losses[screened] = run(evolution, 150)[1]
    assert losses[True] < losses[False]
