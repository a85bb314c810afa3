"""Allocations, locks and system calls inside processBlock while everything happens at once.

The harness plays in real time with a real engine; count_calls.so, preloaded, counts. Planted calls
show that it counts. Give a number of seconds to run for other than 60.
"""

from __future__ import annotations

import sys
from typing import Any

from baselines.timing import say
from plugin_bench import build_harness, engine, run_harness

PLANTED = ("planted_allocations", "planted_locks", "planted_system_calls")
BUSY = ("notes", "sound_changes", "saves", "kernel_counts")
COUNTED = ("allocations", "locks", "system_calls")


def main() -> None:
    """Measure, say what was found, and print one JSON object."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    harness = build_harness()
    with engine() as environment:
        preload = {"LD_PRELOAD": str(harness.with_name("count_calls.so"))}
        found = run_harness("audiothread", seconds, environment={**environment, **preload})
    for planted, counted in zip(PLANTED, COUNTED, strict=True):
        print(f"{counted:13} {found[counted]:4} (planted and seen: {found[planted]})")
    if not all(found[planted] for planted in PLANTED):
        print("the counter does not see everything here; the figures are lower bounds")
    say(found)
    if wrong := problems(found):
        raise SystemExit(", ".join(wrong))


def problems(found: dict[str, Any]) -> list[str]:
    """What makes the run fail: something was counted, the counter is blind, nothing went on."""
    counted = [f"{found[name]} {name}" for name in COUNTED if found[name]]
    blind = [f"no {name} seen" for name in PLANTED if not found[name]]
    idle = [f"no {name}" for name in BUSY if not found[name]]
    return counted + blind + idle


if __name__ == "__main__":
    main()
