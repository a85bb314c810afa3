"""How long a scan of all of amsynth's presets takes: read, render, embed, store, from nothing.

`python3 build.py bench scan`. The library stays for `bench search`.
"""

import json
import os
import shutil
import time
from pathlib import Path

from starling.presets.library.database import Library
from starling.presets.scan.update import scan

HOME = Path(".starling/bench/home")
LIBRARY = HOME / "data" / "library"
SAY_EVERY_S = 5.0


def fresh_scan(folder: Path) -> dict[str, object]:
    """Scan into a new library; the figures."""
    shutil.rmtree(folder, ignore_errors=True)
    threads = os.cpu_count() or 1
    library = Library.open(folder)
    said = start = time.perf_counter()

    def progress(fraction: float, text: str) -> None:
        nonlocal said
        if time.perf_counter() - said > SAY_EVERY_S:
            said = time.perf_counter()
            print(f"{fraction:4.0%} {text}", flush=True)

    report = scan(library, synths=["amsynth"], jobs=threads, progress=progress)
    seconds = time.perf_counter() - start
    again = time.perf_counter()
    kept = scan(library, synths=["amsynth"], jobs=threads).kept
    again = time.perf_counter() - again
    library.close()
    presets = report.added + len(report.failed)
    assert kept == report.added, "a second scan must find everything up to date"
    return {
        "presets": presets,
        "seconds": round(seconds, 2),
        "presets_per_s": round(presets / seconds, 1),
        "rescan_s": round(again, 3),
        "failed": [name for name, _ in report.failed],
        "threads": threads,
    }


def main() -> None:
    """Measure, say it in words, print the JSON."""
    figures = fresh_scan(LIBRARY)
    failed = figures["failed"]
    assert isinstance(failed, list)
    print(
        f"{figures['presets']} presets in {figures['seconds']} s on {figures['threads']} threads, "
        f"{figures['presets_per_s']} a second; {len(failed)} failed; "
        f"looking for changes again took {figures['rescan_s']} s"
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
