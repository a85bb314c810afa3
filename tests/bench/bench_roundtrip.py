"""From a note whose sound is not held to the block that plays it, through the real engine.

The harness plays in real time at 48 kHz in blocks of 128. First every note needs a sound that was
never made (p50_ms, p95_ms); then a new plugin instance plays the same notes from the sound store
(hit_p50_ms). Give a number of notes other than 100, at most 128.
"""

from __future__ import annotations

import json
import os
import sys

from plugin_bench import build_harness, engine, run_harness


def main() -> None:
    """Measure, say what was found, and print one JSON object."""
    count = sys.argv[1] if len(sys.argv) > 1 else "100"
    build_harness()
    with engine() as environment:
        found = run_harness("roundtrip", count, environment=environment)
    found["threads"] = os.cpu_count()
    print(f"made anew:      p50 {found['p50_ms']} ms, p95 {found['p95_ms']} ms")
    print(f"from the store: p50 {found['hit_p50_ms']} ms, p95 {found['hit_p95_ms']} ms")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
