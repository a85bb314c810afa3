"""How long a scan of all of amsynth's presets takes: read, render, embed, store, from nothing.

`python3 build.py bench scan [--rounds N]`. The library stays for `bench search`.

Baseline, in turns with it: bare DawDreamer plays the same presets, a note each, in as many
processes, with no sandbox, no embedding and no library (ratio_to_bare; processor_ratio_to_bare is
of the processors' seconds: a scan gives way to whatever else the machine does).
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from baselines.bare_notes import render_bare, write_programs
from baselines.timing import alternate, median, processor_seconds, ratio, say

from starling.presets.library.database import LibraryDatabase
from starling.presets.scan.update import scan
from starling.presets.synths.plugin import find_amsynth

HOME = Path(".starling/bench/home")
LIBRARY = HOME / "data" / "library"
SAY_EVERY_S = 5.0
ROUNDS = 2


def fresh_scan(folder: Path) -> dict[str, object]:
    """Scan into a new library; the figures."""
    shutil.rmtree(folder, ignore_errors=True)
    threads = os.cpu_count() or 1
    library = LibraryDatabase.open(folder)
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


def measure(rounds: int) -> dict[str, object]:
    """Scans and bare renders in turns; the figures of the scan whose time is the median."""
    plugin, jobs = find_amsynth(), os.cpu_count() or 1
    assert plugin is not None, "amsynth is not installed"
    found: list[dict[str, object]] = []
    used: tuple[list[float], list[float]] = ([], [])

    def ours() -> float:
        before = processor_seconds()
        found.append(fresh_scan(LIBRARY))
        used[0].append(processor_seconds() - before)
        return float(str(found[-1]["seconds"]))

    def bare() -> float:
        if not any(programs.iterdir()):  # of the library that the first scan made
            write_programs(values_of(LIBRARY), programs)
        before = processor_seconds()
        seconds = render_bare(plugin, programs, jobs)
        used[1].append(processor_seconds() - before)
        return seconds

    with tempfile.TemporaryDirectory() as name:
        programs = Path(name)
        times, bare_times = alternate(ours, bare, rounds)
        count = sum(1 for _ in programs.iterdir())
    middle = sorted(found, key=lambda each: float(str(each["seconds"])))[(rounds - 1) // 2]
    return middle | {
        "seconds": round(median(times), 2),
        "presets_per_s": round(int(str(middle["presets"])) / median(times), 1),
        "bare_seconds": round(median(bare_times), 2),
        "bare_presets": count,
        "ratio_to_bare": ratio(times, bare_times),
        "processor_ratio_to_bare": ratio(*used),
        "rounds": rounds,
    }


def values_of(folder: Path) -> list[Mapping[str, float]]:
    """The values of all presets of a library."""
    library = LibraryDatabase.open(folder)
    values = [preset.values for preset in library.select("quarantine = '' ORDER BY id")]
    library.close()
    return values


def main() -> None:
    """Measure, say it in words, print the JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    figures = measure(parser.parse_args().rounds)
    failed = figures["failed"]
    assert isinstance(failed, list)
    print(
        f"{figures['presets']} presets in {figures['seconds']} s on {figures['threads']} threads, "
        f"{figures['presets_per_s']} a second, {figures['ratio_to_bare']} times what bare "
        f"DawDreamer takes; {len(failed)} failed; "
        f"looking for changes again took {figures['rescan_s']} s"
    )
    say(figures)


if __name__ == "__main__":
    main()
