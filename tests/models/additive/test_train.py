"""The true training command on tiny data: it resumes, refuses, and its model plays."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from starling.engine.cli.groups import train
from starling.models.additive import generator, synthesizer
from starling.models.additive import train as train_additive
from starling.models.additive.kept_fits import FITS
from starling.models.additive.synthesizer import Config
from starling.models.artifacts import card_file, catalogue
from starling.models.datasets.training_set import SoundSet
from starling.models.dsp import descriptors
from starling.models.errors import InputError, MissingError, ParseError
from starling.models.training.session import Session

CONFIG = Config(seconds=0.4)
TWO = train_additive.Settings(steps=2, threads=1)


@pytest.fixture(scope="module")
def trained(sound_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of two steps."""
    out = tmp_path_factory.mktemp("additive")
    words = ["--data", str(sound_folder), "--steps", "2", "--seconds", "0.4", "--name", "tiny"]
    result = CliRunner().invoke(
        train, ["additive", *words, "--out", str(out), "--threads", "1", "--json"]
    )
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["fitted"] == 10 and said["mss_db"] <= said["mss_initial_db"]
    assert "broken.wav" in said["skipped"][0]
    return out


@pytest.fixture(scope="module")
def tiny(trained: Path) -> generator.Generator:
    player = catalogue.load_generator(catalogue.catalogue(trained)["tiny"])
    assert isinstance(player, generator.Generator)
    return player


def test_card_says_what_made_it(trained: Path) -> None:
    card = card_file.read_card(trained / "tiny.json")
    assert card["kind"] == "additive"
    assert card["training"]["command"].startswith("starling train additive --data ")
    assert card["training"]["losses"]["mss_db"] > 0
    assert card["data"]["classes"] == {"kick": 6, "hat_closed": 6}
    assert any("Too few" in sentence for sentence in card["limits"])


def test_model_plays_and_seeds_reproduce(tiny: generator.Generator) -> None:
    for kind in (1.0, 2.0):
        sound = tiny.generate(7, {"kind": kind})
        assert sound.dtype == np.float32 and sound.shape[0] == 1 and np.isfinite(sound).all()
        assert np.abs(sound).max() == pytest.approx(0.9, abs=1e-3)
        assert abs(float(sound[0, -1])) < 1e-3
        assert sound.tobytes() == tiny.generate(7, {"kind": kind}).tobytes()
        assert sound.tobytes() != tiny.generate(8, {"kind": kind}).tobytes()


def test_kinds_differ_and_keys_choose_them(tiny: generator.Generator) -> None:
    kick, hat = (
        descriptors.brightness(tiny.generate(1, {"kind": kind})[0], 44100) for kind in (1.0, 2.0)
    )
    assert kick + 2 < hat  # octaves
    assert tiny.generate(1, {"key": 36}).tobytes() == tiny.generate(1, {"kind": 1}).tobytes()


@pytest.mark.parametrize(("knob", "kind"), [("brightness", 2.0), ("decay", 1.0)])
def test_knobs_move_their_descriptors(tiny: generator.Generator, knob: str, kind: float) -> None:
    column = descriptors.NAMES.index(knob)
    low, high = (
        [
            descriptors.describe(tiny.generate(seed, {"kind": kind, knob: value})[0], 44100)[column]
            for seed in range(4)
        ]
        for value in (0.0, 1.0)
    )
    assert all(a < b for a, b in zip(low, high, strict=True))


def test_noisiness_raises_noise_over_partials() -> None:
    vectors = torch.zeros(1, CONFIG.size)
    moved = generator.with_controls(vectors - 3, torch.tensor([0.0, 0.0, 1.0]), CONFIG)
    still = generator.with_controls(vectors - 3, torch.zeros(3), CONFIG)
    before, after = (synthesizer.unpack(each, CONFIG) for each in (still, moved))
    nepers = math.log(10) / 20 * generator.BALANCE_DB / 2
    assert torch.allclose(after["noise"] - before["noise"], torch.tensor(nepers))
    assert torch.allclose(before["level"] - after["level"], torch.tensor(nepers))


def test_extreme_knobs_stay_finite(tiny: generator.Generator) -> None:
    for corner in (0.0, 1.0):
        sound = tiny.generate(2**31 - 1, dict.fromkeys(descriptors.NAMES, corner))
        assert np.isfinite(sound).all() and sound.shape[1] > 400


@pytest.mark.parametrize(("seed", "controls"), [(-1, {}), (True, {}), (0, {"brightness": 2})])
def test_bad_seeds_and_controls(tiny: generator.Generator, seed, controls) -> None:
    with pytest.raises(InputError):
        tiny.generate(seed, controls)


def test_cards_of_other_shapes_are_refused(trained: Path, tmp_path: Path) -> None:
    card = card_file.read_card(trained / "tiny.json")
    weights = (trained / "tiny.safetensors").read_bytes()
    (tmp_path / "tiny.safetensors").write_bytes(weights)
    for config in ({"size": 3}, {**card["config"], "partials": 7}):
        path = card_file.write_card(tmp_path, {**card, "config": config})
        with pytest.raises(ParseError):
            catalogue.load_generator(catalogue.read(path))


def test_interrupted_run_goes_on_where_it_was(sounds: SoundSet, tmp_path: Path) -> None:
    small = replace(TWO, batch_seconds=0.6)
    whole = train_additive.train(sounds, CONFIG, small, tmp_path / "whole")
    calls: list[int] = []

    def enough() -> bool:
        calls.append(1)
        return len(calls) > 2

    part = train_additive.train(
        sounds, CONFIG, small, tmp_path / "parts", Session(cancelled=enough)
    )
    assert part.interrupted and 0 < len(part.model.fits) < 10
    again = train_additive.train(sounds, CONFIG, small, tmp_path / "parts", Session(True))
    assert not again.interrupted and len(again.model.fits) == len(whole.model.fits) == 10
    for row, fit in whole.model.fits.items():
        assert np.array_equal(fit.vector, again.model.fits[row].vector)


def test_keyboard_interrupt_keeps_what_is_fitted(sounds: SoundSet, tmp_path: Path) -> None:
    def stop(fraction: float, done: int, figures: dict[str, float]) -> None:
        if done:
            raise KeyboardInterrupt

    stopped = train_additive.train(sounds, CONFIG, TWO, tmp_path, Session(report=stop))
    assert stopped.interrupted and stopped.model.fits
    again = train_additive.train(sounds, CONFIG, TWO, tmp_path, Session(resume=True))
    assert not again.interrupted and len(again.model.fits) == 10


def test_minutes_that_run_out_leave_first_guesses(sounds: SoundSet, tmp_path: Path) -> None:
    short = train_additive.Settings(minutes=1e-9, steps=500, threads=1)
    done = train_additive.train(sounds, CONFIG, short, tmp_path)
    assert len(done.model.fits) == 10 and not done.interrupted


def test_a_run_is_not_overwritten_nor_mixed(sounds: SoundSet, tmp_path: Path) -> None:
    train_additive.train(sounds, CONFIG, TWO, tmp_path)
    with pytest.raises(InputError, match="--resume goes on"):
        train_additive.train(sounds, CONFIG, TWO, tmp_path)
    with pytest.raises(InputError, match="another seed"):
        other = train_additive.Settings(steps=2, seed=1)
        train_additive.train(sounds, CONFIG, other, tmp_path, Session(resume=True))


def test_fits_that_are_none(sounds: SoundSet, tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        train_additive.train(sounds, CONFIG, TWO, tmp_path, Session(resume=True))
    (tmp_path / FITS).write_bytes(b"no fits")
    with pytest.raises(ParseError, match="not a file of fits"):
        train_additive.train(sounds, CONFIG, TWO, tmp_path, Session(resume=True))


def test_command_answers_mistakes_in_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(train, ["additive", "--data", "nowhere", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert "nowhere" in result.output and "Traceback" not in result.output
