"""AU and CAF of unknown length, and cut short."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.dsp.files import sound_file

RATE = 44_100
SOUND = (0.5 * np.sin(2 * np.pi * 440 * np.arange(5_000) / RATE)).astype(np.float32)


def written(path: Path, kind: str, endian: str = "FILE") -> bytes:
    soundfile.write(path, SOUND, RATE, format=kind, subtype="PCM_16", endian=endian)
    return path.read_bytes()


def assert_whole(path: Path) -> None:
    facts = sound_file.probe(path)
    frames, _ = sound_file.read_sound(path)
    assert (facts.seconds, facts.present) == (len(SOUND) / RATE, 1.0)
    assert frames.shape == (len(SOUND), 1)
    assert np.abs(frames[:, 0] - SOUND).max() < 1e-4


@pytest.mark.parametrize("length", [0, 0x7FFFFFFF, 0xFFFFFFFF])
@pytest.mark.parametrize(("endian", "order"), [("BIG", "big"), ("LITTLE", "little")])
def test_au_of_unknown_length(tmp_path: Path, length: int, endian: str, order: str) -> None:
    path = tmp_path / "a.au"
    data = written(path, "AU", endian)
    path.write_bytes(data[:8] + length.to_bytes(4, order) + data[12:])  # type: ignore[arg-type]
    assert_whole(path)


@pytest.mark.parametrize("length", [0, 4, 2**64 - 1])
def test_caf_of_unknown_length(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.caf"
    data = written(path, "CAF")
    at = data.index(b"data") + 4
    path.write_bytes(data[:at] + length.to_bytes(8, "big") + data[at + 8 :])
    assert_whole(path)


@pytest.mark.parametrize("kind", ["AU", "CAF"])
def test_what_a_cut_file_lacks_is_known(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    data = written(path, kind)
    path.write_bytes(data[: -len(SOUND)])
    assert sound_file.probe(path).present == pytest.approx(0.5, abs=0.01)
    assert len(sound_file.read_sound(path)[0]) == len(SOUND) // 2
