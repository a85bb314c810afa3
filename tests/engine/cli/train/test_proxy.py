"""`starling train proxy` and `starling evaluate proxy` as a user types them, on tiny renders."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import toy_synth as toy
from click.testing import CliRunner, Result

from starling.engine.cli.groups import evaluate, train
from starling.engine.cli.train.proxy import ENCODERS
from starling.models.artifacts import card_file
from starling.models.proxy import encoder


@pytest.fixture(scope="module")
def renders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write_set(tmp_path_factory.mktemp("renders") / "toy", toy.draw(60, 0), real=20)


def invoke(command: object, *words: object) -> Result:
    return CliRunner().invoke(command, ["proxy", *map(str, words)])  # type: ignore[arg-type]


def trained(renders: Path, out: Path, *more: object) -> Result:
    small = ["--token", 4, "--width", 16, "--layers", 1, "--bins", 4, "--threads", 1]
    given = ["--data", renders, "--embedder", "classical", "--steps", 2, "--batch", 16]
    return invoke(train, *given, *small, "--out", out, *more)


def test_train_then_evaluate(renders: Path, tmp_path: Path) -> None:
    result = trained(renders, tmp_path / "run", "--json")
    assert result.exit_code == 0, result.output
    card = Path(json.loads(result.stdout)["card"])
    held = card_file.read_card(card)
    assert held["training"]["command"].startswith("starling train proxy --data toy --encoder")
    assert held["config"]["embedding"] == "classical/1"
    assert encoder.load_proxy(card).predict(toy.draw(3, 0)).shape == (3, 104)

    words = ["--model", card, "--data", renders, "--train", renders, "--out", tmp_path / "table"]
    judged = invoke(evaluate, *words, "--no-figures", "--json")
    assert judged.exit_code == 0, judged.output
    names = [row["name"] for row in json.loads(judged.stdout)]
    assert names[:3] == ["ours", "chance", "nearest parameters"]
    assert "oracle: second note" in (tmp_path / "table" / "table.md").read_text()
    shown = invoke(evaluate, *words, "--no-figures")
    assert "toy: real" in shown.output.replace("\n", " ")


def test_resume_and_refusals(renders: Path, tmp_path: Path) -> None:
    assert trained(renders, tmp_path, "--encoder", "mlp").exit_code == 0
    again = trained(renders, tmp_path, "--encoder", "mlp")
    assert (again.exit_code, "--resume goes on" in again.output) == (1, True)
    resumed = trained(renders, tmp_path, "--encoder", "mlp", "--resume")
    assert resumed.exit_code == 0, resumed.output
    other = trained(renders, tmp_path, "--encoder", "highway", "--resume")
    assert (other.exit_code, "another network" in other.output) == (1, True)


def test_search_takes_the_best_settings(renders: Path, tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="the extra eval is not installed")
    result = trained(renders, tmp_path, "--search", 2)
    assert result.exit_code == 0, result.output
    best = json.loads((tmp_path / "search" / "search.json").read_text())
    card = card_file.read_card(tmp_path / "toy.json")
    assert card["config"]["network"]["width"] == best["width"]
    assert card["training"]["settings"]["rate"] == pytest.approx(best["rate"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "nowhere", "--steps", "1"], "nowhere"),
        (["--data", "{renders}", "--embedder", "classical"], "a budget is needed"),
        (["--data", "{renders}", "--embedder", "ears", "--steps", "1"], "no embedder is called"),
    ],
)
def test_mistakes_are_answered_in_a_sentence(
    renders: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    result = invoke(train, "--out", tmp_path, *(word.format(renders=renders) for word in words))
    assert result.exit_code == 1
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_damaged_shard_is_named(renders: Path, tmp_path: Path) -> None:
    folder = toy.write_set(tmp_path / "cut", toy.draw(30, 0))
    (folder / "shard-00000.safetensors").write_bytes(b"cut")
    result = trained(folder, tmp_path / "run")
    assert result.exit_code == 1
    assert "shard-00000" in result.output


def test_another_schema_says_which_parameters_differ(renders: Path, tmp_path: Path) -> None:
    other = toy.write_set(tmp_path / "other", toy.draw(30, 0), schema="1" * 64)
    head = json.loads((other / "dataset.json").read_text())
    head["schema"]["parameters"][2]["maximum"] = 2.5
    (other / "dataset.json").write_text(json.dumps(head))
    result = trained(renders, tmp_path / "run", "--valid", other)
    assert result.exit_code == 1
    assert "different: cutoff" in result.output


def test_the_command_knows_every_encoder() -> None:
    assert ENCODERS == encoder.ENCODERS
    assert np.unique(ENCODERS).size == 6


def test_two_processes_train_as_one(renders: Path, tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("starling")  # Fabric starts it again by its name
    if not script.is_file():
        pytest.skip("the command is not installed beside this Python")
    words = ["--data", renders, "--embedder", "classical", "--steps", "2", "--batch", "8"]
    words += ["--token", "4", "--width", "16", "--layers", "1", "--threads", "1"]
    words += ["--accelerator", "cpu", "--devices", "2", "--out", tmp_path / "run"]
    done = subprocess.run(
        [script, "train", "proxy", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("finished after 2 steps") == 1
    assert encoder.load_proxy(tmp_path / "run" / "toy.json").predict(toy.draw(2, 0)).shape[0] == 2
