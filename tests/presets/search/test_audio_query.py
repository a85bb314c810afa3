import os
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.errors import CancelledError, InputError, MissingError, ParseError
from starling.presets.features.embedders import CLASSICAL
from starling.presets.library.database import LibraryDatabase
from starling.presets.search.audio_query import query_variants
from starling.presets.search.by_sound import search_file
from starling.presets.search.region import read_region

RATE = CLASSICAL.sample_rate


@pytest.fixture
def library(tmp_path: Path) -> Iterator[LibraryDatabase]:
    opened = LibraryDatabase.open(tmp_path / "library")
    yield opened
    opened.close()


def hum(seconds: float, rate: int = RATE, decay: float = 3.0) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * 220 * t) * np.exp(-decay * t)).astype(np.float32)


def wav(path: Path, signal: np.ndarray, rate: int = RATE, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, signal, rate, subtype=subtype)
    return path


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_any_rate_and_depth_gives_a_second_from_the_onset(
    rate: int, subtype: str, tmp_path: Path
) -> None:
    sound = np.pad(hum(2.0, rate), (rate // 3, 0))
    query = read_region(wav(tmp_path / "q.wav", sound, rate, subtype), CLASSICAL).windows[0]
    assert query.shape == (RATE,) and query.dtype == np.float32
    onset = int(np.argmax(np.abs(query) > 0.01))
    assert onset < 0.002 * RATE
    spectrum = np.abs(np.fft.rfft(query))
    assert np.argmax(spectrum) == pytest.approx(220, abs=1)


def test_channels_are_mixed_even_in_antiphase(tmp_path: Path) -> None:
    left = hum(1.0)
    query = read_region(
        wav(tmp_path / "q.wav", np.stack([left, -left], axis=1)), CLASSICAL
    ).windows[0]
    assert np.abs(query).max() > 0.4


def test_a_short_sound_stays_short(tmp_path: Path) -> None:
    query = read_region(wav(tmp_path / "q.wav", hum(0.1)), CLASSICAL).windows[0]
    assert len(query) == pytest.approx(0.1 * RATE, abs=2)


def test_ten_minutes_of_which_the_first_sound_is_taken(tmp_path: Path) -> None:
    signal = np.zeros((600 * 8_000,), np.float32)
    signal[480 * 8_000 : 481 * 8_000] = hum(1.0, 8_000)
    query = read_region(wav(tmp_path / "long.wav", signal, 8_000, "PCM_16"), CLASSICAL).windows[0]
    assert len(query) == RATE and np.abs(query[:2_000]).max() > 0.4


@pytest.mark.parametrize(
    ("name", "content", "error", "code", "sentence"),
    [
        ("text.wav", "just words, no sound", ParseError, "bad_file", "text.wav is not a sound"),
        ("zero.wav", np.zeros(0), InputError, "silent", "zero.wav is empty"),
        ("silent.wav", np.zeros(9_000), InputError, "silent", "silent.wav is silent"),
        ("nan.wav", np.full(9_000, np.nan), ParseError, "bad_file", "nan.wav holds samples"),
    ],
)
def test_bad_files(
    name: str,
    content: str | np.ndarray,
    error: type[InputError],
    code: str,
    sentence: str,
    tmp_path: Path,
) -> None:
    path = tmp_path / name
    if isinstance(content, str):
        path.write_text(content)
    else:
        wav(path, content.astype(np.float32))
    with pytest.raises(error, match=sentence) as caught:
        read_region(path, CLASSICAL)
    assert caught.value.code == code


def test_samples_without_a_header(tmp_path: Path) -> None:
    (tmp_path / "x.raw").write_bytes(bytes(9_000))
    with pytest.raises(ParseError, match=r"x\.raw has no header that says its rate and width"):
        read_region(tmp_path / "x.raw", CLASSICAL)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no sound file at") as caught:
        read_region(tmp_path / "none.wav", CLASSICAL)
    assert caught.value.code == "bad_file"


def test_a_truncated_file_is_read_as_far_as_it_goes_or_refused(tmp_path: Path) -> None:
    whole = wav(tmp_path / "q.wav", hum(1.0), subtype="PCM_16").read_bytes()
    for cut in (10, 43, 1_000, 40_000):
        (tmp_path / "cut.wav").write_bytes(whole[:cut])
        try:
            assert len(read_region(tmp_path / "cut.wav", CLASSICAL).windows[0]) > 0
        except InputError as exc:
            assert "cut.wav" in str(exc)


def test_an_empty_library_says_so_before_the_file_is_read(
    library: LibraryDatabase, tmp_path: Path
) -> None:
    with pytest.raises(MissingError) as caught:
        search_file(library, tmp_path / "none.wav", 5)
    assert caught.value.code == "empty_library"


def test_a_held_note_is_also_compared_as_a_released_one() -> None:
    held, decayed = hum(1.0, decay=0.1), hum(1.0, decay=9.0)
    assert (
        len(query_variants(decayed, CLASSICAL)) == 1
        and len(query_variants(hum(0.3), CLASSICAL)) == 1
    )
    as_is, *released = query_variants(held, CLASSICAL)
    assert as_is is held and len(released) == 3
    for variant in released:
        assert np.array_equal(variant[: int(0.65 * RATE)], held[: int(0.65 * RATE)])
        assert len(variant) <= RATE and variant[-1] == 0


def sparse(path: Path, size: int, channels: int, rate: int) -> Path:
    """A WAV file of zeros that takes no room on the disk."""
    form = struct.pack("<HHIIHH", 1, channels, rate, 2 * channels * rate % 2**32, 2 * channels, 16)
    head = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(head) + size) + head)
    os.truncate(path, 8 + len(head) + size)
    return path


def test_a_file_of_any_size_is_read_up_to_a_number_of_samples(tmp_path: Path) -> None:
    size = 4 * 2**30 - 2**16
    path = sparse(tmp_path / "x.wav", size, channels=64, rate=44_100)
    with pytest.raises(InputError, match="silent in its first 48 s") as caught:  # 2**27 / 64
        read_region(path, CLASSICAL)
    assert caught.value.code == "silent"


def test_reading_ends_between_two_blocks_when_it_is_cancelled(tmp_path: Path) -> None:
    path = sparse(tmp_path / "x.wav", 2**28, channels=2, rate=44_100)
    looks: list[int] = []
    with pytest.raises(CancelledError):
        read_region(path, CLASSICAL, lambda: looks.append(1) or len(looks) == 3)
    assert len(looks) == 3


def test_a_rate_that_nothing_records_at_is_refused(tmp_path: Path) -> None:
    path = sparse(tmp_path / "x.wav", 2**20, channels=1, rate=2_000_000_000)
    with pytest.raises(ParseError, match="2000000000 Hz"):
        read_region(path, CLASSICAL)
