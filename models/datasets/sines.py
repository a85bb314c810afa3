"""The built-in data set `sines`: tones of random frequency, whose one parameter is their label.

A smoke test for one-shot models, after the random-sine set of keysmusician/MockingBot: 1,100 tones
of 10,000 samples at 44.1 kHz between 500 and 15,000 Hz. A model that learns anything learns these,
and whether it did can be read off their frequencies.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from starling.models.datasets import import_report, store
from starling.models.datasets.prepare import SCALE, decibels, encode
from starling.models.datasets.summary import count_classes, warnings
from starling.models.datasets.training_set import PEAK
from starling.models.dsp import signal
from starling.models.dsp.signal import Array
from starling.models.errors import InputError

NAME, LABEL = "sines", "sine"
RATE = 44_100
MAX_COUNT = 100_000
MAX_FRAMES = 30 * RATE  # the longest sound that an import keeps


@dataclass(frozen=True, slots=True)
class Sines:
    """What to draw: `frames` samples each, frequencies uniform between `low` and `high` hertz.

    Raises InputError for values out of range.
    """

    count: int = 1_100
    frames: int = 10_000
    low: float = 500.0
    high: float = 15_000.0
    phase: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        for field, highest in (("count", MAX_COUNT), ("frames", MAX_FRAMES)):
            if not 1 <= getattr(self, field) <= highest:
                raise InputError(f"{field} must be 1..{highest}, got {getattr(self, field)}")
        if not 0 < self.low <= self.high < RATE / 2:
            raise InputError(
                f"low and high must be 0 < low <= high < {RATE // 2} Hz, got {self.low:g} and "
                f"{self.high:g}"
            )


def draw(sines: Sines) -> Iterator[tuple[float, Array]]:
    """Frequency in hertz and (frames,) samples of each tone, peak 0.9; the same for a seed."""
    chance = np.random.default_rng(sines.seed)
    hertz = chance.uniform(sines.low, sines.high, sines.count)
    phases = chance.uniform(0, 2 * np.pi, sines.count) if sines.phase else np.zeros(sines.count)
    time = np.arange(sines.frames) / RATE
    for frequency, phase in zip(hertz, phases, strict=True):
        tone = PEAK * np.sin(2 * np.pi * frequency * time + phase)
        yield float(frequency), tone.astype(np.float32)


def make(
    sines: Sines,
    home: Path,
    name: str = NAME,
    progress: Callable[[float, str], None] = lambda fraction, text: None,
) -> tuple[Path, dict[str, Any]]:
    """Write the data set; returns its folder and dataset.json.

    Raises InputError (the name is taken) and StarlingError (full disk).
    """
    store.require_free(home, store.check_name(name))
    part = home / f"{name}{store.PART}"
    shutil.rmtree(part, ignore_errors=True)  # made anew in seconds
    sounds = []
    for index, (hertz, tone) in enumerate(draw(sines)):
        sounds.append(_write(part, index, hertz, tone))
        progress((index + 1) / sines.count, sounds[-1]["file"])
    about = _about(sines, name, sounds)
    import_report.write(part, about)
    return store.publish(home, part, about), about


def _write(part: Path, index: int, hertz: float, tone: Array) -> dict[str, Any]:
    """One tone as FLAC, and what the data set says of it; its name carries the frequency."""
    whole = np.round(tone.astype(np.float64) * SCALE).astype(np.int32)
    stem = f"{index:05d}_{hertz:.1f}Hz"
    file = f"{LABEL}/{stem}.flac"
    store.write_whole(part / file, encode(whole, RATE))
    return {
        "file": file,
        "class": LABEL,
        "frequency_hz": round(hertz, 3),
        "seconds": round(len(tone) / RATE, 4),
        "peak_db": decibels(float(np.abs(tone).max())),
        "loudness_db": round(signal.rms_db(tone), 2),
        "sha256": hashlib.sha256(whole.astype("<i4").tobytes()).hexdigest(),
        "group": stem,
        "source": "",
    }


def _about(sines: Sines, name: str, sounds: list[dict[str, Any]]) -> dict[str, Any]:
    classes = count_classes(sounds)
    made = {"repository": "made by Starling", "licence": "CC0-1.0", "attribution": "none needed"}
    phase = "random" if sines.phase else "zero"
    return {
        "name": name,
        "rate": RATE,
        "seconds": round(sines.frames / RATE, 4),
        "peak": PEAK,
        "source": f"{sines.count} sines of {sines.low:g}..{sines.high:g} Hz, {phase} phase, "
        f"seed {sines.seed}",
        "class_by": "none",
        "licence": [{"prefix": "", **made, "files": len(sounds)}],
        "classes": classes,
        "warnings": warnings(classes),
        "sounds": sounds,
        "refused": [],
        "ignored": {},
        "duplicates": [],
        "near_duplicates": [],
        "conflicts": [],
    }
