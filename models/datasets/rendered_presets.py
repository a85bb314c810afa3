"""Rendered data sets as `starling dataset render` writes them, read. Knows no synth and no network.

    dataset.json                the request: synth, schema, notes, sampling, count
    shard-00000.safetensors     one row for each preset; shard-00000.json has its checksum

Log-mels stay on disk: a large set has more of them than a machine has memory.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from starling.models.errors import MissingError, ParseError

FORMAT = 1
SMALL = ("parameters", "level", "determinism", "source", "kind")  # columns held in memory


@dataclass(frozen=True, slots=True)
class RenderedParameter:
    """What a data set says of one of its synth's parameters."""

    name: str
    minimum: float
    maximum: float
    default: float
    kind: str
    steps: int
    labels: tuple[str, ...]


class LogMels:
    """The log-mels (n, notes, 64, 51) of all shards, read as they are indexed by rows."""

    def __init__(self, paths: Sequence[Path], counts: Sequence[int], shape: Sequence[int]) -> None:
        self._paths, self._ends = list(paths), list(accumulate(counts))
        self.shape = (self._ends[-1], *shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> NDArray[np.float16]:
        """Rows by slice, number or array; `[rows, note]` takes one note of each."""
        rows, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        wanted = np.arange(len(self))[rows]
        flat = np.atleast_1d(wanted)
        made = np.empty((len(flat), *self._row(rest)), np.float16)
        shards = np.array([bisect_right(self._ends, row) for row in flat])
        for shard in np.unique(shards):
            places = np.flatnonzero(shards == shard)
            inner = flat[places] - (self._ends[shard - 1] if shard else 0)
            made[places] = self._shard(int(shard), inner)[(slice(None), *rest)]
        return made if np.ndim(wanted) else np.asarray(made[0])

    def _row(self, rest: tuple[Any, ...]) -> tuple[int, ...]:
        """The shape of one row after the rest of an index."""
        return tuple(np.broadcast_to(np.float16(), self.shape[1:])[rest].shape)

    def _shard(self, number: int, rows: NDArray[np.int64]) -> NDArray[np.float16]:
        """Some rows of a shard; only the part between the first and the last is read."""
        low, high = int(rows.min()), int(rows.max()) + 1
        with safe_open(str(self._paths[number]), framework="np") as file:
            return np.asarray(file.get_slice("log_mel")[low:high][rows - low])


@dataclass(frozen=True, slots=True)
class RenderedSet:
    """A whole data set. `schema` is in the synth's order; values are in the synth's own units."""

    folder: Path
    synth: str
    schema_hash: str
    schema: tuple[RenderedParameter, ...]
    notes: tuple[tuple[int, int, float], ...]
    seconds: float
    sampling: dict[str, Any]
    parameters: NDArray[np.float32]  # (n, P)
    level: NDArray[np.float32]  # (n, notes)
    determinism: NDArray[np.float32]  # (n,)
    source: NDArray[np.int32]  # (n,)
    kind: NDArray[np.int8]  # (n,)
    log_mel: LogMels

    @classmethod
    def open(cls, folder: Path) -> RenderedSet:
        """Check every shard against its checksum and read all but the log-mels.

        Raises MissingError (no data set, a shard not rendered yet) and ParseError (damaged: says
        which shard, and how it is mended).
        """
        head = _head(folder)
        total = -(-int(head["count"]) // int(head["shard_size"]))
        paths = [folder / f"shard-{number:05d}.safetensors" for number in range(total)]
        parts = [_columns(path) for path in paths]
        columns: dict[str, Any] = {
            name: np.concatenate([part[name] for part in parts]) for name in SMALL
        }
        shape = (len(head["notes"]), *parts[0]["shape"][-2:])
        mels = LogMels(paths, [len(part["parameters"]) for part in parts], shape)
        return cls(folder=folder, log_mel=mels, **_described(head), **columns)


def _head(folder: Path) -> dict[str, Any]:
    """The content of dataset.json."""
    path = folder / "dataset.json"
    if not path.is_file():
        raise MissingError(f"no data set in {folder}; `starling dataset render` makes one")
    try:
        head = json.loads(path.read_bytes())
        _described(head)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ParseError(f"{path} is damaged; delete the folder and render again") from error
    if head["format"] != FORMAT:
        raise ParseError(f"{path} has the format {head['format']!r}; this Starling reads {FORMAT}")
    return dict(head)


def _described(head: dict[str, Any]) -> dict[str, Any]:
    """The fields of RenderedSet that dataset.json holds."""
    return {
        "synth": str(head["synth"]),
        "schema_hash": str(head["schema_hash"]),
        "schema": tuple(
            RenderedParameter(
                p["name"], p["minimum"], p["maximum"], p["default"], p["kind"], p["steps"],
                tuple(p["labels"]),
            )
            for p in head["schema"]["parameters"]
        ),
        "notes": tuple((int(n), int(v), float(s)) for n, v, s in head["notes"]),
        "seconds": float(head["seconds"]),
        "sampling": dict(head["sampling"]),
    }  # fmt: skip


def _columns(path: Path) -> dict[str, Any]:
    """The small columns of a shard, and the shape of its log-mels."""
    mend = "the same `starling dataset render` command makes it again"
    try:
        about = json.loads(path.with_suffix(".json").read_bytes())
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise MissingError(f"{path.name} is not rendered yet; {mend}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ParseError(
            f"{path.with_suffix('.json')} cannot be read; delete it, {mend}"
        ) from error
    sentence = f"{path} is damaged (checksum differs); delete it, {mend}"
    if not isinstance(about, dict) or about.get("sha256") != digest:
        raise ParseError(sentence)
    try:
        with safe_open(str(path), framework="np") as file:
            columns: dict[str, Any] = {name: file.get_tensor(name) for name in SMALL}
            return columns | {"shape": file.get_slice("log_mel").get_shape()}
    except SafetensorError as error:
        raise ParseError(sentence) from error
