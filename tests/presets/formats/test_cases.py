"""Small files that version 0.1.0 refused or read wrongly, with what is right."""

from pathlib import Path

import pytest

from starling.presets.formats.table import read_bank

CASES = Path(__file__).parents[4] / "shared" / "cases" / "presets"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="shared/cases is not here")
MADE_UP = ["made up 0", "made up 1", "made up 2"]
CUT = "it has no end: presets after 'made up 1' are missing, if there were any"


@pytest.mark.parametrize(
    ("file", "synth", "names"),
    [
        ("06_bare_vced155.syx", "dexed", ["TEST 01"]),
        ("51_count_16777216.fxp", "amsynth", ["Fxp count"]),
        ("54_utf8name.fxp", "amsynth", ["Glück ♥ é"]),
        ("70_comma.bank", "amsynth", MADE_UP),
        ("72_cr.bank", "amsynth", MADE_UP),
        ("86_leadingblank.bank", "amsynth", MADE_UP),
        ("77_truncated.bank", "amsynth", MADE_UP[:2]),
        ("mda_piano.fxp", "", ["MDA Piano Bright"]),
    ],
)
def test_all_presets_are_there(file: str, synth: str, names: list[str]) -> None:
    bank = read_bank(CASES / file)
    assert (bank.synth, [preset.name for preset in bank.presets]) == (synth, names)
    assert not [preset.problem for preset in bank.presets if preset.problem]


def test_commas_are_points_and_line_ends_are_line_ends() -> None:
    first, *others = (
        read_bank(CASES / name).presets
        for name in ("70_comma.bank", "72_cr.bank", "86_leadingblank.bank")
    )
    assert all(other == first for other in others)


def test_what_is_cut_is_said() -> None:
    assert read_bank(CASES / "77_truncated.bank").remarks == (CUT,)
    presets = read_bank(CASES / "59_truncated.fxb").presets
    assert [(p.name, bool(p.problem)) for p in presets] == [(f"P{n}", n == 7) for n in range(8)]


def test_a_plugin_that_a_file_names_is_kept() -> None:
    assert read_bank(CASES / "mda_piano.fxp").plugin == "MdaP"
