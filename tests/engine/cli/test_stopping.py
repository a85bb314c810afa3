"""A scan lets other processes go first, unless it shares its process with another program."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from starling.engine.cli.main import main
from starling.presets.sandbox.niceness import NICENESS

WRONG = ["presets", "scan", "--embedder-weights", "x"]  # ends before it looks for presets
CODE = f"""
import os
from starling.engine.cli.main import main
try:
    main({WRONG})
finally:
    print(os.getpriority(os.PRIO_PROCESS, 0))
"""
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no nice values")


@posix
def test_a_scan_of_its_own_process_gives_way() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", CODE], capture_output=True, text=True)
    assert "--embedder-weights needs --embedder" in done.stderr
    before = os.getpriority(os.PRIO_PROCESS, 0)
    assert int(done.stdout) == min(19, before + NICENESS)


@posix
def test_a_scan_within_a_program_leaves_its_priority() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    found = CliRunner().invoke(main, WRONG)
    assert found.exit_code == 2 and "--embedder-weights needs --embedder" in found.output
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
