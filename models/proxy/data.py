"""Rendered presets as an encoder needs them: parameters, notes and the vectors of their sounds.

Which embedder makes the vectors is the caller's choice (`Embedding`); they are kept beside the
dataset, since embedding again takes longer than an epoch.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.datasets.rendered_presets import RenderedSet
from starling.models.errors import InputError
from starling.models.proxy.parameter_space import Space

Array = NDArray[np.float32]
CHUNK = 1024  # sounds embedded at once: 13 MB of log-mel
NEAR_DUPLICATE = 0.9999  # cosine of the centred log-mels of note 0
REAL = 0  # `kind` of a preset that someone made, against those derived or drawn


@dataclass(frozen=True, slots=True)
class Embedding:
    """How sounds become vectors: `embed` takes log-mels (n, 64, 51) to (n, m).

    `metric` is `zscore` where a vector's numbers have different scales, `cosine` where they are
    unit vectors.
    """

    key: str
    metric: str
    embed: Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class ProxyData:
    """Presets with the vectors of their renders, in the datasets' order."""

    name: str
    space: Space
    notes: tuple[tuple[float, float, float], ...]  # [MIDI note, velocity, seconds], K of them
    seconds: float  # how long the renders are
    values: Array  # (n, P), the synth's own units
    vectors: Array  # (n, K, m), as the embedder gives them
    source: NDArray[np.int32]
    kind: NDArray[np.int8]
    manifest: str  # hash of all that is above
    embedding: str  # the embedder's key
    metric: str

    def __len__(self) -> int:
        return len(self.values)

    def rows(self, chosen: NDArray[np.int64]) -> ProxyData:
        """Some of the presets."""
        return replace(
            self,
            values=self.values[chosen],
            vectors=self.vectors[chosen],
            source=self.source[chosen],
            kind=self.kind[chosen],
            manifest=_digest([self.manifest.encode(), chosen.tobytes()]),
        )


def load(
    folder: Path,
    embedding: Embedding,
    *,
    progress: Callable[[float], None] = lambda fraction: None,
) -> ProxyData:
    """Read a rendered dataset and embed its sounds, unless that was done before.

    Raises what RenderedSet.open raises, and InputError for an empty set or a NaN parameter.
    """
    rendered = RenderedSet.open(folder)
    space = Space.of(rendered.synth, rendered.schema_hash, rendered.schema)
    values = np.asarray(rendered.parameters, np.float32)
    if not len(values):
        raise InputError(f"{folder} holds no rendered presets", code="bad_data")
    space.check(values)
    notes = tuple((float(n), float(v), float(s)) for n, v, s in rendered.notes)
    manifest = fingerprint(rendered)
    return ProxyData(
        name=folder.name,
        space=space,
        notes=notes,
        seconds=rendered.seconds,
        values=values,
        vectors=_vectors(folder, rendered, embedding, manifest, progress),
        source=np.asarray(rendered.source),
        kind=np.asarray(rendered.kind),
        manifest=manifest,
        embedding=embedding.key,
        metric=embedding.metric,
    )


def fingerprint(rendered: RenderedSet) -> str:
    """The hash of a dataset's schema, notes and parameters."""
    notes = tuple((float(n), float(v), float(s)) for n, v, s in rendered.notes)
    values = np.asarray(rendered.parameters, np.float32)
    return _digest([rendered.schema_hash.encode(), repr(notes).encode(), values.tobytes()])


def _vectors(
    folder: Path,
    rendered: RenderedSet,
    embedding: Embedding,
    manifest: str,
    progress: Callable[[float], None],
) -> Array:
    """Vectors (n, K, m): those kept beside the dataset, else embedded now and kept."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    kept = folder / f"dataset.{re.sub('[/:]', '-', embedding.key)}.safetensors"
    found = _kept(kept, manifest)
    if found is not None:
        progress(1.0)
        return found
    vectors = _embed(rendered, embedding, progress)
    part = kept.with_suffix(f".{os.getpid()}.part")
    try:
        save_file({"vectors": vectors}, str(part), metadata={"manifest": manifest})
        os.replace(part, kept)
    except (OSError, SafetensorError):
        part.unlink(missing_ok=True)  # a folder of someone else's: embedded again the next time
    return vectors


def _kept(path: Path, manifest: str) -> Array | None:
    """Vectors kept for this very dataset; None if there are none, or the file was cut."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="np") as file:
            if (file.metadata() or {}).get("manifest") != manifest:
                return None
            return np.asarray(file.get_tensor("vectors"), np.float32)
    except (OSError, SafetensorError):
        return None


def _embed(rendered: RenderedSet, embedding: Embedding, progress: Callable[[float], None]) -> Array:
    """Every render's vector, (n, K, m)."""
    count, each = rendered.log_mel.shape[:2]
    chunks = []
    for begin in range(0, count, CHUNK):
        mel = np.asarray(rendered.log_mel[begin : begin + CHUNK], np.float32)
        vectors = embedding.embed(mel.reshape(-1, *mel.shape[2:]))
        chunks.append(np.asarray(vectors, np.float32).reshape(len(mel), each, -1))
        progress(min(1.0, (begin + CHUNK) / count))
    return np.concatenate(chunks)


def join(parts: Sequence[ProxyData]) -> ProxyData:
    """Several datasets as one. Raises InputError where synth, schema or notes differ."""
    first = parts[0]
    for part in parts[1:]:
        first.space.require(part.space, part.name)
        if part.notes != first.notes:
            raise InputError(f"{part.name} was rendered with other notes than {first.name}")
    if len(parts) == 1:
        return first
    return replace(
        first,
        name=" + ".join(part.name for part in parts),
        values=np.concatenate([part.values for part in parts]),
        vectors=np.concatenate([part.vectors for part in parts]),
        source=np.concatenate([part.source for part in parts]),
        kind=np.concatenate([part.kind for part in parts]),
        manifest=_digest([part.manifest.encode() for part in parts]),
    )


def hold_out(data: ProxyData, every: int = 20) -> tuple[ProxyData, ProxyData]:
    """Every twentieth preset kept from training. Not a fair test among near-duplicates."""
    places = np.arange(len(data))
    held = places % every == every - 1
    if not held.any():
        raise InputError(f"{data.name} has {len(data)} presets; at least {every} are needed")
    return data.rows(places[~held]), data.rows(places[held])


def distinct(log_mel: Array) -> NDArray[np.int64]:
    """Places of the renders (n, 64, 51) that are no near-duplicates of an earlier one."""
    flat = log_mel.reshape(len(log_mel), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
    kept = np.ones(len(flat), bool)
    for begin in range(0, len(flat), CHUNK):
        block = flat[begin : begin + CHUNK]
        alike = block @ flat[: begin + len(block)].T > NEAR_DUPLICATE
        for row in range(begin, begin + len(block)):
            kept[row] = not (alike[row - begin, :row] & kept[:row]).any()
    return np.flatnonzero(kept)


def _digest(parts: Sequence[bytes]) -> str:
    """One hash over several byte strings."""
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
