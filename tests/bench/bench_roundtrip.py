"""From a note whose sound is not held to the block that plays it, through the real engine.

The harness plays in real time at 48 kHz in blocks of 128. First every note needs a sound that was
never made (p50_ms, p95_ms); then a new plugin instance plays the same notes from the sound store
(hit_p50_ms). Give a number of notes other than 100, at most 128.

Then keys hold textures: texture_first_p50_ms is the time to the first block that is not silent, the
buffer of 60 ms of sound included, the model loaded; two keys are held for a minute, or for so many
seconds as a second number says: texture_gaps counts how often a ring ran dry, texture_held how many
still play (texture_text says why, where the engine ended one that the machine is too slow for).

Baseline, at the notes' own pace while they are played: a bare UDP echo in Python, which then reads
one of the same WAV files (echo_p50_ms, ratio_to_echo, hit_ratio_to_echo, texture_ratio_to_echo).
"""

from __future__ import annotations

import sys
from pathlib import Path

from baselines.plugin_bench import build_harness, engine, run_harness
from baselines.timing import median, say, significant
from baselines.udp_echo import LANGUAGE, EchoBeside

GAP_S = 0.25  # between two notes of the harness


def main() -> None:
    """Measure, say what was found, and print one JSON object."""
    count, seconds = (*sys.argv[1:3], *("100", "60")[len(sys.argv[1:3]) :])
    build_harness()
    with (
        engine() as environment,
        EchoBeside(Path(environment["STARLING_HOME"]), GAP_S) as beside,
    ):
        found = run_harness("roundtrip", count, environment=environment)
        texture = run_harness("hold", seconds, environment=environment)
    found |= {f"texture_{name}": value for name, value in texture.items()}
    echo = median(beside.times)
    found |= {
        "echo_p50_ms": round(echo, 3),
        "echo_n": len(beside.times),
        "echo_language": LANGUAGE,
        "ratio_to_echo": significant(found["p50_ms"] / echo),
        "hit_ratio_to_echo": significant(found["hit_p50_ms"] / echo),
        "texture_ratio_to_echo": significant(texture["first_p50_ms"] / echo),
    }
    print(f"made anew:      p50 {found['p50_ms']} ms, p95 {found['p95_ms']} ms")
    print(f"from the store: p50 {found['hit_p50_ms']} ms, p95 {found['hit_p95_ms']} ms")
    print(f"a texture:      p50 {texture['first_p50_ms']} ms, most {texture['first_max_ms']} ms;")
    print(f"                {texture['held']} of 2 held to the end, {texture['gaps']} gaps")
    print(f"a bare echo and the file read: p50 {found['echo_p50_ms']} ms")
    say(found)


if __name__ == "__main__":
    main()
