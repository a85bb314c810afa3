"""`starling dataset` as a person types it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from starling.engine.cli.main import main


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Runs `starling dataset WORDS` in a home of its own; what it says, of `--json` the JSON."""
    environment = {"STARLING_HOME": str(tmp_path), "COLUMNS": "200"}

    def said(*words: str, code: int = 0) -> str:
        found = CliRunner(env=environment).invoke(main, ["dataset", *words])
        assert found.exit_code == code, found.output
        return found.stdout if "--json" in words and not code else found.output

    return said
