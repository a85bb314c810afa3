"""A file as if parts of it were joined."""

import io
import os

from hypothesis import given
from hypothesis import strategies as st

from starling.models.dsp.files.spliced import SplicedFile

CONTENT = bytes(range(100))
RANGES = st.builds(lambda a, b: range(min(a, b), max(a, b)), *[st.integers(0, 100)] * 2)


@given(
    st.lists(st.binary(max_size=5) | RANGES, max_size=6),
    st.integers(0, 150),
    st.integers(1, 60),
)
def test_it_reads_like_its_parts_joined(parts: list[bytes | range], start: int, count: int) -> None:
    whole = b"".join(
        part if isinstance(part, bytes) else CONTENT[part.start : part.stop] for part in parts
    )
    file = SplicedFile(io.BytesIO(CONTENT), parts)
    assert file.read() == whole
    assert file.seek(0, os.SEEK_END) == len(whole)
    file.seek(start)
    assert io.BufferedReader(file).read(count) == whole[start : start + count]


def test_before_the_start_is_the_start() -> None:
    file = SplicedFile(io.BytesIO(CONTENT), (range(10, 20),))
    assert file.seek(-5, os.SEEK_CUR) == 0
    assert file.read(2) == b"\x0a\x0b"
