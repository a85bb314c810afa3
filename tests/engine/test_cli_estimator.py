"""`starling train estimator` and `starling evaluate estimator` as a user types them."""

import json
from pathlib import Path

import numpy as np
import pytest
import toy_synth as toy
from click.testing import CliRunner, Result

from starling.engine.cli_train import train
from starling.engine.cli_train_estimator import LOSSES
from starling.models import artifact
from starling.models.estimator import weights
from starling.models.estimator_card import load_estimator


@pytest.fixture(scope="module")
def renders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write_set(tmp_path_factory.mktemp("renders") / "toy", toy.draw(60, 0))


def invoke(command: object, name: str, *words: object) -> Result:
    home = {"STARLING_HOME": "nowhere"}
    found = CliRunner(env=home).invoke(command, [name, *map(str, words)])  # type: ignore[arg-type]
    assert "Traceback" not in found.output
    return found


def trained(renders: Path, out: Path, *more: object) -> Result:
    words = ["--data", renders, "--threads", 1, "--out", out]
    return invoke(train, "estimator", *words, *more)


@pytest.fixture(scope="module")
def proxy_card(renders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("proxy")
    small = ["--token", 4, "--width", 16, "--layers", 1, "--bins", 4, "--threads", 1]
    given = ["--data", renders, "--embedder", "classical", "--steps", 1, "--batch", 16]
    assert invoke(train, "proxy", *given, *small, "--out", out).exit_code == 0
    return out / "toy.json"


def test_without_a_proxy_it_learns_from_parameters(renders: Path, tmp_path: Path) -> None:
    result = trained(renders, tmp_path, "--steps", 2, "--json")
    assert result.exit_code == 0, result.output
    assert "losses: parameters, no proxy listens" in result.stderr
    told = json.loads(result.stdout)
    assert (told["losses"], told["proxy"], told["steps"]) == ("parameters", None, 2)
    card = artifact.read_card(Path(told["card"]))
    assert card["name"] == "toy-estimator" and card["metrics"]["num_error"] > 0
    assert card["training"]["command"] == (
        "starling train estimator --data toy --steps 2 --threads 1"
    )
    assert len(card["data"]["manifest"]) == 64
    mel = toy.sound(toy.draw(3, 0))[:, 0].astype(np.float32)
    assert load_estimator(Path(told["card"])).predict(mel).shape == (3, 6)
    assert any((tmp_path / "tensorboard").iterdir())
    again = trained(renders, tmp_path, "--steps", 3)
    assert (again.exit_code, "--resume goes on" in again.output) == (1, True)
    more = trained(renders, tmp_path, "--steps", 3, "--resume")
    assert "finished after 3 steps" in more.output


def test_with_a_proxy_it_learns_from_both(renders: Path, proxy_card: Path, tmp_path: Path) -> None:
    result = trained(renders, tmp_path, "--proxy", proxy_card, "--steps", 2, "--name", "mine")
    assert result.exit_code == 0, result.output
    assert "losses: mix, the proxy toy listens (predicts classical/1)" in result.output
    card = artifact.read_card(tmp_path / "mine.json")
    assert card["config"]["embedding"] == "classical/1"
    assert card["config"]["proxy"]["sha256"] == artifact.read_card(proxy_card)["sha256"]
    assert "perceptual" in card["metrics"]


def test_a_proxy_in_the_models_folder_is_found(
    renders: Path, proxy_card: Path, tmp_path: Path
) -> None:
    models = tmp_path / "home" / "data" / "models"
    models.mkdir(parents=True)
    for path in (proxy_card, proxy_card.with_suffix(".safetensors")):
        (models / path.name).write_bytes(path.read_bytes())
    words = ["estimator", "--data", str(renders), "--steps", "1", "--out", str(tmp_path / "run")]
    result = CliRunner(env={"STARLING_HOME": str(tmp_path / "home")}).invoke(train, words)
    assert "losses: mix, the proxy toy listens" in result.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "nowhere", "--steps", "1"], "no data set in nowhere"),
        (["--data", "{renders}"], "a budget is needed"),
        (["--data", "{renders}", "--steps", "1", "--losses", "switch"], "need a proxy of ours"),
        (["--data", "{renders}", "--steps", "1", "--proxy", "none.json"], "no model card"),
        (["--data", "{renders}", "--steps", "1", "--resume"], "no checkpoint"),
    ],
)
def test_mistakes_are_answered_in_a_sentence(
    renders: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    given = [word.format(renders=renders) for word in words]
    result = invoke(train, "estimator", "--out", tmp_path / "run", *given)
    assert (result.exit_code, message in result.output) == (1, True), result.output


def test_the_command_knows_every_loss() -> None:
    assert all(sum(weights(each, 0.5)) > 0 for each in LOSSES)  # type: ignore[arg-type]
