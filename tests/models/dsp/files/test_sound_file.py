"""Sound files of every kind, good and bad."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from starling.models.dsp.files import sound_file
from starling.models.errors import MissingError, ParseError

RATE = 44100


def sine(seconds: float = 0.1, hertz: float = 440.0, rate: int = RATE) -> NDArray[np.float32]:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(
        np.float32
    )


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_load_every_bit_depth(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, sine(), RATE, subtype=subtype)
    loaded = sound_file.load_sound(path, RATE)
    assert loaded.dtype == np.float32
    assert np.abs(loaded - sine()).max() < 0.01


@pytest.mark.parametrize("channels", range(1, 9))
def test_load_every_channel_count(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.tile(sine()[:, None], (1, channels)), RATE, subtype="FLOAT")
    assert np.abs(sound_file.load_sound(path, RATE) - sine()).max() < 1e-6


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000, 192000])
def test_load_every_rate(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, sine(0.5, rate=rate), rate)
    loaded = sound_file.load_sound(path, RATE)
    assert abs(len(loaded) - RATE // 2) <= 2
    middle = slice(RATE // 10, 4 * RATE // 10)
    assert np.abs(loaded[middle] - sine(0.5)[middle]).max() < 0.01


def text_file(path: Path) -> None:
    path.write_text("this is not a sound\n")


def empty_file(path: Path) -> None:
    path.write_bytes(b"")


def no_frames(path: Path) -> None:
    soundfile.write(path, np.zeros(0, np.float32), RATE)


def silence(path: Path) -> None:
    soundfile.write(path, np.zeros(1000, np.float32), RATE)


def not_a_number(path: Path) -> None:
    soundfile.write(path, np.full(1000, np.nan, np.float32), RATE, subtype="FLOAT")


def header_only(path: Path) -> None:
    soundfile.write(path, sine(), RATE)
    path.write_bytes(path.read_bytes()[:20])


@pytest.mark.parametrize(
    "spoil", [text_file, empty_file, no_frames, silence, not_a_number, header_only]
)
def test_load_bad_file_names_it(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    path = tmp_path / "bad.wav"
    spoil(path)
    with pytest.raises(ParseError, match=r"bad\.wav"):
        sound_file.load_sound(path, RATE)


def test_load_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        sound_file.load_sound(tmp_path / "none.wav", RATE)


def test_load_truncated_data_reads_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    soundfile.write(path, sine(1.0), RATE)
    path.write_bytes(path.read_bytes()[: RATE + 44])
    assert 0 < len(sound_file.load_sound(path, RATE)) <= RATE // 2 + 1


def test_load_stops_at_max_seconds(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, sine(3.0), RATE)
    assert len(sound_file.load_sound(path, RATE, max_seconds=1.0)) == RATE


def test_more_than_64_channels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros((10, 65), np.float32), RATE)
    with pytest.raises(ParseError, match=r"a\.wav has 65 channels; at most 64"):
        sound_file.probe(path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.wav", b"", "a.wav is empty (0 bytes)"),
        ("a.raw", bytes(1000), "a.raw has no header that says its rate and width"),
        ("a.RAW", b"RIFF", "a.RAW has no header"),
        ("a.mp3", b"ID3\x03\x00\x00\x7f\x7f\x7f\x7f" + bytes(500), "a.mp3 is not a sound file"),
        ("a.flac", b"fLaC" + bytes(100), "a.flac is not a sound file"),
        ("a.wav", b"RIFF\x10\0\0\0WAVEfmt \x04\0\0\0\1\0\1\0", "a.wav is not a sound file"),
        ("a.txt", b"words", "a.txt is not a sound file"),
    ],
)
def test_why_a_file_is_not_read_is_said_in_our_words(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ParseError) as caught:
        sound_file.read_sound(path)
    assert str(caught.value).startswith(reason)
    assert "libsndfile" not in str(caught.value)


def test_a_name_that_is_not_utf8_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9.wav"
    soundfile.write(tmp_path / "a.wav", sine(), RATE)
    try:
        (tmp_path / "a.wav").rename(path)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert sound_file.probe(path).seconds == pytest.approx(0.1)


def test_a_fault_of_the_callers_own_is_not_the_files(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", sine(), RATE)
    with pytest.raises(ValueError, match="mine"), sound_file.opened(tmp_path / "a.wav"):
        raise ValueError("mine")


def test_a_rate_that_nothing_records_at_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, np.ones(100), 8_000)
    data = bytearray(path.read_bytes())
    data[24:28] = (2_000_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(ParseError, match="2000000000 Hz; at most 1536000"):
        sound_file.read_sound(path)


HOSTILE = {
    "ID3": b"ID3\x03\x00\x00\x00\x00\x00\x05",
    "FLAC": b"fLaC" + bytes(4) + b"\x10" + bytes(33),
}
FILLINGS = ("ff", "fffb", "fff8c918", "fffb9000")


@pytest.mark.parametrize("start", HOSTILE)
@pytest.mark.parametrize("filling", FILLINGS)
def test_a_hostile_file_is_answered_soon(tmp_path: Path, start: str, filling: str) -> None:
    path, each = tmp_path / "a.mp3", bytes.fromhex(filling)
    path.write_bytes(HOSTILE[start] + each * (2**22 // len(each)))
    began = time.process_time()
    with contextlib.suppress(ParseError):
        sound_file.read_sound(path, max_seconds=1.0)
    assert time.process_time() - began < 5
