from __future__ import annotations

from pathlib import Path

import pytest

from starling.models.errors import ParseError
from starling.models.nes.datasets.licences import Origin, stated, summary


def test_a_table_says_whose_each_file_is(tmp_path: Path) -> None:
    table = 'file,licence,attribution,notes\n"a/x, y.mid",CC0 1.0,Ann,3\nb.mid,,Bob,4\n'
    (tmp_path / "files.csv").write_text(table)
    assert stated(tmp_path) == {
        "a/x, y.mid": Origin("CC0 1.0", "Ann"),
        "b.mid": Origin("not stated", "Bob"),
    }


def test_a_folder_without_a_table_says_nothing(tmp_path: Path) -> None:
    assert stated(tmp_path) == {}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"file,licence\n", r"files\.csv has no column attribution; needed: file, licence, attr"),
        (b"", r"files\.csv has no column file"),
        (b"file,licence,attribution\n\xff\xfe\n", r"files\.csv is not a table in UTF-8"),
    ],
)
def test_damaged_tables_are_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "files.csv").write_bytes(content)
    with pytest.raises(ParseError, match=sentence):
        stated(tmp_path)


def test_files_are_counted_by_licence_and_attribution() -> None:
    origins = [Origin("CC0", "B"), Origin("CC0", "A"), Origin("CC0", "B"), Origin()]
    assert summary(origins) == [
        {"licence": "CC0", "attribution": "A", "files": 1},
        {"licence": "CC0", "attribution": "B", "files": 2},
        {"licence": "not stated", "attribution": "not stated", "files": 1},
    ]
