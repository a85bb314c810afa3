"""FLAC whose header does not know the length, or knows a wrong one."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.dsp.files import flac, sound_file

RATE = 44_100
BLOCK = 4_096  # of libFLAC at its usual level
SAMPLES = 5 * BLOCK + 100
SOUND = np.random.default_rng(1).normal(0, 0.1, (SAMPLES, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("flac") / "a.flac"
    soundfile.write(path, SOUND, RATE, subtype="PCM_16")
    return path.read_bytes()


def unknown(data: bytes) -> bytes:
    return data[:21] + bytes([data[21] & 0xF0]) + bytes(4) + data[26:]


@pytest.mark.parametrize("after", [b"", b"TAG" + bytes(125)])
def test_a_streamed_file_is_read_whole(tmp_path: Path, whole: bytes, after: bytes) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(unknown(whole) + after)
    facts = sound_file.probe(path)
    assert (facts.seconds, facts.present) == (SAMPLES / RATE, 1.0)
    frames, _ = sound_file.read_sound(path)
    assert frames.shape == SOUND.shape
    assert np.abs(frames - SOUND).max() < 1e-4


@pytest.mark.parametrize("streamed", [True, False])
def test_a_cut_file_is_read_to_its_last_whole_frame(
    tmp_path: Path, whole: bytes, streamed: bool
) -> None:
    path = tmp_path / "a.flac"
    cut = whole[: len(whole) * 7 // 10]
    path.write_bytes(unknown(cut) if streamed else cut)
    frames, _ = sound_file.read_sound(path)
    assert len(frames) == 3 * BLOCK
    assert np.abs(frames - SOUND[: 3 * BLOCK]).max() < 1e-4
    present = 1.0 if streamed else 3 * BLOCK / SAMPLES
    assert sound_file.probe(path).present == pytest.approx(present)


def test_a_whole_file_is_left_as_it_is(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(whole)
    with path.open("rb") as file:
        assert flac.mend(file, len(whole)) is None


def test_heads_of_every_kind_of_block_size_and_number() -> None:
    """RFC 9639, 9.1: sizes by table, in 8 or 16 bits; numbers as long as in UTF-8."""
    fixed = bytes.fromhex("fff8c918 00") + bytes(0)
    assert flac._head(with_checksum(fixed), BLOCK) == (0, 4_096)
    eight = bytes.fromhex("fff86918 05 63")
    assert flac._head(with_checksum(eight), BLOCK) == (5 * BLOCK, 100)
    sixteen = bytes.fromhex("fff87918 c285 03e7")
    assert flac._head(with_checksum(sixteen), BLOCK) == (0x85 * BLOCK, 1_000)
    variable = bytes.fromhex("fff9c918 e4b8ad")
    assert flac._head(with_checksum(variable), BLOCK) == (0x4E2D, 4_096)
    assert flac._head(with_checksum(variable)[:-1] + b"\0", BLOCK) is None


def with_checksum(head: bytes) -> bytes:
    return head + bytes([flac._crc(head, 8, 0x07)])


def test_the_checksums_are_those_of_the_format() -> None:
    assert flac._crc(b"123456789", 8, 0x07) == 0xF4  # CRC-8/SMBUS
    assert flac._crc(b"123456789", 16, 0x8005) == 0xFEE8  # CRC-16/UMTS
