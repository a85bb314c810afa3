"""Embedders of pretrained weights that a user has on disk. Nothing is ever downloaded.

`load` finds out whether the weights (and a package, if one is needed) are there, says in one
sentence what is missing, and wraps what `pretrained` opens: level, length, a unit vector, and the
hash of the weights.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp.mel import levelled
from starling.models.errors import InputError, MissingError, ParseError, StarlingError
from starling.presets.features.embedder import Embedder
from starling.presets.features.pretrained_table import PRETRAINED

Array = NDArray[np.float32]

VERSION = 2  # raise whenever the same weights give other vectors
MAX_BYTES = 8 * 2**30  # the largest published checkpoint is 2.4 GB
HASHED = (".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".json", ".onnx")


def load(name: str, weights: Path | None) -> Embedder:
    """The embedder of a name in PRETRAINED with the weights at a path.

    Raises MissingError where the package or the weights are absent, InputError where no path is
    given, ParseError where the package cannot read them.
    """
    model = PRETRAINED[name]
    if weights is None:
        raise InputError(
            f"{name} needs the path of its weights ({model.weights}): --embedder-weights PATH",
            code="no_weights",
        )
    path = weights.expanduser().resolve()
    if not (path.is_dir() if model.folder else path.is_file()):
        kind = "folder" if model.folder else "file"
        raise MissingError(f"no {kind} at {path}; {name} needs {model.weights}")
    return _loaded(name, path, _stamp(path))


@lru_cache(maxsize=2)  # a process uses one; such a model takes up to 1 GB
def _loaded(name: str, path: Path, stamp: tuple[tuple[str, int, int], ...]) -> Embedder:
    """`stamp` changes with the files, so that new weights are read again."""
    model = PRETRAINED[name]
    digest = weights_hash(
        [path.parent / each[0] if path.is_file() else path / each[0] for each in stamp]
    )
    if model.package and find_spec(model.package) is None:
        raise MissingError(
            f"{name} needs the package {model.package}: {model.install}", code="missing_extra"
        )
    try:
        listen, size = model.open(path)
    except StarlingError:
        raise
    except Exception as exc:  # a package fails in its own way
        raise ParseError(f"{name} cannot use the weights at {path}: {exc}") from exc
    return Embedder(
        name,
        VERSION,
        model.sample_rate,
        model.sample_rate,  # one second, as long as a scan renders notes
        size,
        lambda signal: checked(name, listen(levelled(signal, model.sample_rate)), size),
        "cosine",
        digest,
        weights=path,
        light=False,
    )


def checked(name: str, vector: Array, size: int) -> Array:
    """A vector as it is stored: (size,) float32 of length 1. Raises ParseError for any other."""
    flat = np.asarray(vector, np.float32).reshape(-1)
    length = float(np.linalg.norm(flat))
    if flat.shape != (size,) or not np.isfinite(length) or not length:
        raise ParseError(
            f"{name} gave {flat.size} numbers of length {length:g}, not {size}: the weights are "
            "of another model"
        )
    return flat / np.float32(length)


def _stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of each file that the weights consist of."""
    files = (
        [path]
        if path.is_file()
        else sorted(each for each in path.iterdir() if each.suffix in HASHED and each.is_file())
    )
    if not files:
        raise MissingError(f"{path} holds no weights ({', '.join(HASHED)})")
    stats = [(each.name, each.stat()) for each in files]
    if sum(stat.st_size for _, stat in stats) > MAX_BYTES:
        raise InputError(f"the weights at {path} are larger than {MAX_BYTES} bytes")
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def weights_hash(files: list[Path]) -> str:
    """One hash (hex) of the names and contents of all files."""
    total = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            total.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
