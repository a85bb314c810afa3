"""LV2 preset bundles: ours, the kind that amsynth ships, other hosts', and damaged ones."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starling.models.errors import ParseError
from starling.presets.formats import amsynth
from starling.presets.formats.bank import Bank, BankPreset
from starling.presets.formats.lv2 import LV2_BUNDLE, PLUGINS, bundle_files
from starling.presets.formats.table import read_bank

URI = PLUGINS["amsynth"]
GOLDEN_MANIFEST = f"""@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

<preset.ttl>
    a pset:Preset ;
    lv2:appliesTo <{URI}> ;
    rdfs:label "Say \\"Hi\\"" ;
    rdfs:seeAlso <preset.ttl> .
""".encode()
# Two presets in one file with addresses of their own, as amsynth's source ships its banks.
SHIPPED_MANIFEST = f"""@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<{URI}> a lv2:Plugin ; lv2:binary <amsynth_lv2.so> ; rdfs:seeAlso <amsynth.ttl> .
<{URI}#one> lv2:appliesTo <{URI}> ; a pset:Preset ; rdfs:seeAlso <some%20bank.ttl> .
<{URI}#two> lv2:appliesTo <{URI}> ; a pset:Preset ; rdfs:seeAlso <some%20bank.ttl> .
"""
SHIPPED_BANK = f"""@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<{URI}#one> a pset:Preset ; lv2:appliesTo <{URI}> ; rdfs:label "Bank: 000: One" ;
    lv2:port [ lv2:symbol "osc_mix" ; pset:value -0.277557 ] ,
             [ lv2:symbol "freq_mod_amount" ; pset:value 1.259922 ] .
<{URI}#two> a pset:Preset ; lv2:appliesTo <{URI}> ; rdfs:label "Bank: 001: Two" ;
    lv2:port [ lv2:symbol "osc_mix" ; pset:value "high" ] .
"""


def bundle(folder: Path, **files: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    return folder / "manifest.ttl"


def written(folder: Path, preset: BankPreset) -> Bank:
    for name, data in bundle_files(URI, preset).items():
        bundle(folder, **{name: data})
    return read_bank(folder / "manifest.ttl")


def test_golden_text_and_what_is_read_back(tmp_path: Path) -> None:
    preset = BankPreset('Say "Hi"', {"osc_mix": -0.5, "lfo_freq": 1e-7, "osc2_range": 2.0})
    files = bundle_files(URI, preset)
    assert files["manifest.ttl"] == GOLDEN_MANIFEST
    assert b'lv2:symbol "lfo_freq" ;\n        pset:value 1e-07' in files["preset.ttl"]
    bank = written(tmp_path / "Hi.preset.lv2", preset)
    assert bank == Bank("Hi.preset", "amsynth", (preset,))


def test_a_bank_as_amsynth_ships_it(tmp_path: Path) -> None:
    files = {"manifest.ttl": SHIPPED_MANIFEST, "some bank.ttl": SHIPPED_BANK}
    bank = read_bank(bundle(tmp_path / "amsynth.lv2", **files))
    assert (bank.name, bank.synth, bank.remarks) == ("amsynth", "amsynth", ())
    one, two = bank.presets
    assert one.name == "Bank: 000: One"
    assert one.values == {"osc_mix": -0.277557, "freq_mod_amount": 1.25992105}, "limited"
    assert two.problem == "the port osc_mix has no number for a value" and two.values == {}


def test_a_bundle_of_something_else_holds_no_presets(tmp_path: Path) -> None:
    path = bundle(tmp_path / "x.lv2", **{"manifest.ttl": "<x> a <http://lv2plug.in/ns/Plugin> ."})
    assert read_bank(path) == Bank("x", "", ())


def test_a_state_is_the_plugins_own(tmp_path: Path) -> None:
    body = (
        GOLDEN_MANIFEST.decode().replace(URI, "urn:other")
        + "<preset.ttl> <http://lv2plug.in/ns/ext/state#state> [ <urn:x> <file.wav> ] ."
    )
    bank = read_bank(bundle(tmp_path / "x.lv2", **{"manifest.ttl": body, "preset.ttl": ""}))
    assert bank.synth == "urn:other"
    assert bank.presets[0].problem == "only the plugin urn:other can read its state"


@pytest.mark.parametrize(
    ("names", "remark"),
    [
        ({}, "preset.ttl was left out: there is no such file in the bundle"),
        ({"preset.ttl": "<a <b"}, "preset.ttl was left out: it is no Turtle"),
        ({"preset.ttl": b"\xff\xfe\0"}, "preset.ttl was left out: it is no Turtle"),
        ({"preset.ttl": b" " * (4 * 2**20 + 1)}, "preset.ttl was left out: it has more than 4 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_left_out(
    names: dict[str, str | bytes], remark: str, tmp_path: Path
) -> None:
    bank = read_bank(bundle(tmp_path / "x.lv2", **{"manifest.ttl": GOLDEN_MANIFEST, **names}))
    assert bank.remarks[0].startswith(remark) and len(bank.presets) == 1


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        (GOLDEN_MANIFEST + b"<<<", "it is no Turtle"),
        (GOLDEN_MANIFEST + b"<a> <b> " + b"[" * 5000, "Turtle|nested too deeply"),
        (
            GOLDEN_MANIFEST + b"".join(b"<preset.ttl> rdfs:seeAlso <%d> ." % n for n in range(201)),
            "names 202 files",
        ),
    ],
)
def test_manifests_that_are_refused(manifest: bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ParseError, match=sentence):
        read_bank(bundle(tmp_path / "x.lv2", **{"manifest.ttl": manifest, "preset.ttl": ""}))


def test_files_outside_of_the_bundle_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.ttl").write_text(SHIPPED_BANK)
    manifest = GOLDEN_MANIFEST.replace(b"seeAlso <preset.ttl>", b"seeAlso <..%2Fsecret.ttl>")
    bank = read_bank(bundle(tmp_path / "x.lv2", **{"manifest.ttl": manifest}))
    assert "no such file in the bundle" in bank.remarks[0] and bank.presets[0].values == {}


def test_a_bundle_is_read_up_to_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("starling.presets.formats.lv2.MAX_BUNDLE", len(SHIPPED_BANK) + 10)
    files = {"some bank.ttl": SHIPPED_BANK, "x.ttl": "# a remark of more than ten bytes"}
    manifest = SHIPPED_MANIFEST + f"<{URI}#one> rdfs:seeAlso <x.ttl> ."
    bank = read_bank(bundle(tmp_path / "x.lv2", **{"manifest.ttl": manifest, **files}))
    assert len(bank.presets) == 2 and "x.ttl was left out: the bundle's files" in bank.remarks[0]


VALUES = st.fixed_dictionaries(
    {
        p.name: st.floats(p.minimum, p.maximum)
        if p.kind == "continuous"
        else st.integers(int(p.minimum), int(p.maximum)).map(float)
        for p in amsynth.PARAMETERS
    }
)


@settings(max_examples=15)
@given(st.text(min_size=1, max_size=12).filter(lambda name: "\0" not in name), VALUES)
def test_round_trip(name: str, values: dict[str, float]) -> None:
    files = bundle_files(URI, BankPreset(name, values))
    whole = files["manifest.ttl"] + files["preset.ttl"].replace(b"<>", b"<preset.ttl>")
    [preset] = LV2_BUNDLE.read(whole, Path("x.lv2/manifest.ttl")).presets
    assert preset.values == values and preset.name == name


def test_lilv_lists_the_preset(tmp_path: Path) -> None:
    """The library by which hosts read LV2, on our bundle and a stand-in for the plugin."""
    if shutil.which("lv2info") is None:
        pytest.skip("lv2info is not installed: apt install lilv-utils")
    stand_in = SHIPPED_MANIFEST.partition(f"<{URI}#one>")[0]
    bundle(tmp_path / "amsynth.lv2", **{"manifest.ttl": stand_in, "amsynth.ttl": ""})
    written(tmp_path / "Brass.preset.lv2", BankPreset("Brass, warm", {"osc_mix": 0.25}))
    places = f"{tmp_path}:/usr/lib/lv2"
    done = subprocess.run(
        ["lv2info", URI], env={"LV2_PATH": places}, capture_output=True, text=True, check=False
    )
    assert "Brass, warm" in done.stdout, done.stderr


def test_what_rdflib_says_of_a_file_s_text_is_not_printed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It would quote the text as it is, with the escape codes of a terminal."""
    text = (
        "@prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n"
        "<x> a pset:Preset ; pset:bank <a\x1b[2J{red}> ; pset:value"
        ' "\x1b[2Jred"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    )
    [preset] = read_bank(bundle(tmp_path / "x.lv2", **{"manifest.ttl": text})).presets
    assert preset.name == "x" and caplog.records == []


def test_a_bundle_for_several_plugins_gives_each_its_own(tmp_path: Path) -> None:
    manifest = GOLDEN_MANIFEST + b"<b> a pset:Preset ; lv2:appliesTo <urn:other> ."
    alone = read_bank(bundle(tmp_path / "alone.lv2", **{"manifest.ttl": GOLDEN_MANIFEST}))
    bank = read_bank(bundle(tmp_path / "both.lv2", **{"manifest.ttl": manifest}))
    assert bank.synth == alone.synth == "amsynth"
    assert [p for p in bank.presets if not p.problem] == [p for p in alone.presets if not p.problem]
    assert [p.problem for p in bank.presets if p.name == "b"] == ["it is for the plugin urn:other"]
