import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.engine.sounds import wav
from starling.models.errors import InputError, ParseError

STEREO = np.array([[0.0, 0.5, -1.0], [1.0, -0.25, 0.125]], np.float32)


def test_the_bytes_are_pinned() -> None:
    """The same sound gives the same file on every machine and in every version."""
    assert wav.encode(STEREO[:1, :2], 44_100, root=38, recipe="{}") == bytes.fromhex(
        "52494646 7e000000 57415645"  # RIFF, 126 bytes follow, WAVE
        "666d7420 12000000 0300 0100 44ac0000 10b10200 0400 2000 0000"  # fmt: float, 1, 44,100
        "66616374 04000000 02000000"  # fact: 2 frames
        "736d706c 24000000 00000000 00000000 93580000 26000000"  # smpl: 22,675 ns, note 38
        "00000000 00000000 00000000 00000000 00000000"
        "4c495354 10000000 494e464f 49434d54 03000000 7b7d00 00"  # LIST INFO ICMT {}
        "64617461 08000000 00000000 0000003f"  # data: 0.0 0.5
    )


def test_another_reader_finds_the_same_samples(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav.encode(STEREO, 48_000, recipe="x" * 501))
    audio, rate = soundfile.read(path, dtype="float32")
    assert rate == 48_000
    assert np.array_equal(audio.T, STEREO)


def test_the_header_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav.encode(STEREO, 48_000, root=41, recipe='{"é":1}'))
    assert wav.read_header(path) == wav.WavHeader(3, 48_000, 2, 41, '{"é":1}')


@pytest.mark.parametrize(
    "audio",
    [
        np.zeros((1, 0), np.float32),
        np.zeros((3, 8), np.float32),
        np.zeros(8, np.float32),
        np.full((1, 8), np.nan, np.float32),
        np.full((1, 8), np.inf, np.float32),
    ],
)
def test_what_is_no_sound_is_refused(audio: np.ndarray) -> None:
    with pytest.raises(InputError):
        wav.encode(audio, 44_100)


@pytest.mark.parametrize("cut", [0, 3, 12, 40, 100, 140, 1])
def test_a_file_cut_short_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.wav"
    whole = wav.encode(STEREO, 44_100)
    path.write_bytes(whole[: -cut or None] if cut == 1 else whole[:cut])
    with pytest.raises(ParseError, match="not a sound of the store"):
        wav.read_header(path)


def test_foreign_wav_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, STEREO.T, 44_100, subtype="PCM_16")
    with pytest.raises(ParseError):
        wav.read_header(path)


def resized(data: bytes, at: int, form: str, value: int) -> bytes:
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


@pytest.mark.parametrize(
    ("at", "form", "value"),
    [
        (22, "<H", 0),  # channels
        (22, "<H", 9),
        (22, "<H", 1),  # not those of the samples
        (24, "<I", 1),  # Hz
        (24, "<I", 2**31),
        (34, "<H", 16),  # bits
        (46, "<I", 0),  # frames
        (46, "<I", 1_000_000_000),
        (70, "<I", 128),  # the root note
    ],
)
def test_a_header_that_cannot_be_is_refused(tmp_path: Path, at: int, form: str, value: int) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(resized(wav.encode(STEREO, 44_100), at, form, value))
    with pytest.raises(ParseError, match="not a sound of the store"):
        wav.read_header(path)
