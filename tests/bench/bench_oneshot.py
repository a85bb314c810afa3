"""How fast the shipped drums are. Prints one JSON object as its last line.

    python3 build.py bench oneshot

One sound of about a second on one core, a batch of 64 such sounds on all cores, and a model loaded
by a process that has torch already. `p50_ms_processor` leaves out what other processes of a busy
machine took. How good they are says `bench oneshot_quality`.

Baseline, after each sound: the multiply-adds of the network's matrix products for the same sound,
as torch counts them, at the speed of a float32 matrix product on one core (ratio_to_arithmetic).
"""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from typing import Any

import numpy as np
import torch
from baselines.arithmetic import compare
from baselines.timing import say, significant

MODEL = "drums"
SECONDS = 1.0
NEAR = 0.1  # a sound of 0.9 to 1.1 s counts as one of a second
SOUNDS = 40  # of a second, for the percentiles
TRIED = 400  # seeds of each kind, at most
BATCH = 64
ROUNDS = 5

LOAD = """
import time
import torch
began = time.perf_counter()
from starling.models.artifacts.catalogue import catalogue, load_generator
load_generator(catalogue()["drums"])
print(time.perf_counter() - began)
"""


def load_ms() -> float:
    """From torch imported to a model that has made its first sound: median of fresh processes."""
    command = [sys.executable, "-c", LOAD]
    times = [
        float(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(3)
    ]
    return 1000 * float(np.median(times))


def seeds_of_a_second(generator: Any) -> dict[float, list[int]]:
    """For each kind that makes sounds of about a second some seeds that do."""
    kinds = next(control for control in generator.card.controls if control.name == "kind")
    found: dict[float, list[int]] = {}
    for kind in map(float, range(1, len(kinds.labels))):
        for seed in range(TRIED // len(kinds.labels)):
            length = generator.generate(seed, {"kind": kind}).shape[1] / generator.card.sample_rate
            if abs(length - SECONDS) <= NEAR:
                found.setdefault(kind, []).append(seed)
    return found


def one_by_one(generator: Any, chosen: dict[float, list[int]]) -> tuple[list[float], list[float]]:
    """Milliseconds of each sound by the clock and of the processor; `generate` uses one thread."""
    pairs = [(kind, seed) for kind, seeds in chosen.items() for seed in seeds]
    times, worked = [], []
    for number in range(SOUNDS * ROUNDS):
        kind, seed = pairs[number % len(pairs)]
        began, used = time.perf_counter(), time.thread_time()
        generator.generate(seed, {"kind": kind})
        times.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.thread_time() - used))
    return times, worked


def arithmetic(generator: Any, chosen: dict[float, list[int]], rounds: int) -> dict[str, float]:
    """A sound's median time over that of its multiply-adds alone; both on one thread, in turns."""
    pairs = [(kind, seed) for kind, seeds in chosen.items() for seed in seeds][:SOUNDS]
    found = compare(
        [partial(generator.generate, seed, {"kind": kind}) for kind, seed in pairs], rounds
    )
    return {
        "multiply_adds": int(found.multiply_adds),
        "multiply_adds_per_s": significant(found.multiply_adds_per_s),
        "ratio_to_arithmetic": significant(found.ratio),
    }


def realtime(generator: Any, chosen: dict[float, list[int]], threads: int) -> float:
    """Seconds of sound made in a second, 64 sounds of a second at a time, median of rounds."""
    kind, seeds = max(chosen.items(), key=lambda pair: len(pair[1]))
    batch = (seeds * BATCH)[:BATCH]
    before, found = torch.get_num_threads(), []
    torch.set_num_threads(threads)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        made = generator.generate_many(batch, {"kind": kind})
        taken = time.perf_counter() - began
        found.append(sum(sound.shape[1] for sound in made) / generator.card.sample_rate / taken)
    torch.set_num_threads(before)
    return float(np.median(found))


def main() -> None:
    """Measure, say it in words, print the JSON."""
    from starling.models.artifacts.catalogue import catalogue, load_generator

    card = catalogue()[MODEL]
    loaded = load_ms()
    generator = load_generator(card)
    chosen = seeds_of_a_second(generator)
    times, worked = one_by_one(generator, chosen)
    threads = torch.get_num_threads()
    figures = {
        "p50_ms": round(float(np.percentile(times, 50)), 2),
        "p50_ms_processor": round(float(np.percentile(worked, 50)), 2),
        "p95_ms": round(float(np.percentile(times, 95)), 2),
        "realtime_factor": round(realtime(generator, chosen, threads), 1),
        "realtime_factor_one_core": round(realtime(generator, chosen, 1), 1),
        "batch": BATCH,
        "cores": threads,
        "load_ms": round(loaded, 1),
        **arithmetic(generator, chosen, ROUNDS),
        "weights_mb": round(card.path.with_suffix(".safetensors").stat().st_size / 1e6, 2),
    }
    print(
        f"a sound of a second takes {figures['p50_ms']} ms on one core, "
        f"{figures['ratio_to_arithmetic']} times its multiply-adds alone; {BATCH} at once on "
        f"{threads} cores are {figures['realtime_factor']} times real time; loading takes "
        f"{figures['load_ms']} ms"
    )
    say(figures, threads)


if __name__ == "__main__":
    main()
