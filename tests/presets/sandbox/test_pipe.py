import io
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.errors import ParseError
from starling.presets.sandbox.pipe import LENGTHS, ROOM, Message, read_message, write_message

NUMBERS = st.lists(st.floats(width=32, allow_nan=False), min_size=0, max_size=20)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()), NUMBERS)
def test_round_trip(header: dict[str, object], numbers: list[float]) -> None:
    header.pop("shape", None)
    samples = np.array([numbers, numbers], np.float32)
    stream = io.BytesIO()
    write_message(stream, Message(header, samples))
    write_message(stream, Message({"second": 1}))
    stream.seek(0)
    first, second = read_message(stream), read_message(stream)
    assert first is not None and second is not None
    assert first.header == header and first.samples.tobytes() == samples.tobytes()
    assert second.header == {"second": 1} and read_message(stream) is None


def test_a_broken_off_message_is_the_end() -> None:
    stream = io.BytesIO()
    write_message(stream, Message({"a": 1}, np.ones((2, 8), np.float32)))
    whole = stream.getvalue()
    for cut in range(len(whole)):
        assert read_message(io.BytesIO(whole[:cut])) is None


@pytest.mark.parametrize(
    "data",
    [
        LENGTHS.pack(2**31, 0),
        LENGTHS.pack(2, 3) + b"{}123",
        LENGTHS.pack(2, 0) + b"{}",
        LENGTHS.pack(13, 4) + b'{"shape":[9]}' + bytes(4),
        LENGTHS.pack(17, 4) + b'{"shape":[1e999]}' + bytes(4),
        LENGTHS.pack(2, 0) + b"xx",
    ],
)
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError, match="from a sandbox"):
        read_message(io.BytesIO(data))


def test_a_length_that_lies_takes_no_memory() -> None:
    """387 MB are claimed and 90 bytes come."""
    tracemalloc.start()
    try:
        assert read_message(io.BytesIO(LENGTHS.pack(0, 0x17171714) + bytes(90))) is None
        assert tracemalloc.get_traced_memory()[1] < 2 * ROOM
    finally:
        tracemalloc.stop()


def test_more_samples_than_there_is_room_for_at_first_are_read() -> None:
    samples = np.arange(ROOM // 2, dtype=np.float32).reshape(2, -1)  # twice the room
    stream = io.BytesIO()
    write_message(stream, Message({}, samples))
    stream.seek(0)
    found = read_message(stream)
    assert found is not None and np.array_equal(found.samples, samples)
