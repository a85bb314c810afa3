"""How fast and how good the shipped one-shot drums are. Prints one JSON object as its last line.

Recognition needs the training recordings in ../shared/data/drums; without them it is null.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

DRUMS = Path(__file__).parents[3] / "shared" / "data" / "drums"
ROUNDS = 20

LOAD = """
import time
import torch
began = time.perf_counter()
from starling.models.catalogue import catalogue, load_generator
load_generator(catalogue()["drums"])
print(time.perf_counter() - began)
"""


def load_seconds() -> float:
    """From torch imported to a model that has made its first sound, in a fresh process."""
    times = [
        float(subprocess.run([sys.executable, "-c", LOAD], check=True, capture_output=True).stdout)
        for _ in range(3)
    ]
    return float(np.median(times))


def generation(generator: Any) -> dict[str, float]:
    """Milliseconds for one sound, over all kinds, one thread."""
    times = []
    for seed in range(ROUNDS):
        for kind in range(1, 1 + len(generator.model.config.classes)):
            began = time.perf_counter()
            generator.generate(seed, {"kind": float(kind)})
            times.append(1000 * (time.perf_counter() - began))
    return {
        "p50_ms": round(float(np.percentile(times, 50)), 2),
        "p95_ms": round(float(np.percentile(times, 95)), 2),
    }


def main() -> None:
    """Measure, say it in words, print the JSON."""
    from starling.models.catalogue import catalogue, load_generator
    from starling.models.evaluate_oneshot import evaluate, open_sounds

    card = catalogue()["drums"]
    generator = load_generator(card)
    figures: dict[str, Any] = {"load_s": round(load_seconds(), 3), **generation(generator)}
    weights = card.path.with_suffix(".safetensors")
    figures["weights_mb"] = round(weights.stat().st_size / 1e6, 2)
    print(
        f"one sound takes {figures['p50_ms']} ms (median), the model loads in {figures['load_s']} s"
    )
    if DRUMS.is_dir():
        figures |= evaluate(generator, open_sounds(DRUMS, generator)) | {
            "p50_ms": figures["p50_ms"]
        }
        print(
            f"recognised: {figures['class_accuracy_generated']:.0%} of the generated, "
            f"{figures['class_accuracy_real']:.0%} of held-out real sounds"
        )
    else:
        figures |= {"class_accuracy_generated": None, "class_accuracy_real": None}
        print("recognition not measured: ../shared/data/drums is not on this machine")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
