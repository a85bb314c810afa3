"""WAV, RF64 and AIFF whose lengths say nothing, or whose chunks are not padded."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.dsp.files import sound_file

RATE = 44_100
SOUND = (0.5 * np.sin(2 * np.pi * 440 * np.arange(5_000) / RATE)).astype(np.float32)
ODD = b"odd"  # the content of an odd chunk


def written(path: Path, subtype: str = "PCM_24", kind: str = "WAV") -> bytes:
    soundfile.write(path, SOUND, RATE, format=kind, subtype=subtype)
    return path.read_bytes()


def with_length(data: bytes, name: bytes, length: int, order: str = "<") -> bytes:
    at = data.index(name) + 4
    return data[:at] + struct.pack(f"{order}I", length) + data[at + 4 :]


def assert_whole(path: Path, data: bytes, tolerance: float = 1e-6) -> None:
    path.write_bytes(data)
    facts = sound_file.probe(path)
    frames, rate = sound_file.read_sound(path)
    assert (rate, facts.present, len(frames)) == (RATE, 1.0, len(SOUND))
    assert facts.seconds == len(SOUND) / RATE
    assert np.abs(frames[:, 0] - SOUND).max() < tolerance


UNKNOWN = [0, 0x7F000000, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFF - 36]


@pytest.mark.parametrize("length", UNKNOWN)
@pytest.mark.parametrize(("subtype", "tolerance"), [("PCM_24", 1e-6), ("FLOAT", 1e-9)])
def test_wav_of_unknown_length(tmp_path: Path, subtype: str, tolerance: float, length: int) -> None:
    data = written(tmp_path / "a.wav", subtype)
    streamed = with_length(with_length(data, b"data", length), b"RIFF", length)
    assert_whole(tmp_path / "b.wav", streamed, tolerance)


@pytest.mark.parametrize("length", [0, 8, 0x7F000008, 0xFFFFFFFF])
def test_aiff_of_unknown_length(tmp_path: Path, length: int) -> None:
    data = written(tmp_path / "a.aif", kind="AIFF")
    assert_whole(tmp_path / "b.aif", with_length(data, b"SSND", length, ">"))


@pytest.mark.parametrize("length", [bytes(8), b"\xff" * 8])
def test_rf64_of_unknown_length(tmp_path: Path, length: bytes) -> None:
    data = written(tmp_path / "a.rf64", kind="RF64")
    at = data.index(b"ds64") + 8
    assert_whole(tmp_path / "b.rf64", data[:at] + 3 * length + data[at + 24 :])


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize(
    ("kind", "name", "following", "order"),
    [
        ("WAV", b"LIST", b"data", "<"),
        ("AIFF", b"NAME", b"SSND", ">"),
        ("WAV", b"odd ", b"data", "<"),
    ],
)
def test_an_odd_chunk_with_or_without_its_pad(
    tmp_path: Path, kind: str, name: bytes, following: bytes, order: str, padded: bool
) -> None:
    data = written(tmp_path / "a", kind=kind)
    at = data.index(following)
    chunk = name + struct.pack(f"{order}I", len(ODD)) + ODD + bytes(padded)
    assert_whole(tmp_path / "b", data[:at] + chunk + data[at:])


def test_a_wav_that_says_it_holds_nothing_and_goes_on_with_a_chunk_holds_nothing(
    tmp_path: Path,
) -> None:
    data = written(tmp_path / "a.wav")
    empty = with_length(data[: data.index(b"data") + 8], b"data", 0)
    path = tmp_path / "b.wav"
    for tail in (b"", b"LIST" + struct.pack("<I", 4) + b"INFO"):
        path.write_bytes(empty + tail)
        assert sound_file.probe(path).seconds == 0


@pytest.mark.parametrize(("kind", "header"), [("WAV", 44), ("AIFF", 54)])
def test_what_a_cut_file_lacks_is_known(tmp_path: Path, kind: str, header: int) -> None:
    path = tmp_path / "a"
    data = written(path, kind=kind)
    path.write_bytes(data[: header + 3 * len(SOUND) // 2])
    assert sound_file.probe(path).present == pytest.approx(0.5, abs=0.01)
    assert len(sound_file.read_sound(path)[0]) == pytest.approx(len(SOUND) / 2, abs=20)
