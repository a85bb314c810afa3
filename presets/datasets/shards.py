"""The files of a rendered data set: what is written, and whether it is still whole. No synth.

    dataset.json                what was requested: synth, schema, notes, sampling, seed, count
    sources.json, .safetensors  the real presets that it was drawn around
    shard-00000.safetensors     one row for each preset; shard-00000.json has its checksum

A shard's .json comes last, by rename: what has one is complete.
`models/datasets/rendered_presets.py` reads them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from starling.models.errors import InputError, MissingError, ParseError
from starling.presets.datasets.items import DatasetItem
from starling.presets.datasets.real_presets import RealPreset, RealPresets

FORMAT = 1
RECIPE, SOURCES, VALUES = "dataset.json", "sources.json", "sources.safetensors"


def shard_name(number: int) -> str:
    """The file of a shard, without its suffix."""
    return f"shard-{number:05d}"


def shard_count(recipe: Mapping[str, Any]) -> int:
    """How many shards a data set has when it is complete."""
    return -(-int(recipe["count"]) // int(recipe["shard_size"]))


def shard_items(recipe: Mapping[str, Any], number: int) -> range:
    """The indices of the items of a shard."""
    start = number * int(recipe["shard_size"])
    return range(start, min(start + int(recipe["shard_size"]), int(recipe["count"])))


def read_recipe(folder: Path) -> dict[str, Any] | None:
    """What the data set in a folder is of; None where there is none. Raises ParseError."""
    path = folder / RECIPE
    if not path.is_file():
        return None
    try:
        recipe = json.loads(path.read_bytes())
        version = recipe["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise ParseError(f"{path} is damaged; delete the folder and render again") from exc
    if version != FORMAT:
        raise ParseError(f"{path} has the format {version!r}; this Starling reads {FORMAT}")
    return dict(recipe)


def write_recipe(folder: Path, recipe: Mapping[str, Any]) -> None:
    """Begin a data set."""
    write_whole(folder / RECIPE, (json.dumps(recipe, indent=1) + "\n").encode())


def require_same(folder: Path, kept: Mapping[str, Any], requested: Mapping[str, Any]) -> None:
    """Raise InputError that names what differs: a folder holds one data set only."""
    for name, wanted in requested.items():
        if kept.get(name) != wanted and wanted is not None:
            raise InputError(
                f"{folder} holds another data set: its {name} is {_short(kept.get(name))}, not "
                f"{_short(wanted)}; give the options it was begun with, or another --out",
                code="other_dataset",
            )


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def require_ours(folder: Path) -> None:
    """Raise InputError for a folder that holds other things than a data set begun by us."""
    strange = [
        path.name
        for path in (sorted(folder.iterdir()) if folder.is_dir() else [])
        if not path.name.startswith(("shard-", "sources.", "dataset."))
    ]
    if strange or folder.is_file():
        what = f"{strange[0]}, which is no part of a data set" if strange else "a file"
        raise InputError(f"{folder} holds {what}; give --out a new folder", code="other_dataset")


def write_sources(folder: Path, real_presets: RealPresets) -> None:
    """Keep the real presets beside what is drawn around them."""
    listed = [
        {k: v for k, v in asdict(real).items() if k != "values"} for real in real_presets.presets
    ]
    values = np.array([real.values for real in real_presets.presets], np.float64)
    write_whole(folder / VALUES, save({"parameters": values}))
    write_whole(folder / SOURCES, (json.dumps(listed, indent=1) + "\n").encode())


def read_sources(folder: Path) -> RealPresets:
    """The real presets of a data set begun before. Raises ParseError."""
    try:
        listed = json.loads((folder / SOURCES).read_bytes())
        values = load((folder / VALUES).read_bytes())["parameters"]
        pairs = zip(listed, values, strict=True)
        return RealPresets(
            tuple(
                RealPreset(
                    e["id"], e["name"], e["bank"], e["split"], tuple(row.tolist()), tuple(e["also"])
                )
                for e, row in pairs
            )
        )
    except Exception as exc:
        raise ParseError(
            f"the sources in {folder} are damaged; delete the folder and render again"
        ) from exc


def write_shard(folder: Path, number: int, items: Sequence[DatasetItem]) -> None:
    """Write a shard of items in order, and then its checksum."""
    data = save(tensors(items))
    name = shard_name(number)
    write_whole(folder / f"{name}.safetensors", data)
    rejected: Counter[str] = Counter()
    for item in items:
        rejected.update(item.rejected)
    about = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "count": len(items),
        "tries": sum(item.tries for item in items),
        "rejected": dict(sorted(rejected.items())),
    }
    write_whole(folder / f"{name}.json", (json.dumps(about) + "\n").encode())


def tensors(items: Sequence[DatasetItem]) -> dict[str, NDArray[Any]]:
    """The columns of a shard."""
    return {
        "parameters": np.stack([item.parameters for item in items]).astype(np.float32),
        "log_mel": np.stack([item.log_mel for item in items]).astype(np.float16),
        "level": np.stack([item.level for item in items]).astype(np.float32),
        "determinism": np.array([item.determinism for item in items], np.float32),
        "source": np.array([item.source for item in items], np.int32),
        "kind": np.array([item.kind for item in items], np.int8),
    }


def shard_about(folder: Path, number: int) -> dict[str, Any] | None:
    """Checksum and counts of a complete shard; None where it is missing."""
    try:
        about = json.loads((folder / f"{shard_name(number)}.json").read_bytes())
        return {"tries": 0, "rejected": {}, **about, "sha256": str(about["sha256"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def shard_state(folder: Path, number: int) -> str:
    """`complete`, `missing` or `corrupt`: reads the whole shard."""
    about = shard_about(folder, number)
    try:
        data = (folder / f"{shard_name(number)}.safetensors").read_bytes()
    except OSError:
        return "missing"
    if about is None:
        return "missing"
    return "complete" if hashlib.sha256(data).hexdigest() == about["sha256"] else "corrupt"


def open_recipe(folder: Path) -> dict[str, Any]:
    """As `read_recipe`. Raises MissingError where there is no data set."""
    recipe = read_recipe(folder)
    if recipe is None:
        raise MissingError(f"no data set in {folder}; `starling dataset render` makes one")
    return recipe


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under another name, then rename it: it is there as a whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
