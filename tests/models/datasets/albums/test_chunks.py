"""Where signals are cut: the arithmetic of chunks, silence and what is held out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.datasets.albums import chunks


@pytest.mark.parametrize(
    ("frames", "expected"),
    [(0, []), (7, []), (8, [0]), (9, [0, 1]), (12, [0, 4]), (15, [0, 4, 7]), (16, [0, 4, 8])],
)
def test_chunks_start_every_hop_and_the_last_ends_with_the_signal(
    frames: int, expected: list[int]
) -> None:
    found = chunks.starts(frames, 8, 4)
    assert found.tolist() == expected and found.dtype == np.int64


def test_quiet_runs_at_the_start_inside_and_at_the_end() -> None:
    signal = np.array([0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0], np.float32)
    assert chunks.quiet_runs(signal, 0.5, 3).tolist() == [[0, 3], [7, 11], [12, 15]]
    assert chunks.quiet_runs(signal, 0.5, 4).tolist() == [[7, 11]]
    assert chunks.quiet_runs(np.zeros(9, np.float32), 0.5, 3).tolist() == [[0, 9]]
    assert chunks.quiet_runs(np.ones(9, np.float32), 0.5, 3).shape == (0, 2)


@given(
    st.lists(st.sampled_from([0.0, 0.4, -1.0]), max_size=60),
    st.integers(1, 5),
    st.integers(1, 7),
)
def test_quiet_runs_are_the_same_in_blocks_of_any_size(
    samples: list[float], least: int, block: int
) -> None:
    signal = np.array(samples, np.float32)
    before, chunks.BLOCK = chunks.BLOCK, block
    try:
        found = chunks.quiet_runs(signal, 0.5, least).tolist()
    finally:
        chunks.BLOCK = before
    expected, at = [], 0
    while at < len(signal):
        end = at
        while end < len(signal) and abs(signal[end]) < 0.5:
            end += 1
        if end - at >= least:
            expected.append([at, end])
        at = end + 1
    assert found == expected


def test_a_chunk_is_quiet_from_the_least_run_on() -> None:
    runs = np.array([[4, 8]])
    found = chunks.quiet(np.array([0, 1, 4, 5, 8]), 6, runs, 3)
    assert found.tolist() == [False, True, True, True, False]
    assert not chunks.quiet(np.array([0, 1]), 6, np.zeros((0, 2), np.int64), 3).any()


def test_two_runs_of_a_chunk_do_not_add_up() -> None:
    assert not chunks.quiet(np.array([0]), 10, np.array([[0, 2], [4, 6]]), 3).any()


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([1000], [96]),
        ([100, 100, 12], [8, 16, 0]),
        ([16], [8]),
        ([15], [0]),
        ([15, 9], [0, 9]),
        ([12] * 10, [0, 0, 0, 12, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_what_is_held_out(lengths: list[int], expected: list[int]) -> None:
    assert chunks.held_out(lengths, 8, 0.1) == expected


@given(
    st.lists(st.integers(8, 500), min_size=1, max_size=20),
    st.floats(0.01, 0.5),
)
def test_something_is_left_to_learn_from_and_about_the_share_is_held_out(
    lengths: list[int], share: float
) -> None:
    held = chunks.held_out(lengths, 8, share)
    assert all(0 <= part <= whole for part, whole in zip(held, lengths, strict=True))
    assert any(whole - part >= 8 for part, whole in zip(held, lengths, strict=True))
    if sum(whole // 8 for whole in lengths) >= 2:
        assert any(held)
    assert sum(held) <= share * sum(lengths) + 16
