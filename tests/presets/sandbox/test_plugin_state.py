"""Presets that only their plugin can read, through real plugins."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from starling.engine.server.preset_browser import Browser
from starling.models.errors import InputError, PluginError
from starling.presets.formats import amsynth, fxp
from starling.presets.formats.bank import Bank, BankPreset
from starling.presets.sandbox.plugin_state import PluginStates
from starling.presets.scan.opaque_presets import read_opaque
from starling.presets.scan.preset_files import new_presets, read_source
from starling.presets.scan.synth_facts import SynthFacts, synth_facts
from starling.presets.scan.update import scan

Builder = Callable[..., Path]
ROOT = Path(__file__).resolve().parents[3]
BUILT = ROOT / "plugin/Builds/cmake/Starling_artefacts/Release/VST3/Starling.vst3"
CLASS_ID = "ABCDEF019182FAEB5374726C53746172"


@pytest.fixture
def states() -> Iterator[PluginStates]:
    with PluginStates() as opened:
        yield opened


@pytest.fixture(scope="module")
def vst3() -> Path:
    if not BUILT.exists() or sys.platform != "linux":
        pytest.skip("the plugin is not built: python3 build.py plugin")
    return BUILT


@pytest.fixture(scope="module")
def vst3_facts(vst3: Path, tmp_path_factory: pytest.TempPathFactory) -> SynthFacts:
    return synth_facts(str(vst3), tmp_path_factory.mktemp("schemas"))


def test_a_vst2_plugin_says_its_id(plugin: Builder, states: PluginStates) -> None:
    assert states.of(plugin("GOOD")).identity() == "Bad!"


def test_amsynth_reads_the_chunk_that_we_write(amsynth_path: Path, states: PluginStates) -> None:
    """The positions of the running plugin are those of the values that were written."""
    values = amsynth.SCHEMA.validate(
        {p.name: (p.minimum + 2 * p.maximum) / 3 for p in amsynth.PARAMETERS}
    )
    program = fxp.Program(b"amsy", "X", 41, chunk=amsynth.chunk("X", values))
    state = states.of(amsynth_path)
    assert state.identity() == "amsy"
    positions = state.load(fxp.write(program), ".fxp").positions
    for parameter, position in zip(amsynth.PARAMETERS, positions, strict=True):
        span = parameter.maximum - parameter.minimum
        assert parameter.minimum + position * span == pytest.approx(
            values[parameter.name], abs=1e-5 * span
        )


def test_a_vst3_plugins_own_preset_is_scanned(
    vst3_facts: SynthFacts, states: PluginStates, tmp_path: Path
) -> None:
    """Written by pedalboard, read by DawDreamer: two hosts agree on every parameter."""
    found = vst3_facts.found
    assert found is not None
    values = vst3_facts.schema.defaults() | {"Control 1": 0.25, "Tune": 0.75, "Mode": 1.0}
    names = vst3_facts.schema.names()
    positions = [found.normalised(index, values[name]) for index, name in enumerate(names)]
    saved = states.of(Path(vst3_facts.name)).save(positions)
    assert (saved.vendor, saved.name) == ("Starling", "Starling")
    path = tmp_path / "Mine.vstpreset"
    path.write_bytes(saved.data)
    bank = read_source(path, [vst3_facts], states=states)
    assert bank.synth == vst3_facts.name and bank.remarks == ("read through Starling.vst3",)
    [preset] = new_presets(bank, vst3_facts)
    assert preset.problem == "" and preset.name == "Mine"
    assert preset.values == pytest.approx(values, abs=1e-6)


def test_a_preset_of_another_plugin_stays_unread(
    vst3_facts: SynthFacts, states: PluginStates
) -> None:
    only = BankPreset("A", {}, problem="only its plugin", opaque=b"VST3")
    bank = Bank("b", "", (only,), plugin="0" * 32)
    assert read_opaque(bank, ".vstpreset", [vst3_facts], states) == (bank, None)
    mine = replace(bank, plugin=CLASS_ID)
    read, owner = read_opaque(mine, ".vstpreset", [vst3_facts], states)
    assert owner == vst3_facts and read.presets[0].problem == "Starling.vst3 refused a preset"


def test_a_plugin_that_crashes_is_a_sentence_and_is_started_again(
    plugin: Builder, states: PluginStates
) -> None:
    state = states.of(plugin("ABORT_ON_OPEN"))
    crashed = r"abort_on_open\.so crashed \(SIGABRT\)"
    for question in (state.identity, state.identity, lambda: state.load(b"", ".fxp")):
        with pytest.raises(PluginError, match=crashed):
            question()


def test_a_file_that_is_no_plugin_is_a_sentence(tmp_path: Path, states: PluginStates) -> None:
    path = tmp_path / "no.so"
    path.write_bytes(b"\x7fELF")
    with pytest.raises(PluginError):
        states.of(path).identity()


def chunk_of(*values: int) -> bytes:
    return fxp.write(fxp.Program(b"Bad!", "Chunk", 0, chunk=bytes(values)))


def test_a_state_says_whether_it_is_its_parameters(plugin: Builder, states: PluginStates) -> None:
    """An octave that no parameter has is more than they are."""
    state = states.of(plugin("STATEFUL"))
    for octave in (0, 1, 3, 0):
        loaded = state.load(chunk_of(255, 0, 51, 0, octave), ".fxp")
        assert loaded.positions == pytest.approx((1.0, 0.0, 0.2, 0.0))
        assert loaded.is_whole == (octave == 0)


def test_a_preset_that_is_more_than_parameters_plays_as_its_plugin_plays_it(
    plugin: Builder, tmp_path: Path
) -> None:
    """Told from its parameters alone, played an octave higher, and exported to the byte."""
    path, folder = plugin("STATEFUL"), tmp_path / "fxp"
    folder.mkdir()
    low, high = chunk_of(255, 0, 0, 0, 0), chunk_of(255, 0, 0, 0, 1)
    (folder / "low.fxp").write_bytes(low)
    (folder / "high.fxp").write_bytes(high)
    with closing(Browser(tmp_path / "library")) as browser:
        report = scan(browser.library, synths=[str(path)], folders=[folder])
        assert (report.added, report.failed) == (3, [])
        of = {Path(p.source).stem: p for p in browser.library.select("TRUE")}
        assert (of["low"].state, of["high"].state) == (b"", high)
        assert of["low"].values == of["high"].values
        ids, pitches = [], []
        for name in ("low", "high"):
            recipe, preset = browser.audition_recipe(of[name].id, 60, 100, 1.0)
            ids.append(recipe.id)
            audio = browser.play(recipe, preset)[0][4_800:24_000]
            pitches.append(np.argmax(np.abs(np.fft.rfft(audio))) * 48_000 / len(audio))
        assert ids[0] != ids[1] and pitches[1] == pytest.approx(2 * pitches[0], rel=0.01)
        vectors = browser.library.snapshot().vectors
        assert len({vector.tobytes() for vector in vectors}) == 3
        written = browser.export(of["high"].id, tmp_path / "exports")
        assert written.suffix == ".fxp" and written.read_bytes() == high
        with pytest.raises(InputError, match="format must be fxp"):
            browser.export(of["high"].id, tmp_path / "exports", key="starling-preset")
        assert scan(browser.library, synths=[str(path)], folders=[folder]).kept == 3


def test_a_plugin_that_hangs_is_waited_for_once(
    plugin: Builder, states: PluginStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = states.of(plugin("HANG_IN_RENDER"))
    assert state.identity() == "Bad!"
    monkeypatch.setattr("starling.presets.sandbox.plugin_state.TIMEOUT_S", 5.0)
    values = fxp.write(fxp.Program(b"Bad!", "P", 4, values=(1.0, 0.0, 0.0, 0.0)))
    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(PluginError, match="hung"):
            state.load(values, ".fxp")
    assert time.monotonic() - began < 30
