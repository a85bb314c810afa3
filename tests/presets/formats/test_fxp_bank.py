"""VST2 files as banks: amsynth's in every kind, and other plugins' as far as bytes say."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from starling.presets.formats import amsynth, fxp
from starling.presets.formats.bank import BankPreset
from starling.presets.formats.fxp_bank import VST2_PRESET
from starling.presets.formats.table import AMSYNTH_BANK

WHERE = Path("My Bank.fxb")
VALUES = st.fixed_dictionaries(
    {
        p.name: st.floats(p.minimum, p.maximum)
        if p.kind == "continuous"
        else st.integers(int(p.minimum), int(p.maximum)).map(float)
        for p in amsynth.PARAMETERS
    }
)
NAMES = st.text("abcXYZ 09-", min_size=1, max_size=20).map(str.strip).filter(bool)
PRESETS = st.lists(st.builds(BankPreset, NAMES, VALUES), min_size=1, max_size=3)


@settings(max_examples=20)
@given(PRESETS)
def test_round_trip_of_amsynths_files(presets: list[BankPreset]) -> None:
    """.fxp of one, .fxb of several, and the program's own banks: values to the last bit."""
    for file_format in (VST2_PRESET, AMSYNTH_BANK):
        assert file_format.write is not None
        bank = file_format.read(file_format.write("amsynth", presets), WHERE)
        assert bank.synth == "amsynth"
        assert [(p.name, p.values) for p in bank.presets] == [
            (" ".join(p.name.split()), p.values) if file_format is AMSYNTH_BANK
            else (p.name, p.values)
            for p in presets
        ]  # fmt: skip


def test_a_bank_of_amsynth_in_one_chunk() -> None:
    text = amsynth.bank_text([("One", {"osc_mix": 0.5}), ("Two", {})])
    program = fxp.Program(b"amsy", "", 2, chunk=text.encode())
    bank = VST2_PRESET.read(fxp.write_bank_chunk(program), WHERE)
    assert [preset.name for preset in bank.presets] == ["One", "Two"]
    assert bank.presets[0].values["osc_mix"] == 0.5


def test_what_only_a_plugin_reads_comes_with_a_file_for_it() -> None:
    program = fxp.Program(b"XfsX", "Growl", 3, chunk=b"\1\2")
    bank = VST2_PRESET.read(fxp.write_bank([program, program]), WHERE)
    assert (bank.synth, bank.plugin, len(bank.presets)) == ("", "XfsX", 2)
    assert all(fxp.read(preset.opaque) == [program] for preset in bank.presets)
    whole = fxp.write_bank_chunk(fxp.Program(b"XfsX", "", 3, chunk=b"\1\2"))
    [only] = VST2_PRESET.read(whole, WHERE).presets
    assert only.name == "My Bank" and only.opaque == whole
