import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.engine.sounds import seal, wav
from starling.models.errors import ParseError

SOUND = np.array([[0.0, 0.5, -1.0]], np.float32)
NOTES = (b"123456789", b"")
HEADER = wav.WavHeader(3, 48_000, 1, 60, "{}")


def written(folder: Path) -> tuple[Path, list[Path]]:
    path, beside = folder / "a.wav", [folder / "a.mid", folder / "a.vgm"]
    path.write_bytes(seal.sealed(wav.encode(SOUND, 48_000, recipe="{}"), NOTES))
    beside[0].write_bytes(NOTES[0])
    return path, beside


def test_the_seal_is_a_chunk_behind_the_samples() -> None:
    whole = seal.sealed(wav.encode(SOUND, 48_000), NOTES)
    assert struct.unpack_from("<I", whole, 4)[0] == len(whole) - 8
    assert whole[-20:-12] == b"crcs\x0c\0\0\0"
    assert struct.unpack("<II", whole[-8:]) == (0xCBF43926, 0)  # CRC-32's check value


def test_a_sealed_file_is_read_by_us_and_by_others(tmp_path: Path) -> None:
    path, beside = written(tmp_path)
    assert seal.read(path, beside) == HEADER
    audio, _ = soundfile.read(path, dtype="float32")
    assert np.array_equal(audio, SOUND[0])


def test_a_flipped_bit_of_every_byte_and_every_cut_is_seen(tmp_path: Path) -> None:
    path, beside = written(tmp_path)
    whole = path.read_bytes()
    for at in range(len(whole) - 4):  # the last four are the checksum of no file
        data = bytearray(whole)
        data[at] ^= 1 << at % 8
        path.write_bytes(data)
        with pytest.raises(ParseError):
            seal.read(path, beside)
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ParseError):
            seal.read(path, beside)


def test_a_changed_file_beside_it_is_seen(tmp_path: Path) -> None:
    path, beside = written(tmp_path)
    beside[0].write_bytes(b"123456780")
    with pytest.raises(ParseError, match=r"a\.mid"):
        seal.read(path, beside)
    beside[0].unlink()
    with pytest.raises(ParseError, match=r"a\.mid"):
        seal.read(path, beside)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("named pipes are POSIX")
    os.mkfifo(tmp_path / "a.wav")
    with pytest.raises(ParseError):
        seal.read(tmp_path / "a.wav", [])
