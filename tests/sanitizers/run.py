"""The harness's checks that need no engine, in a build with sanitizers:

    cmake -S plugin -B BUILD -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang \\
          -DCMAKE_BUILD_TYPE=Release -DSTARLING_SANITIZE=address -DSTARLING_PCH=ON
    cmake --build BUILD --target harness
    .venv/bin/python tests/sanitizers/run.py BUILD [PART...]

BUILD is a folder outside the checkout; `thread` instead of `address` looks for data races. Exit
code 1 where a check fails or a sanitizer reports anything; the reports are in BUILD/reports. What
JUCE does itself, and why it is let pass, stands in the .txt files beside this one.
"""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = runpy.run_path(str(HERE.parent / "host" / "test_harness.py"))["PARTS"]
MARKS = (
    "runtime error:",
    "ERROR: AddressSanitizer",
    "ERROR: LeakSanitizer",
    "WARNING: ThreadSanitizer",
)
MEASURED = ("in linear time", "within 100 ms", "none takes much memory")  # of builds without
LONGEST_S = 1800  # of one part; the sanitizers make some twenty times slower


def main(build: Path, chosen: list[str]) -> int:
    reports = build / "reports"
    reports.mkdir(exist_ok=True)
    bad = 0
    for part in chosen or PARTS:
        began = time.monotonic()
        failed, found = run(build / "harness" / "harness", part, reports / f"{part}.txt")
        bad += failed > 0 or found > 0
        seconds = time.monotonic() - began
        print(f"{part:10} {failed} failed, {found} reports, {seconds:.0f} s", flush=True)
    return 1 if bad else 0


def run(harness: Path, part: str, report: Path) -> tuple[int, int]:
    """How many checks of a part fail, and how much the sanitizers report of it."""
    with tempfile.TemporaryDirectory() as home, report.open("w") as out:
        command = [harness, part, *map(str, PARTS[part])]
        done = subprocess.run(
            command, env=environment(home), stdout=out, stderr=out, timeout=LONGEST_S, check=False
        )
    text = report.read_text(errors="replace")
    failed = [line for line in text.splitlines() if line.startswith("FAIL")]
    ended = any(line.endswith(" failed") for line in text.splitlines())  # `97 checks, 2 failed`
    others = sum(not line.endswith(MEASURED) for line in failed) + (not ended)
    return max(others, int(done.returncode > 1)), sum(text.count(mark) for mark in MARKS)


def environment(home: str) -> dict[str, str]:
    symbolizer = shutil.which("llvm-symbolizer") or shutil.which("llvm-symbolizer-14") or ""
    names = f"external_symbolizer_path={symbolizer}"
    return {
        **os.environ,
        "STARLING_HOME": home,
        "ASAN_OPTIONS": names,
        "LSAN_OPTIONS": f"suppressions={HERE / 'leaks.txt'}:print_suppressions=0",
        "UBSAN_OPTIONS": f"print_stacktrace=1:suppressions={HERE / 'undefined.txt'}:{names}",
        "TSAN_OPTIONS": f"suppressions={HERE / 'threads.txt'}:{names}",
    }


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
