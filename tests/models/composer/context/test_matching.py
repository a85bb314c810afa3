"""Repeats that are found by hashes, against a search through every earlier place."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from starling.models.composer.context import matching
from starling.models.composer.context.matching import Sequences

ORDERS = (1, 2, 3, 5)
sequence = some.lists(some.integers(0, 2), max_size=30)


def sequences_of(parts: list[list[int]]) -> Sequences:
    symbols = np.array([each for part in parts for each in part], np.int64)
    return Sequences(symbols, np.cumsum([0, *map(len, parts)]))


def searched(known: list[int], place: int, order: int, within: list[int], most: int) -> int:
    """The latest place of `within`, at most `most`, whose past is that of a place of `known`."""
    past = known[place - order : place]
    found = [at for at in range(order, most + 1) if within[at - order : at] == past]
    return max(found, default=-1) if place >= order else -1


@given(some.lists(sequence, min_size=1, max_size=4))
def test_the_latest_repeat_of_a_past(parts: list[list[int]]) -> None:
    made = sequences_of(parts)
    begins = made.begins()
    for order, hashes in zip(ORDERS, matching.pasts(made, ORDERS), strict=True):
        latest = matching.latest(hashes)
        for row, part in enumerate(parts):
            for place in range(len(part) + 1):
                right = searched(part, place, order, part, place - 1)
                found = latest[begins[row] + place]
                assert found == (right if right < 0 else begins[row] + right)


@given(sequence, sequence)
def test_the_latest_repeat_in_another_sequence(one: list[int], other: list[int]) -> None:
    """Both advance by a symbol a step; a place counts from the step that reaches it."""
    mine, theirs = sequences_of([one]), sequences_of([other])
    for order in ORDERS:
        [ours], [others] = matching.pasts(mine, [order]), matching.pasts(theirs, [order])
        times = np.arange(-1, len(one)), np.arange(-1, len(other))
        latest = matching.latest_of_other(ours, times[0], others, times[1])
        for place in range(len(one) + 1):
            most = min(place, len(other))
            assert latest[place] == searched(one, place, order, other, most)


def test_symbols_are_spread_alike_in_python_and_numpy() -> None:
    symbols = [-1, 0, 1, 7, 400_099, 2**40]
    assert matching.mixed_all(np.array(symbols)).tolist() == list(map(matching.mixed, symbols))


def test_what_follows_a_place() -> None:
    made = sequences_of([[4, 5], [], [6]])
    assert made.at_places().tolist() == [4, 5, -1, -1, 6, -1]
    assert made.begins().tolist() == [0, 3, 4] and made.owner().tolist() == [0, 0, 0, 1, 2, 2]
