"""The knob-sweep test on Starling's own synth, and its ranks on numbers."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from starling.engine.cli.groups import evaluate
from starling.models.errors import InputError
from starling.presets.evaluation.knob_sweep import (
    chosen_presets,
    positions,
    score_embedders,
    spearman,
)
from starling.presets.features.embedders import CLASSICAL, find
from starling.presets.formats.schema import Parameter, Schema
from starling.presets.sandbox.client import Sandbox


def test_ranks() -> None:
    assert spearman(np.array([0.0, 0.1, 5.0, 6.0])) == pytest.approx(1)
    assert spearman(np.array([3.0, 2.0, 1.0])) == pytest.approx(-1)
    assert spearman(np.zeros(5)) == 0


def test_bipolar_knobs_are_turned_on_one_side() -> None:
    assert positions(Parameter("tune", -1, 1, 0), 3) == [0, 0.5, 1]
    assert positions(Parameter("level", 0, 1, 0), 3) == [0, 0.5, 1]


def test_presets_are_spread_over_the_list() -> None:
    schema = Schema("s", "1", (Parameter("a", 0, 9, 5),))
    values = [{"a": float(at)} for at in range(10)]
    assert [each["a"] for each in chosen_presets(schema, values, 3)] == [0, 3, 6]
    assert chosen_presets(schema, [], 3) == [{"a": 5.0}]


def test_knobs_that_brighten_are_followed_and_dead_ones_left_out() -> None:
    with Sandbox("starling") as box:
        only, embedders = ("cutoff", "delay_time"), [find("timbre"), CLASSICAL]
        found = score_embedders(box, [{"delay_mix": 0.0}], embedders, steps=5, only=only)
        assert [each.embedder for each in found] == [find("timbre").key, "classical/1"]
        for each in found:
            assert set(each.knobs) == {"cutoff"}, "an unheard delay has no time"
            assert each.knobs["cutoff"] > 0.5 and -1 <= each.mean <= 1
        with pytest.raises(InputError, match="steps must be 4 or more, got 3"):
            score_embedders(box, [{}], [CLASSICAL], steps=3)
        with pytest.raises(InputError, match="no continuous knob 'volume'"):
            score_embedders(box, [{}], [CLASSICAL], only=["volume"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--embedder", "ears"], "no embedder is called 'ears'"),
        (["--embedder", "clap"], "clap needs the path of its weights"),
        (["--synth", "/nowhere/no.so"], "no.so"),
    ],
)
def test_mistakes_are_answered_in_one_sentence(words: list[str], sentence: str) -> None:
    result = CliRunner().invoke(evaluate, ["embedders", *words])
    assert result.exit_code == 1 and sentence in result.output
    assert "Traceback" not in result.output


def test_the_command_prints_json() -> None:
    arguments = ["embedders", "--embedder", "classical", "--presets", "1", "--steps", "4"]
    arguments += ["--knob", "cutoff", "--knob", "amp_release", "--json"]
    result = CliRunner().invoke(evaluate, arguments)
    assert result.exit_code == 0, result.output
    (figures,) = json.loads(result.stdout)["starling"]
    assert figures["embedder"] == "classical/1" and 0.3 < figures["spearman"] <= 1
    assert figures["knobs"]["cutoff"] > 0.5
