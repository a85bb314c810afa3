"""Textures in the plugin: how soon a key is heard, and whether two held ones run dry.

`python3 build.py bench hold [MINUTES]`, by default 10; the first texture that comes with Starling.
The harness plays in real time at 48 kHz in blocks of 128, with every other core kept busy.

first_p50_ms, first_max_ms: from the block with the note-on to the first block that is not silent,
the buffer of 60 ms of sound included, the model loaded. gaps: how often a ring ran dry while two
keys were held; least_ahead_ms: the least that one of them had before it was heard. held is less
than 2, and text says why, where the engine ended a note that the machine is too slow for.

Baseline, beside the notes: a bare UDP echo in Python (echo_p50_ms, ratio_to_echo).
"""

from __future__ import annotations

import sys
from pathlib import Path

from baselines.machine import cores
from baselines.timing import median, say, significant
from baselines.udp_echo import LANGUAGE, EchoBeside
from bench_stream import busy
from plugin_bench import build_harness, engine, run_harness

GAP_S = 0.25  # between two packets of the echo


def main() -> None:
    """Measure, say what was found, and print one JSON object."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    build_harness()
    with (
        engine() as environment,
        EchoBeside(Path(environment["STARLING_HOME"]), GAP_S) as beside,
        busy(max(1, cores() - 1)),
    ):
        found = run_harness("hold", str(round(60 * minutes)), environment=environment)
    echo = median(beside.times)
    found |= {
        "busy_cores": max(1, cores() - 1),
        "echo_p50_ms": round(echo, 3),
        "echo_language": LANGUAGE,
        "ratio_to_echo": significant(found["first_p50_ms"] / echo),
    }
    print(f"from a key to its sound: p50 {found['first_p50_ms']} ms, most {found['first_max_ms']}")
    print(f"{found['held']} keys still held after {minutes:g} minutes: {found['gaps']} gaps")
    print(found["text"])
    say(found)


if __name__ == "__main__":
    main()
