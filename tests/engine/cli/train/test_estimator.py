"""`starling train estimator` and `starling evaluate estimator` as a user types them."""

import json
from pathlib import Path

import numpy as np
import pytest
import toy_synth as toy
from click.testing import CliRunner, Result

from starling.engine.cli.groups import evaluate, train
from starling.engine.cli.train.estimator import LOSSES
from starling.models.artifacts import card_file
from starling.models.estimator.inference import load_estimator
from starling.models.estimator.network import weights
from starling.presets.datasets.render import DatasetSpec, render


@pytest.fixture(scope="module")
def renders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write_set(tmp_path_factory.mktemp("renders") / "toy", toy.draw(60, 0))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STARLING_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def invoke(command: object, name: str, *words: object) -> Result:
    found = CliRunner().invoke(command, [name, *map(str, words)])  # type: ignore[arg-type]
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
    card = card_file.read_card(Path(told["card"]))
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
    card = card_file.read_card(tmp_path / "mine.json")
    assert card["config"]["embedding"] == "classical/1"
    assert card["config"]["proxy"]["sha256"] == card_file.read_card(proxy_card)["sha256"]
    assert "perceptual" in card["metrics"]


def test_a_proxy_in_the_models_folder_is_found(
    renders: Path, proxy_card: Path, home: Path, tmp_path: Path
) -> None:
    models = home / "data" / "models"
    models.mkdir(parents=True)
    for path in (proxy_card, proxy_card.with_suffix(".safetensors")):
        (models / path.name).write_bytes(path.read_bytes())
    result = trained(renders, tmp_path / "run", "--steps", 1)
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


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve factory presets of the built-in synth."""
    folder = tmp_path_factory.mktemp("real")
    order = DatasetSpec("starling", 12, "real", ((60, 100, 0.4),), split=None, check="none")
    schemas = folder / "home" / "data" / "library" / "schemas"  # the synth is compiled once
    render(order, folder / "factory", schemas, jobs=1)
    return folder / "factory"


def test_train_then_evaluate_on_a_real_synth(
    real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STARLING_HOME", str(real.parent / "home"))
    done = trained(real, tmp_path, "--steps", 1, "--losses", "parameters")
    assert done.exit_code == 0, done.output
    words = ["--model", tmp_path / "starling-estimator.json", "--data", real, "--train", real]
    judged = invoke(evaluate, "estimator", *words, "--count", 2, "--json")
    assert judged.exit_code == 0, judged.output
    rows = json.loads(judged.stdout)
    assert [row["preset"] for row in rows] == [
        "estimated", "nearest training preset", "default preset"
    ]  # fmt: skip
    assert {row["targets"] for row in rows} == {2}
    assert rows[1]["mss"] == pytest.approx(0, abs=0.1), "each is its own nearest"
    assert set(rows[0]) >= {"mss", "wmfcc", "sot", "rms_cosine", "silent", "num_error"}
    shown = invoke(evaluate, "estimator", *words[:4], "--count", 2)
    for text in ("medians over 2 real presets", "estimated", "default", "MSS"):
        assert text in shown.output
    assert "nearest" not in shown.output


def test_an_estimator_of_another_synth_is_refused(
    renders: Path, real: Path, tmp_path: Path
) -> None:
    assert trained(renders, tmp_path, "--steps", 1).exit_code == 0
    card = tmp_path / "toy-estimator.json"
    result = invoke(evaluate, "estimator", "--model", card, "--data", real)
    assert (result.exit_code, "is of starling; this model is of toy" in result.output) == (1, True)
    result = invoke(evaluate, "estimator", "--model", tmp_path / "no.json", "--data", real)
    assert (result.exit_code, "no model card" in result.output) == (1, True)


def test_the_command_knows_every_loss() -> None:
    assert all(sum(weights(each, 0.5)) > 0 for each in LOSSES)  # type: ignore[arg-type]
