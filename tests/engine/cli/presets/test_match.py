"""`starling presets match` as a user runs it, on a few presets of the built-in synth."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from starling.engine.cli.main import main
from starling.models.estimator.inference import TrainedEstimator
from starling.models.estimator.network import Config, Estimator, Layout
from starling.models.estimator.publish import describe, publish
from starling.models.proxy.parameter_space import Space
from starling.presets.formats.table import read_bank
from starling.presets.library.database import LibraryDatabase
from starling.presets.scan.synth_facts import synth_facts
from starling.presets.scan.update import scan
from starling.presets.synths import preset_folders

FACTORY = preset_folders.FACTORY
RATE = 44_100
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a small library and a target beside it."""
    home = tmp_path_factory.mktemp("home")
    folder = home / "data" / "library"
    bank = json.loads(FACTORY.read_text())
    few = {**bank, "presets": bank["presets"][::20][:5]}
    (folder / "banks").mkdir(parents=True)
    (folder / "banks" / "few.json").write_text(json.dumps(few))
    library = LibraryDatabase.open(folder)
    scan(library, synths=())
    library.close()
    time = np.arange(RATE // 2) / RATE
    tone = np.sin(2 * np.pi * 220 * time) + 0.5 * np.sin(2 * np.pi * 440 * time)
    soundfile.write(home / "tone.wav", 0.3 * tone * np.exp(-6 * time), RATE)
    return home


@pytest.fixture
def run(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*words: str, code: int = 0) -> Result:
        found = CliRunner(env={"STARLING_HOME": str(home)}).invoke(main, ["presets", *words])
        assert found.exit_code == code, found.output
        assert "Traceback" not in found.output
        return found

    return run


def test_a_match_writes_sounds_and_presets_and_json(run: Run, home: Path, tmp_path: Path) -> None:
    words = ("--synth", "starling", "--budget", "100", "--variants", "2", "--out", "out", "--json")
    found = json.loads(run("match", str(home / "tone.wav"), *words).stdout)
    assert found["note"] == 57 and found["evaluations"] <= 100
    assert len(found["variants"]) <= 2
    best = found["variants"][0]
    assert best["loss"] <= found["retrieved"]["loss"]
    assert set(best) >= {"mss", "wmfcc", "sot", "rms_cosine", "values"}
    sound, preset = (tmp_path / each for each in best["files"][:2])
    target, rate = soundfile.read(tmp_path / "out" / "target.wav")
    assert rate == RATE
    assert len(soundfile.read(sound)[0]) == len(target), "aligned with the target"
    [read] = read_bank(preset).presets
    assert (read.name, dict(read.values)) == (best["name"], best["values"])


def test_an_estimator_gives_one_more_start(run: Run, home: Path, tmp_path: Path) -> None:
    schema = synth_facts("starling", tmp_path).schema
    space = Space.of("starling", schema.hash, schema.parameters)
    network = Estimator(Layout(space), Config())
    described = describe(space, network.config, "parameters", None, [(60, 100, 0.65)])
    trained = TrainedEstimator(described, space, network)
    card = publish(tmp_path, "guess", trained, {"command": "x"}, {}, {})
    words = ("--budget", "100", "--variants", "1", "--estimator", str(card), "--json")
    found = json.loads(run("match", str(home / "tone.wav"), *words).stdout)
    assert any(remark.startswith("the estimated preset is") for remark in found["remarks"])
    assert found["variants"][0]["loss"] <= found["retrieved"]["loss"]


def test_a_match_speaks_to_people_and_keeps_what_it_found(run: Run, home: Path) -> None:
    text = run("match", str(home / "tone.wav"), "--budget", "100", "--variants", "1", "--keep")
    for words in ("retrieved", "MSS dB", "wMFCC", "turned for the best", "played at note 57"):
        assert words in text.output
    kept = json.loads(run("list", "bank:Matches", "--json").stdout)
    assert [hit["name"] for hit in kept] == ["tone match 1"]


def test_what_cannot_be_matched_is_a_sentence(run: Run, home: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    assert "is silent" in run("match", "silent.wav", code=1).output
    assert "no sound file" in run("match", "none.wav", code=1).output
    found = run("match", str(home / "tone.wav"), "--estimator", "none.json", code=1)
    assert "no model card" in found.output
    found = run("match", str(home / "tone.wav"), "--synth", "nonsense", code=1)
    assert "no presets of 'nonsense'" in found.output
    assert "100<=x<=5000" in run("match", str(home / "tone.wav"), "--budget", "9", code=2).output
