"""Faults over all boundaries of the engine, each followed by a look at what must not be lost.

`python3 build.py bench faults [--count N] [--seed N] [--only NAME]`. Every kind of the table in
`faults.py` in turn, at moments of a seeded chance. While a fault lasts the engine is asked: it
answers, or refuses with a sentence. Afterwards a stored sound and the library must be served again
(p95 within 3 s), and every acknowledged favourite, preset and sound be there (none lost).

It ends with 1 where something was lost or refused without an explanation, or recovery took longer.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

from baselines.timing import percentile, say
from faults import FAULTS, Fault
from world import World

COUNT = 504  # 21 of each of 24 kinds
P95_S = 3.0


def injected(world: World, fault: Fault, chance: random.Random) -> tuple[float, Counter[str]]:
    """Inject one fault; the seconds to recovery, with a user's part, and what was lost."""
    world.fault = fault.name
    heal = fault.inject(world, chance)
    world.use(chance)
    began = time.monotonic()
    heal()
    world.recover()
    return time.monotonic() - began, Counter(world.lost(chance))


def run(home: Path, faults: Sequence[Fault], count: int, seed: int) -> dict[str, object]:
    """`count` faults in turn; the figures."""
    chance = random.Random(seed)
    times: dict[str, list[float]] = defaultdict(list)
    lost: Counter[str] = Counter({"favourites": 0, "presets": 0, "sounds": 0})
    world = World.open(home)
    try:
        for number, fault in enumerate(islice(cycle(faults), count)):
            seconds, gone = injected(world, fault, chance)
            times[fault.name].append(seconds)
            lost.update(gone)
            what = f", LOST {dict(+gone)}" if +gone else ""
            print(f"{number + 1:4} {fault.name:32} {seconds:6.2f} s{what}", flush=True)
    finally:
        world.close()
        for line in world.tracebacks():
            print(line)
    every = [each for found in times.values() for each in found]
    return {
        "injected": count,
        "kinds": len(times),
        "lost": sum(lost.values()),
        **{f"lost_{name}": number for name, number in lost.items()},
        "unexplained": world.unexplained,
        "answered": world.answered,
        "refused": world.refused,
        "recovery_p50_s": round(percentile(every, 50), 3),
        "recovery_p95_s": round(percentile(every, 95), 3),
        "recovery_max_s": round(max(every), 3),
        "slowest_s": {name: round(max(found), 2) for name, found in times.items()},
    }


def main() -> None:
    """Inject, say what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only kinds whose name holds this")
    chosen = parser.parse_args()
    faults = [each for each in FAULTS if chosen.only in each.name and each.possible()]
    left_out = [each.name for each in FAULTS if not each.possible()]
    with tempfile.TemporaryDirectory() as folder:
        figures = run(Path(folder), faults, chosen.count, chosen.seed)
    for name, seconds in sorted(dict(figures["slowest_s"]).items(), key=lambda each: -each[1]):
        print(f"{name:32} at most {seconds:6.2f} s")
    say({**figures, "seed": chosen.seed, "left_out": left_out})
    slow = float(str(figures["recovery_p95_s"])) > P95_S
    sys.exit(1 if slow or figures["lost"] or figures["unexplained"] else 0)


if __name__ == "__main__":
    main()
