"""Allocations, locks and system calls in the audio callback while everything happens at once.

vst3 and lv2: the built plugin, called through its format's own interface (IAudioProcessor::process,
run), with notes, controllers, automation, the side-chain, saving and loading. process_block: what
the window does too (variations, morphs, presets on the keys, textures, the NES chip and its song,
capture), around processBlock. All play in real time with a real engine; count_calls.so, preloaded,
counts. Planted calls show that it counts. Give a number of seconds for each other than 60.

Baseline of vst3 and lv2: processBlock of the same processor with no format around it, which plays
the same events beside it, a block after a block (block_us, bare_block_us: the medians;
ratio_to_process_block).
"""

from __future__ import annotations

import sys
from typing import Any

from baselines.plugin_bench import LV2, VST3, build_harness, engine, run_harness
from baselines.timing import say, significant

PLANTED = ("planted_allocations", "planted_locks", "planted_system_calls")
COUNTED = ("allocations", "locks", "system_calls")
PLAYED = ("notes", "blocks_with_sound", "automation_points", "saves", "kernel_counts")
BUSY = {
    "vst3": (*PLAYED, "block_us", "bare_block_us"),
    "lv2": (*PLAYED, "block_us", "bare_block_us"),
    "process_block": (
        *("notes", "sound_changes", "texture_blocks", "chip_blocks", "midi_out"),
        *("saves", "kernel_counts"),
    ),
}


def main() -> None:
    """Measure, say what was found, and print one JSON object."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    commands = {
        "vst3": ("wrapper", "vst3", str(VST3), seconds),
        "lv2": ("wrapper", "lv2", str(LV2), seconds),
        "process_block": ("audiothread", seconds),
    }
    preload = {"LD_PRELOAD": str(build_harness().with_name("count_calls.so"))}
    found: dict[str, dict[str, Any]] = {}
    for where, command in commands.items():
        with engine() as environment:
            found[where] = run_harness(*command, environment={**environment, **preload})
        found[where] |= against_bare(found[where])
        print(f"{where:13} {sentence(found[where])}", flush=True)
    say(found)
    if wrong := [fault for where in found for fault in problems(where, found[where])]:
        raise SystemExit(", ".join(wrong))


def against_bare(found: dict[str, Any]) -> dict[str, float]:
    """The median block of a format over that of processBlock alone, where both were timed."""
    if not found.get("bare_block_us"):
        return {}
    return {"ratio_to_process_block": significant(found["block_us"] / found["bare_block_us"])}


def sentence(found: dict[str, Any]) -> str:
    """What was counted, and how long a block took."""
    counts = ", ".join(f"{name} {found[name]}" for name in COUNTED)
    text = f"{counts}, in {found['blocks']} blocks"
    if "ratio_to_process_block" in found:
        ratio = found["ratio_to_process_block"]
        text += f"; a block takes {found['block_us']} us, {ratio} times processBlock alone"
    return text


def problems(where: str, found: dict[str, Any]) -> list[str]:
    """What makes the run fail: something was counted, the counter is blind, nothing went on."""
    counted = [f"{where}: {found[name]} {name}" for name in COUNTED if found[name]]
    blind = [f"{where}: no {name} seen" for name in PLANTED if not found[name]]
    idle = [f"{where}: no {name}" for name in BUSY[where] if not found[name]]
    return counted + blind + idle


if __name__ == "__main__":
    main()
