"""Mixes as files of every format: what is read back, and what is refused."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.engine.render import files
from starling.engine.songs.curves import BLOCK
from starling.engine.sounds import wav
from starling.models.errors import InputError

RATE = 44_100
FORMATS = [(suffix, bits) for suffix, all_bits in files.FORMATS.items() for bits in all_bits]


def sound(frames: int = RATE) -> np.ndarray:
    return np.random.default_rng(1).uniform(-0.9, 0.9, (2, frames)).astype(np.float32)


@pytest.mark.parametrize(("suffix", "bits"), FORMATS)
def test_every_format_comes_back(tmp_path: Path, suffix: str, bits: int) -> None:
    path = tmp_path / f"mix{suffix}"
    files.write(path, sound(), RATE, bits)
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.frames) == (RATE, 2, RATE)
    assert info.subtype == ("FLOAT" if bits == 32 else f"PCM_{bits}")
    read, _ = soundfile.read(path, dtype="float32", always_2d=True)
    atol = {16: 1.5 / 2**15, 24: 1.0 / 2**23, 32: 0.0}[bits]
    np.testing.assert_allclose(read.T, sound(), rtol=0, atol=atol)
    first = path.read_bytes()
    files.write(path, sound(), RATE, bits)
    assert path.read_bytes() == first
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_blocks_change_nothing_and_a_stream_is_the_file(tmp_path: Path) -> None:
    long = sound(BLOCK + 1_000)
    files.write(tmp_path / "mix.wav", long, RATE, 32)
    assert (tmp_path / "mix.wav").read_bytes() == wav.encode(long, RATE)
    stream = io.BytesIO()
    files.write_wav(stream, long, RATE, 24)
    files.write(tmp_path / "mix.wav", long, RATE, 24)
    assert stream.getvalue() == (tmp_path / "mix.wav").read_bytes()


def test_sixteen_bits_are_dithered_and_clip() -> None:
    quiet = np.full((2, RATE), 0.3 / 2**15, np.float32)  # less than half a step: it would be lost
    stream = io.BytesIO()
    files.write_wav(stream, quiet, RATE, 16)
    samples = np.frombuffer(stream.getvalue()[-4 * RATE :], "<i2")
    assert samples.mean() == pytest.approx(0.3, abs=0.02)
    loud = io.BytesIO()
    files.write_wav(loud, np.full((2, 10), 2.0, np.float32), RATE, 16)
    assert set(np.frombuffer(loud.getvalue()[-40:], "<i2")) == {32_767}


def test_what_cannot_be_written_is_refused_before_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"out must end in \.wav or \.flac, got mix\.ogg"):
        files.check(Path("mix.ogg"), None)
    with pytest.raises(InputError, match=r"bits of a \.flac file must be one of 16, 24, got 32"):
        files.check(Path("mix.flac"), 32)
    assert [files.check(Path(f"mix{suffix}"), None) for suffix in files.FORMATS] == [32, 24]
    files.check_size(Path("mix.wav"), 3 * 3600 * RATE, 32)
    with pytest.raises(InputError, match="larger than the 4 GB that a WAV file holds"):
        files.check_size(Path("mix.wav"), 4 * 3600 * RATE, 32)
    with pytest.raises(InputError, match="must be finite"):
        files.write(tmp_path / "mix.flac", np.full((2, 9), np.nan, np.float32), RATE, 24)
    assert not list(tmp_path.iterdir())
