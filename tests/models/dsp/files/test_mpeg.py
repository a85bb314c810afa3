"""MP3 with damaged tags, and of a variable rate without its count of frames."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.dsp.files import mpeg, sound_file
from starling.models.errors import ParseError

RATE = 44_100
SOUND = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
SOUND *= np.linspace(0, 1, RATE, dtype=np.float32) ** 4  # so that the bit rate varies
TEXT = b"TIT2" + (5).to_bytes(4, "big") + b"\0\0\0name" + bytes(100)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("mp3") / "a.mp3"
    soundfile.write(path, SOUND, RATE)
    return path.read_bytes()


def tag(length: int) -> bytes:
    seven = bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + seven + TEXT


def read(path: Path, data: bytes) -> np.ndarray:
    path.write_bytes(data)
    frames, _ = sound_file.read_sound(path)
    assert sound_file.probe(path).seconds == pytest.approx(len(frames) / RATE)
    return frames


@pytest.mark.parametrize("length", [len(TEXT), 20, 100 * len(TEXT), 2**28 - 1])
def test_the_length_of_a_tag_may_be_wrong(tmp_path: Path, whole: bytes, length: int) -> None:
    plain = read(tmp_path / "a.mp3", whole)
    assert plain.shape == (RATE, 1)
    assert np.array_equal(read(tmp_path / "b.mp3", tag(length) + whole), plain)


def test_a_tag_of_no_legal_length(
    tmp_path: Path, whole: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """The decoder would write of it to the terminal."""
    plain = read(tmp_path / "a.mp3", whole)
    damaged = b"ID3\x03\x00\x00\xff\xff\xff\xff" + TEXT + whole
    assert np.array_equal(read(tmp_path / "b.mp3", damaged), plain)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("length", range(3, 11))
def test_a_file_that_ends_within_a_tags_head_is_no_sound(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.wav"  # whatever its name
    path.write_bytes(tag(len(TEXT))[:length])
    with pytest.raises(ParseError):
        sound_file.probe(path)


@pytest.mark.parametrize(
    "after",
    [
        b"TAG" + bytes(125),
        b"APETAGEX" + (2000).to_bytes(4, "little") + (32).to_bytes(4, "little") + bytes(16),
    ],
)
def test_tags_at_the_end_are_no_sound(tmp_path: Path, whole: bytes, after: bytes) -> None:
    plain = read(tmp_path / "a.mp3", whole)
    assert np.array_equal(read(tmp_path / "b.mp3", whole + after), plain)


@pytest.mark.parametrize("short", [0, 10, 100])
def test_a_tag_at_the_end_that_claims_all_sound_has_none(
    tmp_path: Path, whole: bytes, short: int
) -> None:
    before = tag(len(TEXT))
    size = len(before) + len(whole) + 32
    foot = b"APETAGEX" + (2000).to_bytes(4, "little") + (size - short).to_bytes(4, "little")
    plain = read(tmp_path / "a.mp3", whole)
    assert np.array_equal(read(tmp_path / "b.mp3", before + whole + foot + bytes(16)), plain)


def test_a_tag_at_the_end_that_stands_before_the_sound_is_none() -> None:
    """The word TAG 128 bytes before the end, and behind it the only frame, cut short."""
    data = b"ID3\x03\x00\x00" + bytes(4) + b"TAG" + bytes.fromhex("ff fb 90 00") + bytes(121)
    found = mpeg.mend(io.BytesIO(data), len(data))
    assert found is not None and found.parts == (range(13, 138),)


def test_a_variable_rate_without_a_count_loses_nothing(tmp_path: Path, whole: bytes) -> None:
    """Libsndfile would estimate the length from the first frame's rate."""
    at = whole.index(b"Xing")
    read_back = read(tmp_path / "b.mp3", whole[:at] + bytes(4) + whole[at + 4 :])
    assert len(read_back) >= RATE
    plain = read(tmp_path / "a.mp3", whole)
    delay = int(np.argmax(np.correlate(read_back[:, 0], plain[20_000:40_000, 0]))) - 20_000
    assert np.allclose(read_back[delay : delay + RATE, 0], plain[:, 0], atol=1e-6)
