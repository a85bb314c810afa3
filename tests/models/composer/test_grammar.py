"""What a partly given score allows."""

import numpy as np
import pytest
from song_data import toy_song

from starling.models.composer import grammar
from starling.models.composer.grammar import NO_LIMIT, Given
from starling.models.errors import InputError

SILENT = [0, 0, 0, 0]


def melody() -> Given:
    """60 frames whose triangle is known: a note from frame 10 to 30, and from 50 on."""
    notes = np.zeros((60, 4), np.uint8)
    notes[10:30, 2] = notes[50:, 2] = 45
    return grammar.arrangement(notes, [0, 1, 3])


def test_the_next_thing_that_is_known_to_happen() -> None:
    given = melody()
    assert given.until_forced(0, SILENT, begins=True) == 10
    assert given.until_forced(10, [0, 0, 25, 0], begins=False) == 20
    assert given.until_forced(30, SILENT, begins=False) == 20
    assert given.until_forced(50, [0, 0, 25, 0], begins=False) == NO_LIMIT
    assert grammar.free(60).until_forced(0, SILENT, begins=True) == NO_LIMIT


def test_waits_end_where_something_may_happen() -> None:
    given = melody()
    assert np.flatnonzero(given.waits(0, 10, True)).tolist() == list(range(11))
    assert np.flatnonzero(given.waits(5, 5, False)).tolist() == [1, 2, 3, 4, 5]
    prompt = grammar.continuation(toy_song(0, 60), 30)
    assert np.flatnonzero(prompt.waits(55, NO_LIMIT, False)).tolist() == list(range(5, 49))
    assert np.flatnonzero(prompt.waits(0, NO_LIMIT, False)).tolist() == [48]


def test_choices_are_given_or_free() -> None:
    given = melody()
    assert given.choices(10, SILENT) == [None, None, 26, None]
    assert given.choices(12, [0, 0, 25, 0]) == [None, None, 0, None]


def test_something_must_happen_at_a_step() -> None:
    assert grammar.must_change(3, [None] * 4, [0, 0, 0, 0], 5)
    assert not grammar.must_change(2, [None] * 4, [0, 0, 0, 0], 5), "the noise still can"
    assert not grammar.must_change(3, [None] * 4, [0, 7, 0, 0], 5)
    assert not grammar.must_change(3, [None] * 4, [0, 0, 0, 0], 48), "a link of a chain"
    assert grammar.must_change(1, [None, None, 0, 0], [0, 0, 0, 0], 5)
    assert not grammar.must_change(1, [None, None, 9, 0], [0, 0, 0, 0], 5)


def test_mistakes_are_named() -> None:
    notes = toy_song(0, 40)
    with pytest.raises(InputError, match=r"frames must be 1\.\.86400, got 0"):
        grammar.free(0)
    with pytest.raises(InputError, match=r"voices to write must be some of 0\.\.3, got \[4\]"):
        grammar.arrangement(notes, [4])
    with pytest.raises(InputError, match=r"must lie in 0\.\.40, got 30\.\.50"):
        grammar.infilling(notes, [0], 30, 50)
    with pytest.raises(InputError, match="the prompt: frame 0 has note 20 in voice P1"):
        grammar.continuation(np.array([[20, 0, 0, 0]], np.uint8), 8)
