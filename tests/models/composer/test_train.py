"""The trainer and its command on toy songs: it learns, resumes exactly, answers mistakes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from song_data import toy_song, toy_songs
from tiny_composer import TINY, prepared

from starling.engine.cli.groups import train as train_group
from starling.engine.config import folders
from starling.models.artifacts import catalogue
from starling.models.composer import data, generator, grammar, train
from starling.models.composer.batches import Batches
from starling.models.composer.generator import Task
from starling.models.composer.network import Composer
from starling.models.errors import InputError, MissingError, ParseError
from starling.models.training.result import Result
from starling.models.training.session import QUIET, Session

FEW = train.Settings(threads=1, rate=5e-3, validate_every=50, average=0.9)


def run(out: Path, steps: int, session: Session = QUIET) -> Result[Composer]:
    batches = Batches(prepared(), 4, 8, seed=0)
    settings = replace(FEW, steps=steps)
    return train.train(batches, prepared(3, 150), TINY, settings, out, "toy", session)


def test_a_run_learns_below_the_unigram(tmp_path: Path) -> None:
    result = run(tmp_path, 120)
    assert result.learning is not None and result.learning.learned
    assert result.learning.after < 0.7 * (result.learning.trivial or 0)
    assert result.figures["validation_nats_per_frame"] <= result.learning.after + 1e-6


def test_a_stopped_and_resumed_run_equals_the_run_left_alone(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", 17)
    stop = iter([False] * 7 + [True] * 99)
    run(tmp_path / "parts", 17, Session(cancelled=lambda: next(stop)))
    parts = run(tmp_path / "parts", 17, Session(resume=True))
    assert parts.step == whole.step == 17
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, parts.model.state_dict()[name]), name


def test_a_finished_run_is_trained_on_with_a_larger_budget(tmp_path: Path) -> None:
    """The same weights each time, from where the first budget ended; less is nothing to do."""
    found = []
    for name in ("one", "two"):
        first = run(tmp_path / name, 8)
        again = run(tmp_path / name, 8, Session(resume=True))
        assert again.step == 8 and weights(again).equal(weights(first))
        more = run(tmp_path / name, 17, Session(resume=True))
        assert more.step == 17 and not weights(more).equal(weights(first))
        found.append(weights(more))
    assert found[0].equal(found[1])


def weights(result: Result[Composer]) -> torch.Tensor:
    return torch.cat([each.flatten().double() for each in result.model.state_dict().values()])


def test_the_rate_rises_stays_and_falls() -> None:
    settings = train.Settings(rate=1.0)
    rates = [settings.learning_rate(step, done) for step, done in ((0, 0), (39, 0), (99, 0.6))]
    assert rates == pytest.approx([1 / 40, 1.0, 1.0])
    assert settings.learning_rate(999, 0.8) == pytest.approx(0.51)
    assert settings.learning_rate(999, 1.0) == pytest.approx(0.02)


def write(path: Path, every: list[np.ndarray]) -> Path:
    offsets = np.cumsum([0, *map(len, every)]).astype(np.int64)
    np.savez(path, frames=np.concatenate(every), offsets=offsets)
    return path


def folder_of(place: Path) -> Path:
    place.mkdir()
    write(place / "toy_seprsco_train.npz", list(toy_songs(5)))
    write(place / "toy_seprsco_valid.npz", [toy_song(9), np.zeros((0, 4), np.uint8)])
    return place


COMMAND = ["--width", "16", "--hidden", "16", "--layers", "1", "--batch", "2", "--window", "16"]


def test_the_command_trains_a_model_that_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path))
    folder = folder_of(tmp_path / "songs")
    command = ["nes", "--data", str(folder), "--out", str(tmp_path / "run"), *COMMAND]
    result = CliRunner().invoke(train_group, [*command, "--steps", "3", "--threads", "1"])
    assert result.exit_code == 0, result.output
    card = json.loads((tmp_path / "run" / "songs.json").read_text())
    assert card["training"]["command"].startswith("starling train nes --data songs --steps 3")
    assert (card["data"]["songs"], card["data"]["held_out_songs"]) == (5, 1)
    network = generator.load(catalogue.read(tmp_path / "run" / "songs.json"))
    assert generator.write(network, Task(grammar.free(48))).shape == (48, 4)
    assert catalogue.composers(folders().models)["songs"].title == "Songs", "compose finds it"
    again = [*command, "--steps", "5", "--threads", "1", "--resume"]
    result = CliRunner().invoke(train_group, again)
    assert result.exit_code == 0 and "finished after 5 steps" in result.output, result.output


def test_mistakes_are_answered_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path / "home"))
    for words, sentence in (
        (["--data", str(tmp_path / "none.npz"), "--steps", "1"], "no scores at"),
        (["--data", str(tmp_path), "--steps", "1"], "must hold scores.npz, or one"),
        (["--data", str(tmp_path)], "a budget is needed"),
        (
            ["--data", str(tmp_path), "--steps", "1", "--name", "chip-composer"],
            "chip-composer is the name of a model that comes with Starling",
        ),
        (["--data", "./none", "--held-out", "none", "--steps", "1"], "no data set none"),
    ):
        command = ["nes", "--out", str(tmp_path / "run"), *words]
        result = CliRunner().invoke(train_group, command)
        assert result.exit_code == 1 and sentence in result.output, result.output


def test_expressive_scores_give_their_notes(tmp_path: Path) -> None:
    song = toy_song(2)
    expressive = np.stack([song, 15 * (song > 0), 0 * song], axis=-1).astype(np.uint8)
    found = data.read(write(tmp_path / "scores.npz", [expressive, expressive[:50]]))
    assert np.array_equal(found.frames, np.concatenate([song, song[:50]]))
    material = data.load(tmp_path)
    assert (len(material.training), len(material.validation)) == (1, 1)


def test_data_that_are_no_songs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no")
    with pytest.raises(ParseError, match=r"text\.npz is no npz of scores"):
        data.read(tmp_path / "text.npz")
    odd = write(tmp_path / "odd.npz", [np.zeros((4, 4, 2), np.uint8)])
    with pytest.raises(ParseError, match=r"uint8 \(total, 4\) or \(total, 4, 3\)"):
        data.read(odd)
    with pytest.raises(MissingError, match="no scores at"):
        data.load(tmp_path / "nothing.npz")
    with pytest.raises(InputError, match=r"one \*train\.npz of separated scores"):
        data.load(tmp_path)
