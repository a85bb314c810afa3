"""Find a plugin's parameters by sweeping the running plugin; keep the answer beside the library.

Flags lie (amsynth claims that nothing is discrete, and 2^31 - 1 steps), so the display text is
swept over the whole range: a parameter that shows few different texts is discrete.
"""

from __future__ import annotations

import itertools
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from starling.presets.formats.schema import Parameter, Schema, schema_of

SWEEP = 257  # positions; finds every step of a 64-way switch, whatever its spacing
MAX_STEPS = 64  # more different texts than this is a continuous parameter
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Introspection:
    """A schema, and for each discrete parameter the normalised position of each of its steps."""

    schema: Schema
    positions: tuple[tuple[float, ...], ...]  # () for a continuous parameter

    def normalised(self, index: int, value: float) -> float:
        """The 0..1 that the plugin takes for a parameter's value."""
        steps = self.positions[index]
        return steps[round(value)] if steps else value

    def value(self, index: int, normalised: float) -> float:
        """The parameter's value for a position 0..1: of a discrete one, the nearest step."""
        steps = self.positions[index]
        if not steps:
            return min(max(normalised, 0.0), 1.0)
        return float(min(range(len(steps)), key=lambda step: abs(steps[step] - normalised)))


def introspect(processor: Any, synth: str, version: str) -> Introspection:
    """Sweep every parameter of a DawDreamer plugin processor; each is put back as it was."""
    names = _unique([p["name"] for p in processor.get_parameters_description()])
    parameters, positions = [], []
    for index, name in enumerate(names):
        start = processor.get_parameter(index)
        texts = _sweep(processor, index)
        processor.set_parameter(index, start)
        steps = runs(texts)
        positions.append(tuple(position for position, _ in steps))
        parameters.append(_parameter(name, start, steps))
    return Introspection(Schema(synth, version, tuple(parameters)), tuple(positions))


def _sweep(processor: Any, index: int) -> list[str]:
    texts = []
    for step in range(SWEEP):
        processor.set_parameter(index, step / (SWEEP - 1))
        texts.append(str(processor.get_parameter_text(index)).strip())
    return texts


def runs(texts: Sequence[str]) -> list[tuple[float, str]]:
    """The steps of a swept parameter as (normalised position, text); none if it is continuous.

    The first and last step take the ends of the range, the others the middle of their run.
    """
    starts = [0] + [at for at in range(1, len(texts)) if texts[at] != texts[at - 1]]
    if not 2 <= len(starts) <= MAX_STEPS or _is_rounding([texts[at] for at in starts]):
        return []
    last = len(texts) - 1
    ends = [*(at - 1 for at in starts[1:]), last]
    middles = [(start + end) / 2 / last for start, end in zip(starts, ends, strict=True)]
    middles[0], middles[-1] = 0.0, 1.0
    return [(middle, texts[at]) for middle, at in zip(middles, starts, strict=True)]


def _is_rounding(texts: list[str]) -> bool:
    """Whether evenly spaced decimals such as 0.0, 0.1, ... are but a rounded continuous value."""
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        return False
    gaps = [b - a for a, b in itertools.pairwise(numbers)]
    fractional = any(number != round(number) for number in numbers)
    return fractional and max(gaps) - min(gaps) < 1e-6


def _parameter(name: str, start: float, steps: list[tuple[float, str]]) -> Parameter:
    if not steps:
        return Parameter(name, 0.0, 1.0, min(max(float(start), 0.0), 1.0))
    nearest = min(range(len(steps)), key=lambda step: abs(steps[step][0] - start))
    labels = tuple(text for _, text in steps)
    return Parameter(name, 0.0, len(steps) - 1, nearest, "discrete", len(steps), labels)


def _unique(names: Sequence[str]) -> list[str]:
    """Names by which values can be stored: a second `Level` becomes `Level (2)`."""
    seen: Counter[str] = Counter()
    result = []
    for index, name in enumerate(names):
        word = name.strip() or f"parameter {index}"
        seen[word] += 1
        result.append(word if seen[word] == 1 else f"{word} ({seen[word]})")
    return result


def save(path: Path, found: Introspection) -> None:
    """Write the cache file; other processes see the old one or the new one, never half."""
    content = {"format": FORMAT, "schema": asdict(found.schema), "positions": found.positions}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(content), encoding="utf-8")
    part.replace(path)


def load(path: Path) -> Introspection | None:
    """Read the cache file; None when there is none, or it is from another version of Starling."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            return None
        return _restore(content)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None  # a cache: sweeping again brings it back


def _restore(content: dict[str, Any]) -> Introspection:
    positions = tuple(tuple(float(p) for p in steps) for steps in content["positions"])
    return Introspection(schema_of(content["schema"]), positions)
