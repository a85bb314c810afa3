"""The examples of docs/api.md, run from the first to the last as a reader would run them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import starling

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "api.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.timeout(900)  # a scan and a match, also where other work goes on
def test_the_examples_of_the_page_run(tmp_path: Path) -> None:
    for name in ("query.wav", "demo.mid"):
        shutil.copy(ROOT / "examples" / name, tmp_path / name)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 8
    (tmp_path / "page.py").write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "page.py"],
        cwd=tmp_path,
        env={**os.environ, "STARLING_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "drums 44100" in done.stdout and done.stdout.rstrip().endswith("bad_control")
    assert (tmp_path / "snare.wav").is_file() and any((tmp_path / "presets").iterdir())


def test_the_page_names_every_method_and_error() -> None:
    text = PAGE.read_text(encoding="utf-8")
    names = [name for name in vars(starling.Library) if not name.startswith("_")]
    for name in [*names, *starling.errors.__all__, "generate", "compose", "models", "render"]:
        assert re.search(rf"\b{name}\b", text), f"docs/api.md does not mention {name}"
