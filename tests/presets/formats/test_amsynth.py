"""amsynth's table against the running plugin, and its text against real banks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starling.models.errors import ParseError
from starling.presets.formats import amsynth
from starling.presets.formats.json_bank import text_of

BANKS = Path("/usr/share/amsynth/banks")

# Loads texts into the plugin and prints the normalised positions that they give each parameter.
ASK = """
import json, sys, tempfile, os, dawdreamer
from starling.presets.formats import amsynth, fxp
engine = dawdreamer.RenderEngine(44100, 512)
plugin = engine.make_plugin_processor("amsynth", sys.argv[1])
names = [p["name"] for p in plugin.get_parameters_description()]
def positions(values):
    text = "amSynth1.0preset\\n<preset> <name> x\\n" + "".join(
        f"<parameter> {n} {v!r}\\n" for n, v in values.items())
    file = os.path.join(tempfile.mkdtemp(), "x.fxp")
    chunk = text.encode() + b"\\0"
    open(file, "wb").write(fxp.write(fxp.Program(b"amsy", "x", 41, chunk=chunk)))
    assert plugin.load_preset(file)
    return [plugin.get_parameter(i) for i in range(len(names))]
start = [plugin.get_parameter(i) for i in range(len(names))]
ends = {p.name: (p.minimum, p.maximum) for p in amsynth.PARAMETERS}
def at(share):
    return positions({n: low + share * (high - low) for n, (low, high) in ends.items()})
beyond = [positions({n: -1e3 for n in names}), positions({n: 1e3 for n in names})]
print(json.dumps({"names": names, "start": start, "shares": [at(0), at(.25), at(1)],
                  "beyond": beyond}), file=sys.__stderr__)
"""


def ask(amsynth_path: Path, folder: Path) -> dict[str, list]:
    environment = os.environ | {"XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    command = [sys.executable, "-P", "-c", ASK, str(amsynth_path)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(ran.stderr.strip().splitlines()[-1])


def test_names_ranges_and_defaults_are_those_of_the_plugin(
    amsynth_path: Path, tmp_path: Path
) -> None:
    """A range that was too small or too large would not map onto 0, a quarter and 1."""
    told = ask(amsynth_path, tmp_path)
    assert tuple(told["names"]) == amsynth.SCHEMA.names()
    lowest, quarter, highest = told["shares"]
    assert told["beyond"] == [lowest, highest]
    for index, parameter in enumerate(amsynth.PARAMETERS):
        span = parameter.maximum - parameter.minimum
        assert lowest[index] == pytest.approx(0, abs=1e-6), parameter.name
        assert highest[index] == pytest.approx(1, abs=1e-6), parameter.name
        if parameter.kind == "continuous":
            assert quarter[index] == pytest.approx(0.25, abs=1e-5), parameter.name
        default = (parameter.default - parameter.minimum) / span
        assert told["start"][index] == pytest.approx(default, abs=1e-5), parameter.name


def test_every_preset_of_every_bank_is_read(amsynth_path: Path) -> None:
    presets = [p for file in sorted(BANKS.iterdir()) for p in amsynth.parse_presets(_text(file))]
    assert len(presets) == 3_482
    assert [p.name for p in presets if p.problem] == []
    assert all(len(p.values) == 41 for p in presets)


def _text(file: Path) -> str:
    return file.read_bytes().decode("latin-1")


BANK = """amSynth
<preset> <name> Old One
<parameter> amp_attack 0.5
<parameter> osc2_range -1
<preset> <name> Unknown
<parameter> amp_attack 0.5
<parameter> warp_drive 9
<preset> <name> Not a number
<parameter> amp_attack fast
<preset> <name> Cut off
<parameter> amp_att
<preset> <name> Too loud
<parameter> master_vol 7
<parameter> unused 1
EOF
<preset> <name> After the end
"""


def test_a_bad_preset_is_named_and_the_rest_is_kept() -> None:
    presets = {p.name: p for p in amsynth.parse_presets(BANK)}
    assert list(presets) == ["Old One", "Unknown", "Not a number", "Cut off", "Too loud"]
    assert presets["Unknown"].problem == "amsynth has no parameter 'warp_drive'"
    assert presets["Not a number"].problem == "amp_attack must be a number, got 'fast'"
    assert presets["Cut off"].problem.startswith("the line '<parameter> amp_att' is not")
    assert presets["Too loud"].values["master_vol"] == 1.0, "limited, as the plugin does"


def test_parameters_that_an_older_bank_lacks_take_the_defaults() -> None:
    old = amsynth.parse_presets(BANK)[0]
    assert old.values == amsynth.SCHEMA.defaults() | {"amp_attack": 0.5, "osc2_range": -1.0}


@pytest.mark.parametrize("text", ["", "amSynt", "RIFF....WAVE", "<preset> <name> x"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="the first line is not 'amSynth'"):
        amsynth.parse_presets(text)


def test_windows_line_ends_and_odd_names() -> None:
    text = "amSynth\r\n<preset> <name> Gl\u00f6ckchen <3>\r\n<parameter> osc_mix 1\r\nEOF\r\n"
    preset = amsynth.parse_presets(text)[0]
    assert (preset.name, preset.values["osc_mix"]) == ("Gl\u00f6ckchen <3>", 1.0)


def test_a_chunk_is_ascii_and_ends_in_a_zero() -> None:
    chunk = amsynth.chunk("Gl\u00f6ckchen <name>\n", {"osc_mix": 0.25})
    assert chunk.startswith(b"amSynth1.0preset\n<preset> <name> Gl?ckchen (name)\n<parameter> ")
    assert b"<parameter> osc_mix 0.25\n" in chunk and chunk.endswith(b"portamento_mode 0\n\0")


VALUES = st.fixed_dictionaries(
    {
        p.name: st.floats(p.minimum, p.maximum).map(p.canonical)
        for p in amsynth.PARAMETERS
        if p.name in {"amp_attack", "osc2_pitch", "filter_cutoff", "freq_mod_amount"}
    }
)


@given(VALUES)
def test_a_bank_read_back_is_the_bank_written(values: dict[str, float]) -> None:
    text = amsynth.bank_text([("First", values), ("Second", {})])
    first, second = amsynth.parse_presets(text)
    assert first == amsynth.TextPreset("First", amsynth.SCHEMA.validate(values))
    assert second.values == amsynth.SCHEMA.defaults()


PLAIN = amsynth.bank_text([("One", {"osc_mix": 0.5}), ("Two", {"amp_attack": 1.25})])


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("\n", "\r"),
        PLAIN.replace("\n", "\r\n"),
        "\n\n" + PLAIN,
        PLAIN.replace("0.5", "0,5").replace("1.25", "1,25"),
        PLAIN.replace("<parameter> amp_decay", "# by hand\n// ;\n; x\n<parameter> amp_decay"),
    ],
)
def test_what_other_systems_and_hands_write_is_read(text: str) -> None:
    assert amsynth.parse_presets(text) == amsynth.parse_presets(PLAIN)
    assert [p.problem for p in amsynth.parse_presets(text)] == ["", ""]


def test_utf16_is_read_as_text() -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-8-sig", "utf-8"):
        mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
        assert text_of(mark + PLAIN.encode(encoding)) == PLAIN


def test_the_preset_at_which_a_bank_is_cut_is_named() -> None:
    for cut in range(1, 20):
        text = "\n".join(PLAIN.splitlines()[: -1 - cut])
        one, two = amsynth.parse_presets(text)
        assert (one.name, one.problem, two.name) == ("One", "", "Two")
        assert two.problem == "the file ends within this preset" and not two.values
    whole = amsynth.parse_presets(PLAIN.removesuffix("EOF\n"))
    assert whole == amsynth.parse_presets(PLAIN), "only the end itself is missing"
