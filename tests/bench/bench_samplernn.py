"""How fast SampleRNN generates. Prints one JSON object as its last line.

    python3 build.py bench samplernn

The published structure and the compact one (shared upsampling, a thin perceptron) with random
weights, one voice and 32 in a batch, on one thread. `realtime_` is samples in a second of this
thread's processor time over 16,000, for all voices together; `speedup_` is one voice beside plain
PyTorch as published (baselines/plain_samplernn.py), measured in turns with it.

`floor_` is how fast reading the weights alone would be, as times real time, and `of_floor_` the
part of it that is reached. A tier steps once a frame, so its weights come from as near as all that
is read in between still fits: they are read at the speed that memory of that size is read at.
Beside 32 voices, whose weights are read once for all, arithmetic is what takes the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from baselines.plain_samplernn import PlainSampleRNN
from baselines.timing import median, say, significant

from starling.models.kernels.library import instruction_sets, library
from starling.models.samplernn.kernel import KernelNetwork, KernelVoices, Kind
from starling.models.samplernn.network import Config, SampleRNN, folded

RATE = 16_000  # Hz, of real time
ROUNDS = 9
SECONDS = 0.4  # of processor time, a measurement
PLAIN_SECONDS = 1.2
BLOCK = 256  # samples a call, as when a texture is played
READ_BYTES = 2e8  # in a measurement of bandwidth
THIN = 256


def published(dim: int) -> Config:
    """The published structure at a width."""
    return Config(dim=dim, mlp=dim)


def compact(dim: int) -> Config:
    """Wide tiers over a thin perceptron, one upsampling matrix for all positions."""
    return Config(dim=dim, mlp=THIN, embedding=16, shared_upsampling=True, weight_norm=False)


@dataclass(frozen=True, slots=True)
class Case:
    """One way to generate."""

    config: Config
    kind: Kind = "int8"
    voices: int = 1


CASES = {
    "dim512_int8": Case(published(512)),
    "dim1024_int8": Case(published(1024)),
    "dim512_f32": Case(published(512), "float32"),
    "batch32_dim512_int8": Case(published(512), voices=32),
    "batch32_dim512_f32": Case(published(512), "float32", 32),
    "compact512_int8": Case(compact(512)),
    "compact1024_int8": Case(compact(1024)),
}
SPEEDUPS = {  # beside the plain generator of this width
    "speedup_dim512": ("dim512_int8", 512),
    "speedup_dim1024": ("dim1024_int8", 1024),
    "speedup_f32_dim512": ("dim512_f32", 512),
}


def voices_of(case: Case) -> KernelVoices:
    """Voices that have begun, of random weights."""
    torch.manual_seed(0)
    arrays = {name: value.numpy() for name, value in folded(SampleRNN(case.config)).items()}
    voices = KernelNetwork(case.config, arrays, case.kind).voices(case.voices)
    learned = [arrays[f"tiers.{at}.initial"] for at in range(len(case.config.frames))]
    for slot in range(case.voices):
        voices.start(slot, slot, learned)
    voices.generate(range(case.voices), BLOCK)
    return voices


def samples_per_s(voices: KernelVoices, count: int) -> float:
    """Of all voices together, in processor time."""
    made, began = 0, time.thread_time()
    while time.thread_time() - began < SECONDS:
        made += voices.generate(range(count), BLOCK).size
    return made / (time.thread_time() - began)


@dataclass(frozen=True, slots=True)
class Read:
    """Weights that a sample needs, and how much is read before they are needed again."""

    bytes: float  # a sample and voice
    between: int  # bytes


def reads(case: Case) -> list[Read]:
    """What one sample reads: the perceptron, rows of the first layer's table, the tiers."""
    config, number = case.config, 1 if case.kind == "int8" else 4
    between = config.mlp * (config.mlp + 256) * number
    found = [Read(between / case.voices, between)]
    gates = 3 if config.cell == "gru" else 4
    for at, frame in enumerate(config.frames):
        width = config.dim if at else config.mlp
        positions = 1 if config.shared_upsampling else config.frame_sizes[at]
        its = config.dim * (2 * gates * config.layers * config.dim + positions * width) * number
        between += its
        found.append(Read(its / frame / case.voices, between))
    row = config.mlp * (2 if case.kind == "int8" else 4)
    table = config.frame_sizes[0] * 256 * row
    found.append(Read(config.frame_sizes[0] * row, found[1].between + table))
    return found


def bytes_per_s(size: int) -> float:
    """How fast memory of a size is read, over and over."""
    rounds = max(2, int(READ_BYTES / size))
    return size * rounds / library().number("read_seconds", size, rounds)


def floor(case: Case) -> float:
    """Samples in a second of a generator that does nothing but read, measured once."""
    return 1 / sum(each.bytes / bytes_per_s(each.between) for each in reads(case))


def measured(
    works: Mapping[str, Callable[[], float]], rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """What each gives, all in turns; every other round backwards."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds):
        for name in works if turn % 2 == 0 else reversed(list(works)):
            found[name].append(works[name]())
    return found


def works() -> dict[str, Callable[[], float]]:
    """Everything that is measured, by name."""
    found: dict[str, Callable[[], float]] = {}
    for dim in sorted({dim for _, dim in SPEEDUPS.values()}):
        plain = PlainSampleRNN(dim).eval()
        found[f"plain_dim{dim}"] = lambda plain=plain: plain.samples_per_s(PLAIN_SECONDS)
    for name, case in CASES.items():
        voices = voices_of(case)
        found[name] = lambda voices=voices, case=case: samples_per_s(voices, case.voices)
        found[f"floor_{name}"] = lambda case=case: floor(case)
    return found


def figures(found: Mapping[str, list[float]]) -> dict[str, object]:
    """Medians, as times real time and as ratios."""
    middle = {name: median(values) for name, values in found.items()}
    made: dict[str, object] = {"instruction_set": instruction_sets()[0]}
    for name, (ours, dim) in SPEEDUPS.items():
        made[name] = significant(middle[ours] / middle[f"plain_dim{dim}"])
    for name in CASES:
        made[f"realtime_{name}"] = significant(middle[name] / RATE)
        made[f"floor_{name}"] = significant(middle[f"floor_{name}"] / RATE)
        made[f"of_floor_{name}"] = significant(middle[name] / middle[f"floor_{name}"])
    for _, dim in SPEEDUPS.values():
        made[f"plain_dim{dim}_samples_per_s"] = significant(middle[f"plain_dim{dim}"])
    made["spread_dim512_int8"] = [
        significant(value / RATE) for value in np.quantile(found["dim512_int8"], (0, 1))
    ]
    return made


def main() -> None:
    """Measure, say it in words, print the JSON."""
    torch.set_num_threads(1)
    made = figures(measured(works()))
    for name in CASES:
        print(
            f"{name:20} {made[f'realtime_{name}']:>7} times real time; reading its weights alone "
            f"{made[f'floor_{name}']} (reached: {made[f'of_floor_{name}']})"
        )
    print(
        f"plain PyTorch at dim 512: {made['plain_dim512_samples_per_s']} samples a second; "
        f"ours {made['speedup_dim512']} times as many in int8, "
        f"{made['speedup_f32_dim512']} in float32"
    )
    say(made, threads=1)


if __name__ == "__main__":
    main()
