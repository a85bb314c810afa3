"""The true training command on tiny data, resuming, and what it answers to mistakes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from starling.engine.cli.groups import train
from starling.models.artifacts import card_file, catalogue
from starling.models.artifacts.catalogue import WEIGHTS
from starling.models.errors import InputError
from starling.models.timbre import train as training
from starling.models.timbre.batches import Material, Renders, open_sets
from starling.models.timbre.families import named_sounds
from starling.models.timbre.families.named_sounds import NamedSound, NamedSounds
from starling.models.timbre.network import Config, relation_loss
from starling.models.training.session import Session
from starling.presets.features.embedders import find

SMALL = Config(channels=(4, 6, 8, 8), hidden=16, size=8, floor=-7.0)


def test_the_command_trains_one_step_and_the_weights_hear(toy_folder: Path, tmp_path: Path) -> None:
    arguments = ["timbre", "--data", str(toy_folder), "--out", str(tmp_path), "--name", "mine"]
    arguments += ["--batch", "8", "--threads", "1"]
    result = CliRunner().invoke(train, [*arguments, "--steps", "1"])
    assert result.exit_code == 0, result.output
    card = card_file.read_card(tmp_path / "mine.json")
    assert (card["kind"], card["training"]["steps"], card["front"]) == ("timbre", 1, "log_mel/1")
    words = card["training"]["command"].split()
    assert words[:5] == ["starling", "train", "timbre", "--data", "toy"]
    assert {"--batch", "8", "--threads", "--steps", "1", "32-true"} <= set(words)
    assert card["data"]["sources"][0]["synth"] == "toy" and card["metrics"]["validation_mrr"] > 0
    embedder = find("timbre", tmp_path / "mine.json")
    assert embedder.key == f"timbre/1:{card['sha256'][:12]}" and embedder.metric == "cosine"
    tone = np.sin(np.arange(44_100) / 10).astype(np.float32)
    assert embedder.embed(tone).shape == (embedder.size,) == (128,)
    assert "mine" not in catalogue.catalogue(tmp_path)
    again = CliRunner().invoke(train, [*arguments, "--steps", "2", "--resume"])
    assert again.exit_code == 0 and "finished after 2 steps" in again.output, again.output


def test_a_run_goes_on_from_weights_that_are_there(toy_folder: Path, tmp_path: Path) -> None:
    """Named sounds beside rendered ones; the floor is the new one's, the data is told."""
    random = np.random.default_rng(0)
    sounds = tuple(NamedSound(name, "", (), family) for name, family in INSTRUMENTS)
    mels = random.normal(-1, 2, (len(sounds), 3, 64, 51)).astype(np.float16)
    mels[0, 2] = 0
    named_sounds.write(tmp_path / "own", NamedSounds("own", "recordings", "CC0", (), sounds, mels))
    arguments = ["--data", str(toy_folder), "--data", str(tmp_path / "own"), "--from", "timbre"]
    arguments += ["--batch", "8", "--threads", "1", "--steps", "1", "--out", str(tmp_path)]
    result = CliRunner().invoke(train, ["timbre", *arguments, "--name", "mine"])
    assert result.exit_code == 0, result.output
    card, old = (card_file.read_card(p) for p in (tmp_path / "mine.json", WEIGHTS / "timbre.json"))
    assert card["from"] == old["sha256"] and "floor" not in old["config"]
    assert card["config"]["floor"] == Config().floor
    assert card["data"]["sources"][1] == {
        "name": "own", "synth": "own", "count": 3, "notes": [], "sampling": "recordings",
        "licence": "CC0",
    }  # fmt: skip
    weights = [card_file.read_arrays(c, p) for c, p in ((card, tmp_path), (old, WEIGHTS))]
    apart = np.abs(weights[0]["head.weight"] - weights[1]["head.weight"]).max()
    assert 0 < apart < 0.01, "one small step away"


INSTRUMENTS = ("cello", "strings"), ("kick", "percussion"), ("whatever", "")


def test_drums_in_one_folder_are_not_notes_of_one_instrument(tmp_path: Path) -> None:
    sounds = tuple(NamedSound(name, "", (), family) for name, family in INSTRUMENTS)
    mels = np.ones((3, 2, 64, 51), np.float16)
    named_sounds.write(tmp_path, NamedSounds("own", "recordings", "CC0", (), sounds, mels))
    [found] = open_sets([tmp_path])
    assert (found.level > 0).tolist() == [[True, True], [False, False], [True, True]]


def test_a_share_of_the_weights_before_is_kept() -> None:
    model, start = training.Timbre(SMALL), training.Timbre(SMALL)
    own = model.head.weight.detach().clone()
    training._blend(model, start, 0.25)
    assert torch.allclose(model.head.weight, 0.75 * own + 0.25 * start.head.weight)
    assert int(model.blocks[0].norm.num_batches_tracked) == 0


def test_figures_are_those_of_the_weights_that_are_kept(toy_folder: Path, tmp_path: Path) -> None:
    material = Material(open_sets([toy_folder]))
    settings = training.Settings(steps=3, batch=16, threads=1, warmup=1, kept=0.5)
    start = training.Timbre(SMALL)
    result = training.train(material, SMALL, settings, tmp_path, start=start)
    assert result.figures["validation_mrr"] == round(training.validate(result.model, material), 4)


def test_weights_of_another_shape_are_refused(toy_folder: Path, tmp_path: Path) -> None:
    material = Material(open_sets([toy_folder]))
    settings = training.Settings(steps=1, batch=8, threads=1)
    with pytest.raises(InputError, match="of another shape"):
        training.train(material, Config(), settings, tmp_path, start=training.Timbre(SMALL))


def test_distances_in_the_order_of_spectra_cost_nothing() -> None:
    mels = torch.linspace(-1, 3, 12)[:, None, None].expand(12, 64, 51)
    line = torch.nn.functional.pad(torch.linspace(0, 1, 12)[:, None], (0, 7))
    assert float(relation_loss(line, mels)) == pytest.approx(0, abs=1e-4)
    shuffled = line[torch.randperm(12, generator=torch.manual_seed(1))]
    assert float(relation_loss(shuffled, mels)) > 0.3


def test_a_floor_hides_what_lies_below() -> None:
    network = training.Timbre(Config()).eval()
    loud = torch.rand(2, 64, 51, generator=torch.manual_seed(0)) * 8 - 5
    assert torch.equal(network(loud), network(loud.clamp(min=-1)))
    assert not torch.equal(network(loud), network(loud.clamp(min=0)))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--data", "nowhere", "--steps", "1"], "no data set in nowhere"),
        (["--data", "{folder}"], "a budget is needed"),
        (["--data", "{folder}", "--steps", "1", "--resume"], "no checkpoint"),
    ],
)
def test_mistakes_are_answered_in_one_sentence(
    words: list[str], sentence: str, toy_folder: Path, tmp_path: Path
) -> None:
    given = [word.format(folder=toy_folder) for word in words]
    result = CliRunner().invoke(train, ["timbre", "--out", str(tmp_path / "out"), *given])
    assert result.exit_code == 1 and sentence in result.output
    assert "Traceback" not in result.output


def test_a_run_learns_and_is_not_resumed_with_other_data(toy_folder: Path, tmp_path: Path) -> None:
    material = Material(open_sets([toy_folder]))
    settings = training.Settings(steps=40, batch=32, threads=1, warmup=5, near_every=10)
    before = training.validate(training.Timbre(SMALL), material)
    result = training.train(material, SMALL, settings, tmp_path)
    assert result.figures["validation_mrr"] > before + 0.1
    with pytest.raises(InputError, match="holds a run already"):
        training.train(material, SMALL, settings, tmp_path)
    other = Material(open_sets([toy_folder, toy_folder]))
    with pytest.raises(InputError, match="trained on other data"):
        training.train(other, SMALL, settings, tmp_path, Session(resume=True))


def test_neighbours_are_others() -> None:
    random = np.random.default_rng(0)
    mels = random.normal(-2, 2, (60, 2, 64, 51)).astype(np.float16)
    level = np.full((60, 2), 0.1, np.float32)
    material = Material([Renders("r", "r", mels, level, np.arange(60, dtype=np.int32))])
    near = training.neighbours(training.Timbre(SMALL), material)
    assert near.shape == (len(material.training), training.NEAR)
    assert not (near == np.arange(len(near))[:, None]).any()
