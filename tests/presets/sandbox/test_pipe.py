import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.errors import ParseError
from starling.presets.sandbox.pipe import LENGTHS, Message, read_message, write_message

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
