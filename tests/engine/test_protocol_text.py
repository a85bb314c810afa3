"""Generated files are fresh, and say what the tables say."""

from pathlib import Path

from starling.engine import protocol_text
from starling.engine.parameters import PARAMETERS
from starling.engine.protocol import CODES, VERBS

ROOT = Path(__file__).resolve().parents[2]


def test_generated_files_are_fresh() -> None:
    assert protocol_text.check(ROOT) == []


def test_a_stale_file_is_noticed_and_mended(tmp_path: Path) -> None:
    assert len(protocol_text.check(tmp_path)) == len(protocol_text.GENERATED)
    protocol_text.write(tmp_path)
    assert protocol_text.check(tmp_path) == []
    header = tmp_path / "plugin/Source/Protocol.h"
    header.write_text(header.read_text() + "// edited\n")
    assert protocol_text.check(tmp_path) == [header]


def test_the_reference_names_every_verb_code_and_parameter() -> None:
    osc = protocol_text.osc_markdown()
    header = protocol_text.cpp_header()
    for verb in VERBS:
        assert f"## /starling/{verb.name} req" in osc
        assert f'"/starling/{verb.name}"' in header
    for code in CODES:
        assert f"| `{code}` |" in osc
    for parameter in PARAMETERS:
        assert f"| `{parameter.id}` |" in protocol_text.parameters_markdown()
        assert f'{{"{parameter.id}", ' in header


def test_every_code_a_verb_fails_with_is_in_the_table() -> None:
    for verb in VERBS:
        assert set(verb.fails) <= set(CODES), verb.name
