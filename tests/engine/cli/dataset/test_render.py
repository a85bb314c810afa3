"""`starling dataset`: what a person types, in what words it answers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from starling.engine.cli.main import main

Run = Callable[..., str]


def test_render_info_and_verify(run: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "set")
    words = ["render", "starling", "--scheme", "uniform", "--count", "4", "--shard", "3"]
    words += ["--jobs", "1", "--out", folder]
    done = json.loads(run(*words, "--json"))
    assert (done["count"], done["shards"], done["made"]) == (4, 2, 2)
    assert done["renders_per_s"] > 0
    assert "4 presets in 2 shards, 0 of them new" in run(*words)
    found = json.loads(run("info", folder, "--json"))
    assert found["kinds"] == {"uniform": 4} and found["different"] == 0
    assert "60:100:0.65" in run("info", folder)
    assert run("verify", folder).startswith("all shards are complete")
    (tmp_path / "set" / "shard-00001.safetensors").write_bytes(b"damaged")
    said = run("verify", folder, "--json", code=1)
    assert '"shard-00001.safetensors": "corrupt"' in said
    assert "1 shards are not whole (shard-00001.safetensors)" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--notes", "60:100"), "'60:100' is not like 60:100:0.65,72:90:0.5"),
        (("--notes", "60:x:1"), "is not like"),
        (("--mix", "jiter=1"), "'jiter' is none of real, jitter"),
        (("--mix", "jitter"), "'jitter' is not like real=0.4"),
        (("--address", "auto"), "--address is for --on ray"),
        (("--scheme", "uniform", "--count", "0"), "count must be 1.."),
        (("--sampling", "none.json", "--count", "1"), "no sampling file at none.json"),
    ],
)
def test_mistakes_are_sentences(words: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    arguments = ["dataset", "render", "starling", "--out", str(tmp_path / "set"), *words]
    found = CliRunner(env={"STARLING_HOME": str(tmp_path)}).invoke(main, arguments)
    assert found.exit_code != 0 and sentence in found.output
    assert not (tmp_path / "set" / "dataset.json").exists()


def test_a_folder_without_a_data_set(run: Run, tmp_path: Path) -> None:
    for verb in ("info", "verify"):
        assert "no data set in" in run(verb, str(tmp_path), code=1)
