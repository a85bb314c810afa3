from collections.abc import Callable
from pathlib import Path

import pytest

from starling.presets.scan.synth_facts import synth_facts
from starling.presets.synths import introspect
from starling.presets.synths.introspect import runs

Builder = Callable[..., Path]


def test_discrete_parameters_are_found_by_their_texts(plugin: Builder, tmp_path: Path) -> None:
    """The plugin's interface cannot say that `wave` has three steps; its texts do."""
    facts = synth_facts(str(plugin("GOOD")), tmp_path)
    level, wave, tone, mute = facts.schema.parameters
    assert (level.kind, level.default) == ("continuous", 0.75)
    assert (wave.kind, wave.steps, wave.labels) == ("discrete", 3, ("Sine", "Square", "Saw"))
    assert tone.kind == "continuous", "0.0, 0.1, ... is a rounded display"
    assert (mute.labels, mute.default) == (("Off", "On"), 0)
    assert facts.found is not None
    assert [facts.found.normalised(1, step) for step in (0, 2)] == [0.0, 1.0]
    assert facts.found.value(1, facts.found.normalised(1, 1)) == 1.0
    assert facts.found.value(0, 1.5) == 1.0


def test_the_answer_is_kept_by_the_plugins_hash(plugin: Builder, tmp_path: Path) -> None:
    path = str(plugin("GOOD"))
    first = synth_facts(path, tmp_path)
    (file,) = tmp_path.glob("*.json")
    written = file.stat().st_mtime_ns
    assert synth_facts(path, tmp_path) == first
    assert file.stat().st_mtime_ns == written and first.schema.hash == first.schema.hash
    file.write_text("{")
    assert synth_facts(path, tmp_path) == first, "a damaged cache is made again"


def test_another_build_of_the_plugin_has_another_stamp(plugin: Builder, tmp_path: Path) -> None:
    good, noisy = (synth_facts(str(plugin(kind)), tmp_path) for kind in ("GOOD", "NOISY"))
    assert good.stamp != noisy.stamp


@pytest.mark.parametrize(
    ("texts", "steps"),
    [
        (["Off"] * 50 + ["On"] * 50, ["Off", "On"]),
        ([str(i // 10) for i in range(100)], [str(i) for i in range(10)]),
        ([f"{i / 99:.2f}" for i in range(100)], []),
        ([f"{i / 99:.1f}" for i in range(100)], []),
        (["same"] * 100, []),
        (["0.125"] * 50 + ["0.25"] * 25 + ["0.5"] * 25, ["0.125", "0.25", "0.5"]),
    ],
)
def test_runs_of_texts(texts: list[str], steps: list[str]) -> None:
    assert [text for _, text in runs(texts)] == steps


def test_positions_are_the_middles_of_the_runs() -> None:
    found = runs(["a"] * 50 + ["b"] * 26 + ["c"] * 25)
    assert [position for position, _ in found] == pytest.approx([0.0, 0.625, 1.0])


def test_equal_names_stay_apart() -> None:
    assert introspect._unique(["Level", "", "Level"]) == ["Level", "parameter 1", "Level (2)"]
