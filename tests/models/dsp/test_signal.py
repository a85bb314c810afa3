"""Sound files of every kind, good and bad."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from starling.models.dsp import signal as audio
from starling.models.errors import MissingError, ParseError

RATE = 44100


def sine(seconds: float = 0.1, hertz: float = 440.0, rate: int = RATE) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(
        np.float32
    )


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_load_every_bit_depth(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, sine(), RATE, subtype=subtype)
    loaded = audio.load_sound(path, RATE)
    assert loaded.dtype == np.float32
    assert np.abs(loaded - sine()).max() < 0.01


@pytest.mark.parametrize("channels", range(1, 9))
def test_load_every_channel_count(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.tile(sine()[:, None], (1, channels)), RATE, subtype="FLOAT")
    assert np.abs(audio.load_sound(path, RATE) - sine()).max() < 1e-6


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000, 192000])
def test_load_every_rate(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, sine(0.5, rate=rate), rate)
    loaded = audio.load_sound(path, RATE)
    assert abs(len(loaded) - RATE // 2) <= 2
    middle = slice(RATE // 10, 4 * RATE // 10)
    assert np.abs(loaded[middle] - sine(0.5)[middle]).max() < 0.01


def test_to_mono_keeps_antiphase_channels() -> None:
    left = sine()
    assert np.array_equal(audio.to_mono(np.stack([left, -left], axis=1)), left)


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
def test_load_bad_file_names_it(tmp_path: Path, spoil) -> None:
    path = tmp_path / "bad.wav"
    spoil(path)
    with pytest.raises(ParseError, match=r"bad\.wav"):
        audio.load_sound(path, RATE)


def test_load_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        audio.load_sound(tmp_path / "none.wav", RATE)


def test_load_truncated_data_reads_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    soundfile.write(path, sine(1.0), RATE)
    path.write_bytes(path.read_bytes()[: RATE + 44])
    assert 0 < len(audio.load_sound(path, RATE)) <= RATE // 2 + 1


def test_load_stops_at_max_seconds(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, sine(3.0), RATE)
    assert len(audio.load_sound(path, RATE, max_seconds=1.0)) == RATE


def test_block_dc_removes_offset_and_keeps_tone() -> None:
    tone = sine(0.5)
    blocked = audio.block_dc(tone + np.float32(0.2), RATE)
    assert abs(blocked[RATE // 4 :].mean()) < 1e-3
    assert np.abs(blocked[RATE // 4 :] - tone[RATE // 4 :]).max() < 0.05


@pytest.mark.parametrize("count", [0, 1, 5000, 66150])
def test_block_dc_rings_out_within_its_padding(count: int) -> None:
    """A thump at the very end does not come round to the beginning."""
    signal = np.zeros(count, np.float32)
    signal[-100:] = 0.5
    blocked = audio.block_dc(signal, RATE)
    assert blocked.dtype == np.float32 and len(blocked) == count
    assert np.abs(blocked[:-2000]).max(initial=0) < 1e-4


@pytest.mark.parametrize("count", [0, 1, 2, 127, 128, 129, 256, 257, 258, 1000])
@pytest.mark.parametrize("window", [2, 100, 256])
def test_envelope_is_the_root_mean_square_of_what_there_is(count: int, window: int) -> None:
    signal = np.random.default_rng(count).standard_normal(count).astype(np.float32)
    half = window // 2
    wanted = [
        np.sqrt(np.mean(np.square(signal[max(0, at - half) : at + half + 1], dtype=np.float64)))
        for at in range(count)
    ]
    assert audio.envelope(signal, window) == pytest.approx(np.array(wanted), rel=1e-5)


def test_trim_tail_and_onset_find_the_sound() -> None:
    sound = np.concatenate([np.zeros(1000), sine(), np.zeros(5000)]).astype(np.float32)
    start = audio.onset(sound)
    trimmed = audio.trim_tail(sound[start:])
    assert abs(start - 1000) < 10
    assert abs(len(trimmed) - len(sine())) < 300


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3, width=32), max_size=600), st.integers(0, 700))
def test_level_functions_never_break(values: list[float], fade: int) -> None:
    signal = np.array(values, np.float32)
    faded = audio.fade_out(audio.normalise_peak(signal), fade)
    assert len(faded) == len(signal)
    assert np.isfinite(faded).all()
    assert np.abs(faded).max(initial=0) <= 0.9001


def test_a_rate_that_nothing_records_at_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, np.ones(100), 8_000)
    data = bytearray(path.read_bytes())
    data[24:28] = (2_000_000_000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(ParseError, match="2000000000 Hz, at most 1536000"):
        audio.read_sound(path)
