"""Recordings cut into chunks: short ones joined, silence left out, some held out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starling.models.datasets.albums import pieces
from starling.models.datasets.albums.pieces import Cut, Part
from starling.models.errors import InputError

RATE = 100


def part(seconds: float, name: str = "a", label: str = "x", level: float = 0.5) -> Part:
    return Part(name, label, np.full(int(seconds * RATE), level, np.float32))


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.floats(0.5, 90), st.sampled_from("xyz")), min_size=1, max_size=8),
    st.floats(1, 10),
    st.floats(0, 0.9),
    st.floats(0.05, 0.5),
)
def test_no_frame_is_both_in_training_and_in_validation(
    recordings: list[tuple[float, str]], seconds: float, overlap: float, share: float
) -> None:
    parts = [part(lasts, str(at), label) for at, (lasts, label) in enumerate(recordings)]
    try:
        made = pieces.cut(parts, RATE, Cut(seconds, overlap * seconds, share))
    except InputError as error:
        assert error.code == "too_short"
        return
    for piece in made.pieces:
        seen = np.zeros((2, len(piece.part.signal)), bool)
        for row, starts in enumerate((piece.training, piece.validation)):
            for start in starts:
                assert 0 <= start <= len(piece.part.signal) - made.chunk
                seen[row, start : start + made.chunk] = True
        assert not seen.all(axis=0).any()
        assert seen[1].sum() == len(piece.validation) * made.chunk
    for label in {piece.part.label for piece in made.pieces}:
        assert any(len(piece.training) for piece in made.pieces if piece.part.label == label)


def test_a_long_recording_holds_out_its_end() -> None:
    made = pieces.cut([part(200)], RATE, Cut())
    [piece] = made.pieces
    assert made.chunk == 800 and made.skipped == made.warnings == ()
    assert piece.validation.tolist() == [18_400, 19_200]  # 16 s of 200: the nearest to 20 below
    assert piece.training[:3].tolist() == [0, 400, 800]
    assert piece.training[-1] + 800 == 18_400


def test_short_recordings_of_a_class_are_joined_without_a_click() -> None:
    parts = [part(3, "a"), part(90, "b"), part(4, "c"), part(6, "d", "y"), part(5, "e", "y")]
    made = pieces.cut(parts, RATE, Cut())
    assert [each.part.name for each in made.pieces] == ["b", "d to e"]
    assert "2 recordings of class x are shorter than 8 s and are joined" in made.warnings[0]
    assert made.skipped == ("a to c lasts 7.0 s, less than a chunk of 8.0",)
    tone = np.full(300, 0.5, np.float32)
    joined = pieces._join([Part("a", "x", tone), Part("b", "x", tone)], 1000).signal
    assert len(joined) == 600 and joined[0] == joined[299] == joined[300] == joined[-1] == 0
    assert (joined[5:295] == 0.5).all() and (joined[305:595] == 0.5).all()
    assert (tone == 0.5).all()


def test_little_sound_shortens_the_chunk() -> None:
    made = pieces.cut([part(10)], RATE, Cut())
    assert made.chunk == 500 and "chunks last 5.0 s, not 8" in made.warnings[0]
    [piece] = made.pieces
    assert piece.training.tolist() == [0] and piece.validation.tolist() == [500]
    assert pieces.cut([part(2)], RATE, Cut()).chunk == 100


def test_an_album_of_a_second_says_how_much_is_needed() -> None:
    with pytest.raises(InputError, match=r"needs 2 s of sound.*there are 1\.0 s") as caught:
        pieces.cut([part(1)], RATE, Cut())
    assert caught.value.code == "too_short"


def test_silence_is_left_out_of_either() -> None:
    parts = [part(200, "song")]
    parts[0].signal[2_000:2_400] = 6e-4  # below -64 dB, for half a chunk
    parts[0].signal[19_300:20_000] = 0
    made = pieces.cut(parts, RATE, Cut())
    [piece] = made.pieces
    assert made.skipped == ("3 of 47 chunks of song: half of each or more is silent, below -64 dB",)
    assert not {1600, 2000} & set(piece.training.tolist())
    assert {1200, 2400} <= set(piece.training.tolist())
    assert piece.validation.tolist() == [18_400]
    parts[0].signal[2_399] = 7e-4  # not below -64 dB: less than half a chunk is silent
    assert pieces.cut(parts, RATE, Cut()).skipped[0].startswith("1 of 47")


def test_a_class_of_silence_is_left_out_and_an_album_of_it_is_refused() -> None:
    still = Part("still", "y", np.zeros(4_000, np.float32))
    made = pieces.cut([part(60), still], RATE, Cut())
    assert [each.part.label for each in made.pieces] == ["x"]
    assert made.skipped[-1] == "class y is left out: no chunk of it is left to learn from"
    with pytest.raises(InputError, match="class y is left out") as caught:
        pieces.cut([still], RATE, Cut())
    assert caught.value.code == "no_sounds"


def test_no_validation_is_said() -> None:
    made = pieces.cut([part(9, "a"), part(9, "b", "y")], RATE, Cut())
    assert made.warnings == ("no chunk is left to validate on",)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((0.5, 0, 0.1), "seconds must be 1..60, got 0.5"),
        ((61, 0, 0.1), "seconds must be 1..60, got 61"),
        ((float("nan"), 0, 0.1), "seconds must be 1..60, got nan"),
        ((8, 8, 0.1), "overlap must be 0 or more and below seconds, got 8"),
        ((8, -1, 0.1), "overlap must be 0 or more and below seconds, got -1"),
        ((8, 4, 0), "held_out must be above 0 and up to 0.5, got 0"),
        ((8, 4, 0.6), "held_out must be above 0 and up to 0.5, got 0.6"),
    ],
)
def test_mistakes_are_sentences(values: tuple[float, float, float], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        Cut(*values)
    assert str(caught.value) == sentence


def test_the_table_of_chunks() -> None:
    starts = [np.array([0, 4]), np.zeros(0, np.int64), np.array([8])]
    assert pieces.table(starts).tolist() == [[0, 0], [0, 4], [2, 8]]
    assert pieces.table([starts[1]]).shape == (0, 2)
