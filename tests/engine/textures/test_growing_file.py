import errno
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.engine.textures.growing_file import (
    GROWING,
    HEADER_BYTES,
    GrowingFile,
    read_frames,
    remove_all,
)

BLOCK = np.linspace(-1, 1, 320, dtype=np.float32)


def test_a_reader_finds_whole_frames_behind_44_bytes_at_any_time(tmp_path: Path) -> None:
    file = GrowingFile(tmp_path / "streams" / "a.wav", 16_000)
    for blocks in range(4):
        assert file.path.stat().st_size == HEADER_BYTES + 4 * 320 * blocks
        assert file.frames == 320 * blocks
        file.append(BLOCK)
    header = file.path.read_bytes()[:HEADER_BYTES]
    assert header[:4] == b"RIFF" and header[36:40] == b"data"
    sizes = [int.from_bytes(header[at : at + 4], "little") for at in (4, 40)]
    assert sizes == [GROWING, GROWING]
    assert np.array_equal(read_frames(file.path, 300, 40), np.r_[BLOCK[300:], BLOCK[:20]])
    file.finish()


def test_an_ended_file_is_a_wav_file(tmp_path: Path) -> None:
    file = GrowingFile(tmp_path / "a.wav", 22_050)
    file.append(BLOCK)
    file.append(-BLOCK)
    file.finish()
    file.finish()
    samples, rate = soundfile.read(file.path, dtype="float32")
    assert rate == 22_050 and np.array_equal(samples, np.r_[BLOCK, -BLOCK])
    assert soundfile.info(file.path).subtype == "FLOAT"
    data = file.path.read_bytes()
    assert int.from_bytes(data[4:8], "little") == len(data) - 8


def test_one_that_never_got_a_frame_is_one_too(tmp_path: Path) -> None:
    file = GrowingFile(tmp_path / "a.wav", 8_000)
    file.finish()
    assert soundfile.info(file.path).frames == 0


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    GrowingFile(tmp_path / "a.wav", 8_000).finish()
    with pytest.raises(FileExistsError):
        GrowingFile(tmp_path / "a.wav", 8_000)


def test_on_a_full_disk_no_part_of_a_block_stays(
    small_disk: Callable[[Path], None], tmp_path: Path
) -> None:
    small_disk(tmp_path / "disk")
    file = GrowingFile(tmp_path / "disk" / "a.wav", 8_000)
    with pytest.raises(OSError) as caught:
        for _ in range(100):
            file.append(np.repeat(BLOCK, 7))
    assert caught.value.errno == errno.ENOSPC
    assert file.frames > 0 and file.frames % (7 * 320) == 0
    assert file.path.stat().st_size == HEADER_BYTES + 4 * file.frames
    file.finish()
    assert soundfile.info(file.path).frames == file.frames


def test_files_of_an_earlier_engine_go(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF: killed in mid-stream")
    (tmp_path / "other.txt").write_text("stays")
    remove_all(tmp_path)
    assert os.listdir(tmp_path) == ["other.txt"]
    remove_all(tmp_path / "absent")
