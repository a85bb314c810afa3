import json
from pathlib import Path

import pytest

from starling.models.errors import MissingError, ParseError
from starling.presets.formats import amsynth, dx7, fxp
from starling.presets.formats.amsynth import SCHEMA
from starling.presets.formats.table import CARTRIDGE, FORMATS, BankPreset, read_bank

VALUES = {"osc1_waveform": 1.0, "filter_cutoff": 0.25, "amp_attack": 0.1}


@pytest.mark.parametrize("file_format", [f for f in FORMATS if f.write], ids=lambda f: f.name)
def test_what_a_format_writes_it_reads(file_format, tmp_path: Path) -> None:
    synth, schema = ("dexed", dx7.SCHEMA) if file_format is CARTRIDGE else ("amsynth", SCHEMA)
    path = tmp_path / "My Bank" / f"My Bank{file_format.suffixes[0]}"
    path.parent.mkdir()
    written = BankPreset(
        "Brass", schema.validate(VALUES if synth == "amsynth" else {"op1_fine": 3})
    )
    path.write_bytes(file_format.write(synth, [written]))
    bank = read_bank(path)
    assert (bank.name, bank.synth) == ("My Bank", synth)
    first = bank.presets[0]
    assert (first.name, first.values, first.problem) == ("Brass", written.values, "")


def test_amsynth_floats_are_positions_between_minimum_and_maximum(tmp_path: Path) -> None:
    values = tuple(0.5 for _ in amsynth.PARAMETERS)
    path = tmp_path / "half.fxp"
    path.write_bytes(fxp.write(fxp.Program(b"amsy", "Half", 41, values=values)))
    found = read_bank(path).presets[0].values
    assert found["osc2_pitch"] == 0.0 and found["filter_cutoff"] == pytest.approx(0.5)
    assert found["lfo_freq"] == pytest.approx(3.75)


def test_floats_of_another_plugin_wait_for_its_names(tmp_path: Path) -> None:
    path = tmp_path / "x.fxp"
    path.write_bytes(fxp.write(fxp.Program(b"Bad!", "Lead", 2, values=(0.25, float("nan")))))
    bank = read_bank(path)
    assert bank.synth == "" and bank.presets[0].floats == (0.25, 0.0)


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        (fxp.Program(b"XfsX", "Serum", 1, chunk=b"zz"), "only the plugin 'XfsX' can read"),
        (fxp.Program(b"amsy", "Few", 2, values=(0.0, 1.0)), "amsynth has 41 parameters, not 2"),
        (fxp.Program(b"amsy", "Junk", 41, chunk=b"junk\0"), "the first line is not 'amSynth'"),
    ],
)
def test_a_preset_that_cannot_be_played_says_why(
    program: fxp.Program, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.fxp"
    path.write_bytes(fxp.write(program))
    only = read_bank(path).presets[0]
    assert only.name == program.name and sentence in only.problem


def test_json_keeps_good_entries_and_names_the_bad(tmp_path: Path) -> None:
    entries = [
        {"name": "Good", "tags": ["pad"], "author": "X", "values": {"cutoff": 1}},
        {"values": {}},
        {"name": "Words", "values": {"cutoff": "high"}},
        {"name": "List", "values": [1, 2]},
    ]
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"format": 1, "synth": "starling", "presets": entries}))
    bank = read_bank(path)
    assert bank.presets[0] == BankPreset("Good", {"cutoff": 1.0}, ("pad",), "X")
    assert [p.name for p in bank.presets[1:]] == ["(unnamed)", "Words", "List"]
    assert all(p.problem for p in bank.presets[1:])


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("x.json", b"[1, 2]", "no JSON with"),
        ("x.json", b'{"format": 9, "synth": "a", "presets": []}', "its format is 9"),
        ("x.json", b'{"format": 1, "synth": 3, "presets": []}', '"synth" must be a name'),
        ("x.bank", b"\xff\xfe\0", "the first line is not"),
        ("x.fxp", b"CcnK", "4 bytes are too few"),
        (
            "x.wav",
            b"",
            "no preset file that Starling reads (.bank, .dx7, .fxb, .fxp, .json, ",
        ),
    ],
)
def test_files_that_are_not_what_they_claim(
    name: str, content: bytes, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ParseError) as caught:
        read_bank(tmp_path / name)
    assert name in str(caught.value) and sentence in str(caught.value)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no preset file at"):
        read_bank(tmp_path / "none.bank")


def test_latin_1_names_are_read(tmp_path: Path) -> None:
    path = tmp_path / "old.bank"
    path.write_bytes(b"amSynth\n<preset> <name> Gl\xf6ckchen\n<parameter> osc_mix 0\nEOF\n")
    assert read_bank(path).presets[0].name == "Gl\u00f6ckchen"
