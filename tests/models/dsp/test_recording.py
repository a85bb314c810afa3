"""Recordings of any length as mono at one rate, block by block."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from starling.models.dsp import recording
from starling.models.dsp import signal as audio
from starling.models.dsp.files import sound_file
from starling.models.errors import MissingError, ParseError

RATE = 16_000


def tone(hertz: float, seconds: float, rate: int, peak: float = 0.5) -> np.ndarray:
    time = np.arange(int(rate * seconds)) / rate
    return (peak * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def put(path: Path, sound: np.ndarray, rate: int, **words: str) -> Path:
    soundfile.write(path, sound, rate, **words)
    return path


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 192_000])
def test_blocks_give_what_the_whole_would(
    tmp_path: Path, rate: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "a.wav", tone(2000, 3.3, rate), rate, subtype="FLOAT")
    whole = recording.read(path, RATE).signal
    monkeypatch.setattr(recording, "BLOCK_SECONDS", 0.37)
    blocks = recording.read(path, RATE).signal
    assert len(whole) == round(3.3 * RATE)
    np.testing.assert_allclose(blocks, whole, atol=1e-6)
    inside = slice(RATE, 2 * RATE)
    np.testing.assert_allclose(whole[inside], tone(2000, 3.3, RATE)[inside], atol=2e-2)


def test_it_agrees_with_the_loader_of_short_sounds(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).standard_normal((44_100, 2)).astype(np.float32) / 8
    path = put(tmp_path / "a.wav", noise, 44_100, subtype="FLOAT")
    found = recording.read(path, RATE).signal
    expected = audio.block_dc(sound_file.load_sound(path, RATE), RATE)
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_a_constant_offset_goes_without_a_thump(tmp_path: Path) -> None:
    sound = tone(2000, 2, RATE, 0.1) + 0.4
    sound[:RATE] = 0.4
    found = recording.read(put(tmp_path / "a.wav", sound, RATE, subtype="FLOAT"), RATE).signal
    assert np.abs(found[:RATE]).max() < 1e-3
    assert abs(found.mean()) < 1e-3
    assert np.abs(found).max() == pytest.approx(0.1, abs=0.01)


def test_channels_in_antiphase_give_the_loudest(tmp_path: Path) -> None:
    left = tone(2000, 1, RATE)
    path = put(tmp_path / "a.wav", np.stack([left, -0.98 * left], axis=1), RATE, subtype="FLOAT")
    assert np.abs(recording.read(path, RATE).signal).max() == pytest.approx(0.5, abs=0.01)
    path = put(tmp_path / "b.wav", np.stack([left, 0 * left], axis=1), RATE, subtype="FLOAT")
    assert np.abs(recording.read(path, RATE).signal).max() == pytest.approx(0.25, abs=0.01)


def test_clipping_is_counted(tmp_path: Path) -> None:
    sound = np.clip(tone(100, 1, RATE, 2.0), -1, 1)
    found = recording.read(put(tmp_path / "a.wav", sound, RATE, subtype="PCM_16"), RATE)
    assert found.clipped == pytest.approx(2 / 3, abs=0.01)
    assert recording.read(put(tmp_path / "b.wav", sound / 2, RATE), RATE).clipped == 0.0


def test_progress_reaches_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "BLOCK_SECONDS", 0.5)
    steps: list[float] = []
    recording.read(put(tmp_path / "a.wav", tone(2000, 2, RATE), RATE), RATE, steps.append)
    assert steps == [0.25, 0.5, 0.75, 1.0]


def test_bad_files_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no sound file at"):
        recording.read(tmp_path / "none.wav", RATE)
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(ParseError, match=r"text\.wav is not a sound file"):
        recording.read(tmp_path / "text.wav", RATE)
    with pytest.raises(ParseError, match="has no samples"):
        recording.read(put(tmp_path / "empty.wav", np.zeros(0), RATE), RATE)
    bad = tone(2000, 1, RATE)
    bad[9_000] = np.nan
    with pytest.raises(ParseError, match="not finite"):
        recording.read(put(tmp_path / "nan.wav", bad, RATE, subtype="FLOAT"), RATE)


@pytest.mark.parametrize("peak", [1e7, 1e30])
def test_an_absurd_level_is_refused(tmp_path: Path, peak: float) -> None:
    path = put(tmp_path / "a.wav", tone(2000, 1, RATE, peak), RATE, subtype="FLOAT")
    with pytest.raises(ParseError, match=r"a\.wav is no sound: a sample is 1e"):
        recording.read(path, RATE)


def test_integers_written_as_floats_are_read(tmp_path: Path) -> None:
    path = put(tmp_path / "a.wav", tone(2000, 1, RATE, 32_767), RATE, subtype="FLOAT")
    assert np.abs(recording.read(path, RATE).signal).max() == pytest.approx(32_767, rel=0.02)
