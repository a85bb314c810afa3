"""A real synth whose presets are its state: ZynAddSubFX, and its instruments (.xiz)."""

import gzip
import itertools
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from starling.engine.server.preset_browser import Browser
from starling.presets.features.spectral_loss import SpectralTarget
from starling.presets.formats import fxp
from starling.presets.formats.table import read_bank
from starling.presets.sandbox.client import Sandbox
from starling.presets.sandbox.plugin_state import PluginStates
from starling.presets.scan.opaque_presets import read_opaque
from starling.presets.scan.preset_files import files_to_scan, read_source
from starling.presets.scan.synth_facts import SynthFacts, synth_facts
from starling.presets.scan.update import scan
from starling.presets.search.by_sound import search_preset
from starling.presets.synths import preset_folders
from starling.presets.synths.plugin_files import find_plugin

FILE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE ZynAddSubFX-data>
<ZynAddSubFX-data version-major="2" version-minor="4" version-revision="3">
<INSTRUMENT>
<INFO>
<string name="name">{name}</string>
<string name="author">A. Person</string>
<par name="type" value="{kind}"/>
</INFO>
<INSTRUMENT_KIT>
<INSTRUMENT_KIT_ITEM id="0">
<par_bool name="enabled" value="yes"/>
{synth}
</INSTRUMENT_KIT_ITEM>
</INSTRUMENT_KIT>
</INSTRUMENT>
</ZynAddSubFX-data>
"""
PULSE = """<par_bool name="add_enabled" value="yes"/>
<ADD_SYNTH_PARAMETERS><VOICE id="0"><par_bool name="enabled" value="yes"/>
<OSCIL><par name="base_function" value="3"/></OSCIL></VOICE></ADD_SYNTH_PARAMETERS>"""
ABORTS = """<par_bool name="add_enabled" value="no"/>
<par_bool name="sub_enabled" value="yes"/>"""  # version 3.0.6: a failed assertion
SUBTRACTIVE = f"""{ABORTS}
<SUB_SYNTH_PARAMETERS><HARMONICS><HARMONIC id="6"><par name="mag" value="127"/></HARMONIC>
</HARMONICS></SUB_SYNTH_PARAMETERS>"""
SAME_DB = 1.0  # of a spectral loss; mostly 0, but the plugin's threads may share a random number


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> SynthFacts:
    path = find_plugin("ZynAddSubFX.so")
    if path is None:
        pytest.skip("ZynAddSubFX is not installed: apt install zynaddsubfx-vst")
    return synth_facts(str(path), tmp_path_factory.mktemp("schemas"))


@pytest.fixture(autouse=True)
def no_banks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin's own 1,318 instruments take minutes."""
    monkeypatch.setattr(preset_folders, "ZYNADDSUBFX_SHARED", ())


@pytest.fixture
def instruments(tmp_path: Path) -> Path:
    """A pulse, packed as the plugin does; and a subtractive one as plain XML."""
    folder = tmp_path / "My Instruments"
    folder.mkdir()
    pulse = FILE.format(name="Square Lead", kind=11, synth=PULSE)
    (folder / "0001-pulse.xiz").write_bytes(gzip.compress(pulse.encode()))
    subtractive = FILE.format(name="", kind=0, synth=SUBTRACTIVE)
    (folder / "0002-Sub Organ.xiz").write_text(subtractive)
    return folder


def played(facts: SynthFacts, cache: Path, state: bytes = b"") -> NDArray[np.float32]:
    """One note in a process of its own: ZynAddSubFX's random numbers go on from note to note."""
    with Sandbox(facts.name, cache=cache) as box:
        return box.render({}, 48, 100, 0.5, 0.8, 44_100, state=state)


def difference_db(sound: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return SpectralTarget(sound.mean(axis=0)).loss(other)


def test_instruments_sound_as_themselves_and_the_same_again(
    facts: SynthFacts, instruments: Path, tmp_path: Path
) -> None:
    sounds = [played(facts, tmp_path)]
    for path in sorted(instruments.iterdir()):
        state = read_bank(path).presets[0].state
        sound, again = played(facts, tmp_path, state), played(facts, tmp_path, state)
        assert np.abs(sound).max() > 0.01 and difference_db(sound, again) < SAME_DB
        sounds.append(sound)
    for first, second in itertools.combinations(sounds, 2):
        assert difference_db(first, second) > 5 * SAME_DB


def test_the_plugin_takes_the_instrument_and_nothing_else_changes(
    facts: SynthFacts, instruments: Path, tmp_path: Path
) -> None:
    """A state without the instrument sounds as the plugin does when it is loaded."""
    [program] = fxp.read(read_bank(instruments / "0001-pulse.xiz").presets[0].state)
    sine = program.chunk.replace(b'"base_function" value="3"', b'"base_function" value="0"')
    empty = fxp.write(fxp.Program(b"ZASF", "", 1, chunk=sine))
    assert difference_db(played(facts, tmp_path, empty), played(facts, tmp_path)) < SAME_DB


def test_a_folder_of_instruments_is_scanned_and_exported(
    facts: SynthFacts, instruments: Path, tmp_path: Path
) -> None:
    """One on which the plugin aborts costs only itself."""
    aborts = FILE.format(name="Bad", kind=0, synth=ABORTS)
    (instruments / "0003-Bad.xiz").write_text(aborts)
    with closing(Browser(tmp_path / "library")) as browser:
        report = scan(browser.library, synths=[facts.name], folders=[instruments], jobs=1)
        [(name, reason)] = report.failed
        assert name == "Bad (My Instruments)" and "crashed (SIGABRT)" in reason
        presets = {preset.name: preset for preset in browser.library.select("TRUE")}
        lead, organ = presets["Square Lead"], presets["Sub Organ"]
        assert (lead.bank, lead.author, lead.synth) == ("My Instruments", "A. Person", facts.name)
        assert {"lead", "synth"} <= set(lead.tags) and "keys" in organ.tags
        assert lead.state != organ.state and lead.values == organ.values
        written = browser.export(lead.id, tmp_path / "exports")
    assert written.name == "Square Lead.fxp"
    bank = read_source(written, [facts])
    assert bank.synth == facts.name and bank.presets[0].state == written.read_bytes()
    first, second = (played(facts, tmp_path, p.state) for p in (lead, bank.presets[0]))
    assert difference_db(first, second) < SAME_DB


def test_an_instrument_is_for_no_other_plugin(
    facts: SynthFacts, instruments: Path, tmp_path: Path
) -> None:
    bank = read_bank(instruments / "0001-pulse.xiz")
    with PluginStates() as states:
        assert read_opaque(bank, ".xiz", [], states) == (bank, None)
    [preset] = read_source(instruments / "0001-pulse.xiz", []).presets
    assert preset.problem == "only the plugin ZynAddSubFX (VST2) plays it"


def test_the_plugins_own_banks_come_with_it(
    facts: SynthFacts, instruments: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preset_folders, "ZYNADDSUBFX_SHARED", (str(instruments),))
    files = files_to_scan([facts.name], []).files
    assert [path.suffix for path in files] == [".xiz", ".xiz", ".so"]
    assert not any(path.suffix == ".xiz" for path in files_to_scan(["starling"], []).files)


SAVE = """
import sys, dawdreamer
engine = dawdreamer.RenderEngine(44100, 512)  # owns the plugin
processor = engine.make_plugin_processor("zyn", sys.argv[1])
processor.save_state(sys.argv[2])
"""


def test_zynaddsubfx_plays_what_its_sixteen_parameters_do_not_say(
    facts: SynthFacts, tmp_path: Path
) -> None:
    """A real synth: its patch is XML in the chunk, and a host sees little of it."""
    saved = tmp_path / "saved"
    command = [sys.executable, "-c", SAVE, facts.name, saved]
    subprocess.run(command, check=True, capture_output=True)
    [initial] = fxp.read(saved.read_bytes())
    sine, pulse = (b'name="base_function" value="%d"' % kind for kind in (0, 3))
    assert sine in initial.chunk
    changed = replace(initial, chunk=initial.chunk.replace(sine, pulse))
    (tmp_path / "banks").mkdir()
    for name, program in (("initial", initial), ("changed", changed)):
        (tmp_path / "banks" / f"{name}.fxb").write_bytes(fxp.write_bank_chunk(program))
    with closing(Browser(tmp_path / "library")) as browser:
        report = scan(browser.library, synths=[facts.name], folders=[tmp_path / "banks"], jobs=1)
        assert (report.added, report.failed) == (3, [])
        presets = {preset.name: preset for preset in browser.library.select("TRUE")}
        assert {name for name, preset in presets.items() if preset.state} == {"changed"}
        near = search_preset(browser.library, presets["initial"].id, 2)
    assert near[0].name == "Default" and near[0].score > 0.9 > near[1].score
