"""Folders as one set of windows: what is read, left out, held out and said."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from baseline_sizes import FRONT, RATE, write_sounds

from starling.models.baselines import data
from starling.models.datasets import training_set
from starling.models.errors import InputError, MissingError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_sounds(tmp_path / "animals", 8)


def test_classes_are_one_set(folder: Path) -> None:
    sounds = data.load(folder, FRONT)
    assert sounds.signals.shape == (len(sounds.names), FRONT.window)
    assert {name.split("/")[0] for name in sounds.names} == {"low", "high"}
    assert len(sounds.names) + sounds.held_out == 16
    described = sounds.describe()
    assert described["classes"] == {"high": 7, "low": 7}
    assert (described["sounds"], described["held_out"]) == (16, 2)
    assert described["sources"][0]["licence"] == "not stated"


def test_one_class_on_request(folder: Path) -> None:
    sounds = data.load(folder, FRONT, "low")
    assert all(name.startswith("low/") for name in sounds.names)
    with pytest.raises(InputError, match="no class 'cow'; it has high, low"):
        data.load(folder, FRONT, "cow")


def test_a_folder_without_class_folders(folder: Path) -> None:
    sounds = data.load(folder / "low", FRONT)
    assert all(name.startswith("low/") for name in sounds.names)


def test_held_out_are_those_of_our_own_generator(folder: Path) -> None:
    ours = training_set.load_folder(folder, 44_100, 0.1, seed=3)
    held = {sound.name for sound, out in zip(ours.sounds, ours.held_out, strict=True) if out}
    theirs = data.load(folder, FRONT, seed=3)
    assert set(theirs.names) == {sound.name for sound in ours.sounds} - held
    assert theirs.manifest == ours.manifest


def test_first_channel_at_the_front_ends_rate(tmp_path: Path) -> None:
    time = np.arange(4_410) / 44_100
    left, right = np.sin(2 * np.pi * 500 * time), np.sin(2 * np.pi * 2_000 * time)
    soundfile.write(tmp_path / "wide.flac", np.stack([left, right], 1), 44_100)
    window = data.window_of(tmp_path / "wide.flac", FRONT)
    assert window.shape == (600,)
    spectrum = np.abs(np.fft.rfft(window * np.hanning(600)))
    assert np.argmax(spectrum) * RATE / 600 == pytest.approx(500, abs=14)


def test_what_cannot_be_used_is_named(folder: Path) -> None:
    (folder / "low" / "text.wav").write_text("not a sound")
    early = np.zeros(900)
    early[:100] = 0.5  # over before the window begins
    soundfile.write(folder / "low" / "early.wav", early, RATE)
    soundfile.write(folder / "low" / "nothing.wav", np.zeros(0), RATE)
    soundfile.write(folder / "low" / "nan.wav", np.full(900, np.nan), RATE, "FLOAT")
    named = " ".join(data.load(folder, FRONT).skipped)
    for stem in ("text", "early", "nothing", "nan"):
        held = stem in {
            path.stem
            for (_, path), out in zip(
                data.files_of(folder),
                data.hold_out(data.files_of(folder)),
                strict=True,
            )
            if out
        }
        assert held or f"{stem}.wav" in named
    assert "silent at the seconds 0.025..0.1" in named


def test_nothing_usable(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        data.load(tmp_path / "none", FRONT)
    with pytest.raises(InputError):
        data.load(tmp_path, FRONT)
    (tmp_path / "a.wav").write_text("no")
    (tmp_path / "b.wav").write_text("no")
    with pytest.raises(InputError, match=r"none of the . sounds .* the first: .\.wav"):
        data.load(tmp_path, FRONT)


def test_too_many_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "MAX_FILES", 15)
    with pytest.raises(InputError, match="16 sound files, at most 15"):
        data.load(folder, FRONT)
