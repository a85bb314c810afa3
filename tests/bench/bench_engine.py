"""A note over OSC from Python, without the plugin: miss, hit, and a hit while others are made.

`python3 build.py bench engine`; the last line is one JSON object. Baseline: a bare UDP echo between
two Python processes, after which the same WAV files are read, before and after the engine's notes.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from baselines.timing import median, say, significant
from baselines.udp_echo import times_ms

from starling.engine.cli.engine import SWITCH_S
from starling.engine.config import Folders
from starling.engine.server.engine import open_engine
from starling.engine.wire.client import Client
from starling.engine.wire.instance_file import Runtime
from starling.models.artifacts.catalogue import catalogue

NOTES = 100
KEYS = (36, 38, 42, 46, 49)  # kick, snare, closed and open hat, cymbal


def timed_ms(work: Callable[..., object], *arguments: object) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work(*arguments)
    return (time.perf_counter() - began) * 1000


def spread(times: list[float], name: str) -> dict[str, float]:
    """Median, 95th percentile and worst of some times."""
    percentiles = statistics.quantiles(times, n=20)
    figures = {f"{name}_p50_ms": percentiles[9], f"{name}_p95_ms": percentiles[18]}
    return {**figures, f"{name}_max_ms": max(times)}


def ask(client: Client, seed: int) -> None:
    """Have a drum made, or found again."""
    client.request("generate", "drums", seed, "key", float(KEYS[seed % len(KEYS)]))


def measure(client: Client, runtime: Runtime, sounds: Path) -> dict[str, float]:
    """Ask for new sounds, for the same ones again, and again while another client's are made."""
    ask(client, 0)  # the model is loaded and warm
    misses = [timed_ms(ask, client, seed) for seed in range(1, NOTES + 1)]
    files = sorted(sounds.rglob("*.wav"))
    echoes = times_ms(files, NOTES)
    hits = [timed_ms(ask, client, seed) for seed in range(1, NOTES + 1)]
    echoes += times_ms(files, NOTES)
    loaded = busy_hits(client, runtime)
    figures = {**spread(misses, "miss"), **spread(hits, "hit"), **spread(loaded, "busy_hit")}
    echo = median(echoes)
    return figures | {
        "echo_p50_ms": echo,
        "ratio_to_echo": significant(figures["miss_p50_ms"] / echo),
        "hit_ratio_to_echo": significant(figures["hit_p50_ms"] / echo),
    }


def busy_hits(client: Client, runtime: Runtime) -> list[float]:
    """Milliseconds of sounds asked for again while another client, new to the engine, has its made.

    A client that said nothing while the others were measured would have been forgotten by now.
    """
    loaded = []
    with Client(runtime, "busy") as other:
        busy = threading.Thread(target=lambda: [ask(other, 10_000 + n) for n in range(NOTES)])
        busy.start()
        while busy.is_alive():
            loaded.append(timed_ms(ask, client, 1 + len(loaded) % NOTES))
            time.sleep(0.005)
    return loaded


def main() -> None:
    """Run an engine in this process and a client beside it."""
    sys.setswitchinterval(SWITCH_S)
    with tempfile.TemporaryDirectory() as home:
        root = Path(home)
        folders = Folders(*(root / each for each in ("data", "config", "logs", "run")))
        engine = open_engine(folders, catalogue)
        assert engine is not None
        engine.start()
        with Client(engine.runtime, "bench") as client:
            figures = measure(client, engine.runtime, root)
        engine.close()
    for name, value in figures.items():
        print(f"{name:16} {value:8.2f}")
    say({name: round(value, 3) for name, value in figures.items()}, threads=1)


if __name__ == "__main__":
    main()
