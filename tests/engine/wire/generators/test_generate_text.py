"""Generated files are fresh, and say what the tables say."""

from pathlib import Path

from starling.engine.wire.generators import generate_midi, generate_text
from starling.engine.wire.protocol import CODES, VERBS
from starling.engine.wire.tables.host_parameters import PARAMETERS
from starling.models.midi import controllers

ROOT = Path(__file__).resolve().parents[4]


def test_generated_files_are_fresh() -> None:
    assert generate_text.check(ROOT) == []


def test_a_stale_file_is_noticed_and_mended(tmp_path: Path) -> None:
    assert len(generate_text.check(tmp_path)) == len(generate_text.GENERATED)
    generate_text.write(tmp_path)
    assert generate_text.check(tmp_path) == []
    header = tmp_path / "plugin/Source/Wire/Protocol.h"
    header.write_text(header.read_text() + "// edited\n")
    assert generate_text.check(tmp_path) == [header]


def test_the_reference_names_every_verb_code_and_parameter() -> None:
    osc = generate_text.osc_markdown()
    header = generate_text.cpp_header()
    for verb in VERBS:
        assert f"## /starling/{verb.name} {'req' if verb.opens else 'secret req'}" in osc
        assert f'"/starling/{verb.name}"' in header
    for code in CODES:
        assert f"| `{code}` |" in osc
    for parameter in PARAMETERS:
        assert f"| `{parameter.id}` |" in generate_text.parameters_markdown()
        assert f'{{"{parameter.id}", ' in header


def test_every_code_a_verb_fails_with_is_in_the_table() -> None:
    for verb in VERBS:
        assert set(verb.fails) <= set(CODES), verb.name


def test_the_plugins_tables_of_midi_hold_every_row() -> None:
    header = generate_midi.midi_header()
    for row in controllers.CONTROLLERS:
        assert f"{{{row.number}, {row.initial}, {str(row.reset).lower()}}}, // {row.name}" in header
    for parameter in controllers.PARAMETERS.values():
        assert f"{{{parameter.number}, {parameter.high}, {parameter.low}, " in header
    assert f"constexpr int memberRange = {controllers.MEMBER_RANGE};" in header
    assert f"constexpr double vibratoHz = {controllers.VIBRATO_HZ};" in header
