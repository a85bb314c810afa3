"""A synthetic synth, a sound for each of its presets, and datasets in the format of `render`.

The "sound" is a smooth function of the parameters, so that encoders can learn it in seconds.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from starling.models.proxy.data import Embedding
from starling.models.proxy.network import Config
from starling.models.proxy.parameter_space import Space, SynthParameter
from starling.models.proxy.settings import Settings

KNOBS = (
    SynthParameter("level", 0.0, 1.0, 0.5, "continuous"),
    SynthParameter("wave", 0.0, 2.0, 0.0, "discrete", 3, ("Saw", "Square", "Sine")),
    SynthParameter("cutoff", -0.5, 1.5, 1.5, "continuous"),
    SynthParameter("octave", -2.0, 2.0, 0.0, "discrete", 5, ("-2", "-1", "0", "+1", "+2")),
    SynthParameter("sync", 0.0, 1.0, 0.0, "discrete", 2, ("Off", "On")),
    SynthParameter("decay", 0.0, 2.5, 1.0, "continuous"),
)
SPACE = Space("toy", "0" * 64, KNOBS)
NOTES = ((60.0, 100.0, 0.65), (48.0, 90.0, 0.4))


def counted(numbers: int, cardinalities: tuple[int, ...]) -> Space:
    """A space of so many numbers and categories."""
    named = tuple(
        SynthParameter(f"c{i}", 0, n - 1, 0, "discrete", n, tuple(f"x{k}" for k in range(n)))
        for i, n in enumerate(cardinalities)
    )
    return Space(
        "counted",
        "",
        (*(SynthParameter(f"n{i}", 0, 1, 0, "continuous") for i in range(numbers)), *named),
    )


def draw(count: int, seed: int) -> np.ndarray:
    """Random presets (count, 6) in the toy's own units."""
    generator = np.random.default_rng(seed)
    low = np.array([k.minimum for k in KNOBS])
    high = np.array([k.maximum for k in KNOBS])
    values = low + generator.random((count, len(KNOBS))) * (high - low)
    for place, knob in enumerate(KNOBS):
        if knob.steps:
            values[:, place] = np.rint(values[:, place])
    return values.astype(np.float32)


def sound(values: np.ndarray) -> np.ndarray:
    """Log-mel (n, 2, 64, 51) of the toy: level has no effect, as in a levelled render."""
    unit = SPACE.unit(values).numpy()
    wave, cutoff, octave, sync, decay = (unit[:, i, None] for i in range(1, 6))
    band, time = np.arange(64)[None] / 64, np.arange(51)[None] / 51
    rows = []
    for shift in (0.0, 0.1):
        tone = np.cos(2 * np.pi * (band - shift) * (1 + wave + 3 * octave)) + sync * band
        shape = tone - 3 * np.maximum(0, band - 0.3 - 0.7 * cutoff)
        rows.append(shape[:, :, None] - 4 * (1 - decay)[:, :, None] * time[:, None])
    return np.stack(rows, axis=1).astype(np.float16)


def write_set(
    folder: Path,
    values: np.ndarray,
    *,
    shard: int = 100,
    schema: str = "0" * 64,
    real: int = 0,
) -> Path:
    """A rendered dataset of these presets in shards; the first `real` count as real ones."""
    folder.mkdir(parents=True, exist_ok=True)
    parameters = [
        {
            "name": k.name,
            "minimum": k.minimum,
            "maximum": k.maximum,
            "default": k.default,
            "kind": k.kind,
            "steps": k.steps,
            "labels": list(k.labels),
        }
        for k in KNOBS
    ]
    head = {
        "format": 1,
        "synth": "toy",
        "schema_hash": schema,
        "schema": {"version": "1", "parameters": parameters},
        "notes": [list(note) for note in NOTES],
        "seconds": 1.0,
        "sample_rate": 44100,
        "sampling": {"scheme": "uniform"},
        "seed": 0,
        "count": len(values),
        "shard_size": shard,
        "front": "log_mel/1",
    }
    (folder / "dataset.json").write_text(json.dumps(head))
    (folder / "sources.json").write_text("[]")
    for number, begin in enumerate(range(0, len(values), shard)):
        part = values[begin : begin + shard]
        count = len(part)
        tensors = {
            "parameters": part,
            "log_mel": sound(part),
            "level": np.full((count, 2), 0.1, np.float32),
            "determinism": np.full(count, -1, np.float32),
            "source": np.full(count, -1, np.int32),
            "kind": np.where(np.arange(begin, begin + count) < real, 0, 4).astype(np.int8),
        }
        path = folder / f"shard-{number:05d}.safetensors"
        save_file(tensors, str(path))
        said = {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "count": count,
            "tries": count,
            "rejected": {},
        }
        path.with_suffix(".json").write_text(json.dumps(said))
    return folder


def embed(mel: np.ndarray) -> np.ndarray:
    """A stand-in for an embedder: (n, 64, 51) to (n, 24)."""
    bands = mel.reshape(len(mel), 16, 4, 51).mean(axis=(2, 3))
    times = mel[:, :, :48].reshape(len(mel), 64, 8, 6).mean(axis=(1, 3))
    return np.concatenate([bands, times], axis=1).astype(np.float32)


EMBEDDING = Embedding("toy/1", "zscore", embed)
SMALL = Config(size=24, token=8, width=32, layers=1, bins=6, dropout=0.0)
FEW = Settings(steps=3, batch=32, threads=1, valid_steps=2)
