"""What is in a rendered data set, and which of its files are not whole. Reads, repairs nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from starling.presets.datasets import shards as files
from starling.presets.datasets.sampling import KINDS


@dataclass(frozen=True, slots=True)
class Info:
    """The figures of a data set; `kinds` and `different` are those of its complete shards.

    `reals` counts the real presets: kept, silent, near-duplicates, unreadable. `different` is how
    many presets sounded different when they were rendered again, of `checked`.
    """

    synth: str
    scheme: str
    notes: list[list[float]]
    seed: int
    count: int
    shards: int
    complete: int
    kinds: dict[str, int]
    tries: int
    rejected: dict[str, int]
    reals: dict[str, int]
    checked: int
    different: int


def info(folder: Path) -> Info:
    """The figures of the data set in a folder. Raises MissingError, ParseError."""
    recipe = files.open_recipe(folder)
    total = files.shard_count(recipe)
    abouts = {n: about for n in range(total) if (about := files.shard_about(folder, n))}
    rejected: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    checked = different = 0
    for number, about in abouts.items():
        rejected.update(about["rejected"])
        kind, determinism = _columns(folder / f"{files.shard_name(number)}.safetensors")
        kinds.update(KINDS[each] for each in kind if 0 <= each < len(KINDS))
        checked += int((determinism >= 0).sum())
        different += int((determinism > 0).sum())
    return Info(
        recipe["synth"],
        recipe["sampling"]["scheme"],
        recipe["notes"],
        recipe["seed"],
        recipe["count"],
        total,
        len(abouts),
        dict(kinds),
        sum(about["tries"] for about in abouts.values()),
        dict(rejected),
        recipe.get("reals", {}),
        checked,
        different,
    )


def verify(folder: Path) -> dict[str, str]:
    """The shards that are not complete, by file: `missing` or `corrupt`. Reads every byte.

    Raises MissingError, ParseError.
    """
    recipe = files.open_recipe(folder)
    states = {n: files.shard_state(folder, n) for n in range(files.shard_count(recipe))}
    return {
        f"{files.shard_name(number)}.safetensors": state
        for number, state in states.items()
        if state != "complete"
    }


def _columns(path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """The columns `kind` and `determinism` of a shard; empty ones of a damaged shard."""
    try:
        with safe_open(str(path), framework="np") as file:
            return file.get_tensor("kind"), file.get_tensor("determinism")
    except (SafetensorError, OSError):
        return np.zeros(0, np.int8), np.zeros(0, np.float32)
