import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from song_data import needs_nesmdb, split, toy_song, toy_songs

from starling.models.composer import songs
from starling.models.composer.baselines import tx1
from starling.models.composer.baselines.tx1 import EVENTS, Event
from starling.models.composer.songs import CLASSES, Frames
from starling.models.errors import InputError

runs = st.lists(
    st.tuples(st.integers(1, 130), st.tuples(*(st.sampled_from([0, 1, n - 1]) for n in CLASSES))),
    max_size=8,
)


def song_of(given: list[tuple[int, tuple[int, ...]]]) -> Frames:
    """Frames in which each state is held for so long."""
    held = [np.repeat([classes], count, axis=0) for count, classes in given]
    return songs.from_classes(np.concatenate([np.zeros((0, 4), np.int64), *held]))


def test_the_table_has_lakhnes_s_630_events() -> None:
    assert len(EVENTS) == len(set(EVENTS)) == 630
    assert len(tx1.WAITS) == 370
    assert sum(event.note > 0 for event in EVENTS) == 76 + 76 + 88 + 16
    names = [event.name for event in EVENTS]
    assert names[:2] == ["WT_1", "WT_2"] and names[99:102] == ["WT_100", "WT_110", "WT_120"]
    assert names[189:192] == ["WT_1000", "WT_1100", "WT_1200"]
    assert names[369:372] == ["WT_100000", "P1_NOTEOFF", "P1_NOTEON_33"]
    assert names[-1] == "NO_NOTEON_16"


@pytest.mark.parametrize("token", range(0, 630, 7))
def test_names_and_numbers_are_inverse(token: int) -> None:
    assert tx1.token_of(EVENTS[token].name) == token


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("WT_101", "WT_100"),
        ("WT_105", "WT_110"),
        ("WT_1049", "WT_1000"),
        ("WT_999999", "WT_100000"),
    ],
)
def test_a_wait_becomes_the_nearest(name: str, wanted: str) -> None:
    assert EVENTS[tx1.token_of(name)].name == wanted


@pytest.mark.parametrize("name", ["P1_NOTEON_32", "NO_NOTEON_17", "TR_NOTEON_0"])
def test_a_note_out_of_range_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="plays the notes"):
        tx1.token_of(name)


@pytest.mark.parametrize("name", ["", "WT_", "P3_NOTEOFF", "P1_NOTEOFF_3", "P1_NOTEON_"])
def test_what_is_no_event_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="event must be like"):
        tx1.token_of(name)


def test_a_song_by_hand() -> None:
    frames = np.zeros((5, 4), np.uint8)
    frames[1:3, 0], frames[1:, 3] = 60, 16
    found = [EVENTS[token].name for token in tx1.encode(frames)]
    assert found == [
        *("WT_1800", "P1_NOTEON_60", "NO_NOTEON_16"),
        *("WT_3700", "P1_NOTEOFF", "WT_3700", "NO_NOTEOFF"),
    ]


@given(runs)
def test_frames_survive_chained_waits(given: list[tuple[int, tuple[int, ...]]]) -> None:
    frames = song_of(given)
    assert np.array_equal(tx1.decode(tx1.encode(frames)), frames)


def test_every_number_of_frames_has_a_wait_of_its_own() -> None:
    assert len(tx1.WHOLE_FRAMES) == tx1.MAX_FRAMES == 54


def test_long_waits_are_shortened_as_published() -> None:
    frames = np.zeros((200, 4), np.uint8)
    assert [EVENTS[token].name for token in tx1.encode(frames, chained=False)] == ["WT_100000"]
    assert len(tx1.decode(tx1.encode(frames, chained=False))) == 54


def test_waits_below_a_frame_add_up() -> None:
    half = tx1.token_of("WT_920")
    note = tx1.token_of("P2_NOTEON_70")
    assert tx1.decode([note, half]).shape == (0, 4)
    assert tx1.decode([note, half, half])[:, 1].tolist() == [70]


@pytest.mark.parametrize("token", [-1, 630])
def test_a_number_that_is_no_event_is_refused(token: int) -> None:
    with pytest.raises(InputError, match=r"token must be 0..629"):
        tx1.decode([token])


def test_what_is_evaluated_has_no_waits_around_it() -> None:
    frames = np.concatenate([np.zeros((3, 4), np.uint8), toy_song(1), np.zeros((9, 4), np.uint8)])
    tokens = tx1.trimmed(tx1.encode(frames))
    assert not EVENTS[tokens[0]].wait and not EVENTS[tokens[-1]].wait
    assert tx1.trimmed(tx1.encode(frames[:3])) == tx1.trimmed([]) == []
    short = songs.of([frames, frames[:3]])
    assert len(tx1.evaluated(short)) == 1
    assert tx1.event_count(short) == len(tokens) + 1


def test_an_event_is_named_as_published() -> None:
    assert Event(voice=3).name == "NO_NOTEOFF"


@needs_nesmdb
def test_every_song_of_the_validation_split_survives() -> None:
    assert all(np.array_equal(tx1.decode(tx1.encode(song)), song) for song in split("valid"))


def test_toy_songs_survive() -> None:
    for song in toy_songs():
        assert np.array_equal(tx1.decode(tx1.encode(song)), song)
