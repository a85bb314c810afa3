"""Targets: onset, first note, release, pitch, and what the user is told."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from starling.models.errors import InputError, MissingError, ParseError
from starling.presets.features.spectral_loss import LEVEL, SILENCE, SpectralTarget
from starling.presets.match.target import MIN_SECONDS, load_target, release_of, target_of

RATE = 44_100


def note(hertz: float, held: float, seconds: float, release: float = 0.03) -> NDArray[np.float32]:
    time = np.arange(round(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6))
    envelope = np.where(time < held, 1.0, np.exp(-(time - held) / release))
    return np.asarray(0.2 * wave * envelope * np.minimum(1, time / 0.005), np.float32)


def test_a_note_is_trimmed_levelled_and_named() -> None:
    silence = np.zeros(RATE // 3, np.float32)
    target = target_of(np.concatenate([silence, note(440, 0.5, 0.9)]), RATE)
    assert target.pitch.note == 69 and target.pitch.is_clear
    assert target.held == pytest.approx(0.5, abs=0.05)
    assert np.abs(target.samples[:50]).max() > 1e-3, "it begins at the onset"
    assert np.sqrt(np.mean(target.samples**2)) == pytest.approx(LEVEL, rel=1e-3)
    assert not target.remarks


@pytest.mark.parametrize("rate", [22_050, 48_000, 96_000])
def test_any_rate_is_heard_at_ours(rate: int) -> None:
    time = np.arange(rate) / rate
    target = target_of(np.sin(2 * np.pi * 220 * time).astype(np.float32), rate)
    assert target.seconds == pytest.approx(1.0, abs=0.01)
    assert target.pitch.note == 57


def test_a_held_note_is_released_at_its_end() -> None:
    assert release_of(note(220, 9.0, 1.0)) == pytest.approx(1.0)


def test_of_several_notes_the_first_is_taken_and_said() -> None:
    pause = np.zeros(RATE // 2, np.float32)
    target = target_of(np.concatenate([note(440, 0.4, 0.7), pause, note(660, 0.4, 0.7)]), RATE)
    assert target.pitch.note == 69
    assert target.seconds < 1.0
    assert target.remarks == (f"only the first note is matched: {target.seconds:.2f} s of 1.9 s",)


def test_of_ten_minutes_the_first_note_is_taken_and_said(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    one = np.concatenate([note(220, 0.5, 0.8), np.zeros(round(1.2 * RATE), np.float32)])
    with soundfile.SoundFile(path, "w", RATE, 1) as file:
        for _ in range(300):
            file.write(one)
    target = load_target(path)
    assert target.pitch.note == 57
    assert target.seconds < 1.1
    assert "of 600" in target.remarks[0]


def test_noise_is_matched_at_middle_c_and_said() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE // 2).astype(np.float32)
    target = target_of(noise, RATE)
    assert target.pitch.note == 60
    assert any("no clear pitch" in remark for remark in target.remarks)


def test_a_click_is_followed_by_silence() -> None:
    target = target_of(note(1_000, 0.01, 0.02), RATE)
    assert target.seconds == pytest.approx(MIN_SECONDS, abs=0.001)


@pytest.mark.parametrize("level", [0.0, 1e-6])
def test_silence_is_refused(level: float) -> None:
    with pytest.raises(InputError, match="silent") as caught:
        target_of(np.full(RATE, level, np.float32), RATE)
    assert caught.value.code == "silent"


def test_bad_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        load_target(tmp_path / "none.wav")
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(ParseError):
        load_target(tmp_path / "text.wav")
    with pytest.raises(InputError, match="not numbers"):
        target_of(np.full(RATE, np.nan, np.float32), RATE)


def test_the_loss_hears_timbre_not_level() -> None:
    sound = note(440, 0.5, 0.9)
    reference = SpectralTarget(sound)
    assert reference.loss(sound[None]) == pytest.approx(0.0, abs=1e-4)
    assert reference.loss(np.stack([sound, sound]) * 0.1) < 0.1
    assert reference.loss(note(440, 0.3, 0.9)[None]) > 3
    assert reference.loss(note(450, 0.5, 0.9)[None]) > 1
    assert reference.loss(np.zeros((2, len(sound)), np.float32)) == SILENCE
    assert np.isfinite(reference.loss(sound[None, : RATE // 4])), "a shorter sound is padded"
