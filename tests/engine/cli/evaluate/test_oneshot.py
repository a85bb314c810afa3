"""`starling evaluate oneshot`: what it refuses. What it measures is tested with the models."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from starling.engine.cli.groups import evaluate


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """Two classes that the drums do not know."""
    for name in ("lute", "zither"):
        (tmp_path / name).mkdir()
        for number in range(3):
            tone = np.sin(np.arange(9000) * (0.01 + 0.01 * number)).astype(np.float32)
            soundfile.write(tmp_path / name / f"{number}.wav", 0.5 * tone, 44100)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "{folder}"], "the data has lute, zither"),
        (["--data", "nowhere"], "no data set nowhere"),
        (["--data", "{folder}", "--model", "none.json"], "none.json"),
    ],
)
def test_mistakes_are_answered_in_one_sentence(
    others: Path, arguments: list[str], message: str
) -> None:
    words = [word.format(folder=others) for word in arguments]
    result = CliRunner().invoke(evaluate, ["oneshot", *words])
    assert result.exit_code == 1
    assert message in result.output and "Traceback" not in result.output


def test_the_earlier_names_of_options_still_work() -> None:
    shown = CliRunner().invoke(evaluate, ["oneshot", "--help"]).output
    for option in ("--model", "--card", "--sheet", "--write", "--out", "--each", "--json"):
        assert option in shown
