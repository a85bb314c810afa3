"""Exports: where they go, that nothing is lost to them, and that the real synths take them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from starling.models.errors import InputError, MissingError, PluginError, StarlingError
from starling.presets.formats import amsynth, fxp
from starling.presets.formats.table import read_bank
from starling.presets.library.database import LibraryDatabase
from starling.presets.library.preset import Preset
from starling.presets.sandbox.client import Sandbox
from starling.presets.sandbox.plugin_state import PluginStates
from starling.presets.scan.export import Exporter, export_formats, safe_stem
from starling.presets.scan.exported_files import LIST, not_ours, remember
from starling.presets.scan.preset_files import new_presets, read_source
from starling.presets.scan.synth_facts import SynthFacts, synth_facts
from starling.presets.scan.update import scan
from starling.presets.synths.faust import FaustSynth
from starling.presets.synths.preset_folders import export_folder, user_data, vst3_presets

Builder = Callable[..., Path]
PLAY = (60, 100, 0.2, 0.3, 44_100)
VALUES = amsynth.SCHEMA.validate({"osc1_waveform": 1.0, "filter_cutoff": 0.25, "amp_attack": 0.1})
DSSI = Path("/usr/lib/dssi/amsynth_dssi.so")
BUILDS = Path(__file__).parents[3] / "plugin" / "Builds" / "cmake"
BUILT = BUILDS / "Starling_artefacts" / "Release" / "VST3" / "Starling.vst3"


def preset(**changes: object) -> Preset:
    fields = {
        "id": 1,
        "name": "Brass Section",
        "bank": "b",
        "author": "A. Author",
        "tags": ("brass", "warm"),
        "synth": "amsynth",
        "values": VALUES,
        "schema_hash": amsynth.SCHEMA.hash,
        "source": "",
        "source_hash": "",
    }
    return Preset(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def exporter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Exporter:
    """One that cannot reach the user's own folders."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return Exporter(tmp_path / "exports", tmp_path / "schemas")


def test_each_synth_has_formats_and_folders(exporter: Exporter, tmp_path: Path) -> None:
    assert export_formats("amsynth")[0] == "bank" and export_formats("dexed")[0] == "syx"
    assert export_formats("/x/Big.vst3") == ("vstpreset", "starling-preset")
    assert export_formats("/x/old.so") == ("fxp", "starling-preset")
    assert export_formats("http://lv2") == ("starling-preset",)
    if sys.platform == "linux":
        assert user_data() == tmp_path / "data"
        assert export_folder("amsynth", "bank") == tmp_path / "data/amsynth/banks"
        assert export_folder("amsynth", "lv2") == tmp_path / "home/.lv2"
        assert export_folder("amsynth", "fxp") is None
        where = export_folder("dexed", "syx")
        assert where == tmp_path / "data/DigitalSuburban/Dexed/Cartridges"
        assert vst3_presets("A/B", "..") == tmp_path / "home/.vst3/presets/A_B/_"


@pytest.mark.parametrize("key", export_formats("amsynth"))
def test_every_format_of_amsynth_holds_the_same_preset(
    key: str, exporter: Exporter, tmp_path: Path
) -> None:
    path = exporter.export(preset(), tmp_path / "mine", key)
    assert path.parent == tmp_path / "mine" and path.name.startswith("Brass Section.")
    bank = read_bank(path / "manifest.ttl" if path.is_dir() else path)
    [read] = bank.presets[:1]
    assert (bank.synth, read.name, read.problem) == ("amsynth", "Brass Section", "")
    assert read.values == pytest.approx(VALUES)


def test_exports_never_overwrite(exporter: Exporter, tmp_path: Path) -> None:
    for key, suffix in (("fxp", ".fxp"), ("lv2", ".preset.lv2")):
        paths = [exporter.export(preset(), tmp_path / key, key) for _ in range(3)]
        stems = ["Brass Section", "Brass Section 2", "Brass Section 3"]
        assert [path.name for path in paths] == [f"{stem}{suffix}" for stem in stems]


def test_what_belongs_nowhere_else_goes_into_the_folder_for_exports(exporter: Exporter) -> None:
    path = exporter.export(preset(synth="starling", values={"cutoff": 900.0}))
    assert path == exporter.fallback / "Brass Section.starling-preset"
    [read] = read_bank(path).presets
    assert (read.values, read.tags, read.author) == (
        {"cutoff": 900.0},
        ("brass", "warm"),
        "A. Author",
    )


def test_a_format_that_the_synth_does_not_have(exporter: Exporter) -> None:
    with pytest.raises(InputError, match="format must be syx, starling-preset for dexed, got 'fx"):
        exporter.export(preset(synth="dexed"), key="fxp")


def test_a_folder_that_is_a_file_is_said(exporter: Exporter, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StarlingError, match="'Brass Section' cannot be written into") as caught:
        exporter.export(preset(), tmp_path / "file")
    assert caught.value.code == "store_full"


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("a/b\\c:d*e", "a b c d e"),
        ("CON", "CON_"),
        ("...", "preset"),
        ("", "preset"),
        ("x" * 300, "x" * 80),
        ("new\nline\0", "new line"),
        ("🎹" * 80, "🎹" * 50),
    ],
)
def test_names_are_safe_for_any_file_system(name: str, stem: str) -> None:
    assert safe_stem(name) == stem


def test_amsynth_takes_the_fxp_and_plays_the_same(amsynth_path: Path, exporter: Exporter) -> None:
    path = exporter.export(preset(), key="fxp")
    with PluginStates() as states:
        positions = states.of(amsynth_path).load(path.read_bytes(), ".fxp").positions
    for knob, position in zip(amsynth.PARAMETERS, positions, strict=True):
        held = knob.minimum + position * (knob.maximum - knob.minimum)
        assert held == pytest.approx(VALUES[knob.name], abs=1e-4)
    with Sandbox("amsynth") as box:
        audio = box.render(VALUES, *PLAY)
        again = box.render(read_bank(path).presets[0].values, *PLAY)
        other = box.render({}, *PLAY)
    assert np.array_equal(audio, again) and not np.array_equal(audio, other)


def test_amsynth_itself_lists_the_exported_bank(exporter: Exporter, tmp_path: Path) -> None:
    """Through its DSSI plugin, whose programs are those of all banks in the user's folder."""
    if not DSSI.exists():
        pytest.skip("amsynth is not installed: apt install amsynth")
    path = exporter.export(preset())
    assert path == tmp_path / "data/amsynth/banks/Brass Section.bank"
    script = Path(__file__).with_name("dssi_programs.py")
    done = subprocess.run(
        [sys.executable, str(script), str(DSSI), "10000"],
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path / "home"), "XDG_DATA_HOME": str(tmp_path / "data"),
             "XDG_CONFIG_HOME": str(tmp_path)},
        check=True,
    )  # fmt: skip
    assert "Brass Section" in done.stdout.splitlines()


@pytest.fixture(scope="module")
def starling() -> FaustSynth:
    """Compiled before the user's folders are changed, among which is the compiler's cache."""
    synth = FaustSynth()
    synth.render({}, *PLAY)
    return synth


def test_starlings_own_preset_plays_the_same_to_the_bit(
    starling: FaustSynth, exporter: Exporter
) -> None:
    synth = starling
    values = synth.schema.validate({"cutoff": 700.0})
    written = preset(synth="starling", values=values, schema_hash=synth.schema.hash)
    [read] = read_bank(exporter.export(written)).presets
    assert read.schema == synth.schema.hash
    assert np.array_equal(synth.render(values, *PLAY), synth.render(read.values, *PLAY))


def facts_of(plugin: Path, exporter: Exporter) -> SynthFacts:
    return synth_facts(str(plugin), exporter.cache)


def test_a_vst2_plugins_floats_are_under_its_own_id(plugin: Builder, exporter: Exporter) -> None:
    facts = facts_of(plugin("GOOD"), exporter)
    values = {"level": 0.75, "wave": 2.0, "tone": 0.3, "mute": 0.0}
    written = preset(synth=facts.name, values=values, schema_hash=facts.schema.hash)
    path = exporter.export(written)
    [program] = fxp.read(path.read_bytes())
    assert (program.plugin_id, program.count) == (b"Bad!", 4)
    with PluginStates() as states:
        positions = states.of(Path(facts.name)).load(path.read_bytes(), ".fxp").positions
    assert positions == pytest.approx(program.values)
    [read] = new_presets(read_source(path, [facts]), facts)
    assert read.values == pytest.approx(values)


def test_a_vst3_plugin_takes_its_preset_from_the_standard_folder(
    exporter: Exporter, tmp_path: Path
) -> None:
    if not BUILT.exists() or sys.platform != "linux":
        pytest.skip("the plugin is not built: python3 build.py plugin")
    facts = facts_of(BUILT, exporter)
    values = facts.schema.defaults() | {"Control 2": 0.125, "Mode": 1.0}
    written = preset(synth=facts.name, values=values, schema_hash=facts.schema.hash)
    path = exporter.export(written)
    folder = tmp_path / "home/.vst3/presets/Starling/Starling"
    assert path == folder / "Brass Section.vstpreset"
    with PluginStates() as states:
        [read] = new_presets(read_source(path, [facts], states=states), facts)
    assert read.values == pytest.approx(values, abs=1e-6)


def test_a_plugin_that_changed_or_went_is_a_sentence(plugin: Builder, exporter: Exporter) -> None:
    changed = preset(synth=str(plugin("GOOD")), values={}, schema_hash="other")
    with pytest.raises(PluginError, match=r"good\.so has changed since 'Brass Section' was"):
        exporter.export(changed)
    with pytest.raises((MissingError, PluginError)):
        exporter.export(preset(synth="/none/such.so"))


def test_what_starling_wrote_is_not_scanned_until_somebody_changes_it(
    amsynth_path: Path, exporter: Exporter, tmp_path: Path
) -> None:
    folder = tmp_path / "watched"
    written = preset(synth="amsynth", values={}, schema_hash="")
    library = LibraryDatabase.open(tmp_path / "library")
    path = exporter.export(written, folder, "starling-preset")
    bundle = exporter.export(preset(), folder, "lv2")
    remember(library.folder, path)
    remember(library.folder, bundle)
    assert not_ours(library.folder, [path, bundle / "manifest.ttl"]) == []
    assert scan(library, synths=(), folders=[folder], jobs=1).added == 0
    path.write_text(path.read_text().replace("Brass", "Brassy"))
    assert scan(library, synths=(), folders=[folder], jobs=1).added == 1
    (library.folder / LIST).write_text("damaged")
    assert not_ours(library.folder, [path]) == [path]
    library.close()
