"""`starling.generate` and `starling.models`: the command's bytes, plain values, clear errors."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
import soundfile

import starling


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_sound_has_the_bytes_of_the_command(command: Callable[..., str], tmp_path: Path) -> None:
    printed = json.loads(
        command(
            "generate",
            "drums",
            "--control",
            "kind=snare",
            "--control",
            "brightness=0.7",
            "--seed",
            7,
            "-o",
            tmp_path / "cli.wav",
            "--json",
        )
    )
    sound = starling.generate("drums", seed=7, kind="snare", brightness=0.7)
    path = sound.save(tmp_path / "deep" / "api.wav")
    assert path.read_bytes() == (tmp_path / "cli.wav").read_bytes()
    samples, rate = soundfile.read(tmp_path / "cli.wav", dtype="float32", always_2d=True)
    assert sound.audio.dtype == np.float32 and sound.audio.flags.c_contiguous
    np.testing.assert_array_equal(sound.audio, samples.T)
    assert (sound.sample_rate, sound.id, sound.seed) == (rate, printed[0]["sound"], 7)
    assert sound.controls == printed[0]["controls"]


def test_labels_and_numbers_are_the_same_control() -> None:
    by_label = starling.generate("drums", seed=1, kind="Snare")
    for number in (2, 2.0, np.float32(2), "2"):
        assert starling.generate("drums", seed=1, kind=number).id == by_label.id


def test_without_a_seed_each_sound_is_new() -> None:
    seeds = {starling.generate("drums", kind="kick").seed for _ in range(3)}
    assert len(seeds) == 3


def test_generating_leaves_torch_s_threads_alone() -> None:
    code = (
        "import torch, starling; torch.set_num_threads(2); starling.generate('drums', seed=1); "
        "print(torch.get_num_threads())"
    )
    assert python(code).strip() == "2"


def test_models_are_described() -> None:
    [drums] = [each for each in starling.models() if each.name == "drums"]
    assert (drums.kind, drums.sample_rate, drums.root) == ("oneshot", 44_100, 60)
    assert "Snare" in next(each for each in drums.controls if each.name == "kind").labels
    assert "CC0-1.0" in drums.licences
    assert drums.card.is_file()
    with pytest.raises(FrozenInstanceError):
        drums.name = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("call", "code", "sentence"),
    [
        (lambda: starling.generate("trumpets"), "unknown_model", "no model 'trumpets'"),
        (lambda: starling.generate("drums", seed=-1), "bad_seed", "0..2147483647"),
        (lambda: starling.generate("drums", seed="7"), "bad_seed", "whole number"),
        (lambda: starling.generate("drums", kind="oboe"), "bad_control", "Snare"),
        (lambda: starling.generate("drums", loud=1), "bad_control", "brightness"),
        (lambda: starling.generate("drums", brightness=2.0), "bad_control", "0..1"),
    ],
)
def test_mistakes_are_errors_of_starling(
    call: Callable[[], object], code: str, sentence: str
) -> None:
    with pytest.raises(starling.errors.StarlingError, match=re.escape(sentence)) as caught:
        call()
    assert caught.value.code == code


def test_a_disk_that_refuses_is_an_error_of_starling(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(starling.errors.StarlingError, match="file"):
        starling.generate("drums", seed=1).save(tmp_path / "file" / "x.wav")


def test_a_seed_of_numpy_is_a_seed() -> None:
    sound = starling.generate("drums", seed=np.int64(7))  # type: ignore[arg-type]
    assert sound.id == starling.generate("drums", seed=7).id
