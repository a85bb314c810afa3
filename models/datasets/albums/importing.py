"""An album as a data set: each recording as FLAC at its own peak, with the factor to its level."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import soundfile

from starling.models.datasets import album, store
from starling.models.datasets.albums import level, reading, tuning
from starling.models.datasets.albums.pieces import Cut
from starling.models.datasets.albums.reading import Examined
from starling.models.datasets.discover import Walk
from starling.models.datasets.import_records import ImportedFile, ImportRequest
from starling.models.datasets.prepare import decibels
from starling.models.datasets.summary import count_classes, licence
from starling.models.datasets.training_set import PEAK
from starling.models.dsp import signal as audio
from starling.models.dsp.files.sound_file import FileFacts
from starling.models.dsp.signal import Array

SCALE = 2**15  # of 16 bits, which go 98 dB below each recording's peak; a model learns 8
BLOCK = 2**20  # frames encoded together
KEPT_FIELDS = ("seconds", "peak_db", "loudness_db", "level", "sha256")


def prepare(
    path: Path, target: Path, sample_rate: int, progress: Callable[[float], None], tune: str = ""
) -> dict[str, Any]:
    """Write a recording of any kind as mono 16-bit FLAC; what the journal keeps of it.

    With `tune`, a pitch class, the note that its name ends with is brought to the nearest of that.
    What `progress` raises stops it. Raises ParseError that says why a file cannot be used, and
    StarlingError for a full disk.
    """
    semitones = tuning.semitones_to(tune, tuning.pitch_class(path)) if tune else 0
    found = reading.usable(path, sample_rate, progress)
    signal = tuning.transposed(found.signal, sample_rate, semitones)
    peak = level.peak(signal)
    fields = {
        "seconds": len(signal) / sample_rate,
        "peak_db": decibels(peak),
        "loudness_db": round(audio.rms_db(signal), 2),
        "level": peak / PEAK,
    }
    signal[:] *= np.float32(PEAK / peak)  # in place: it may be hours
    flac, sha256 = encode(signal, sample_rate)
    store.write_whole(target, flac)
    facts = {"clipped": found.clipped, **asdict(found.facts)}
    return {**fields, "sha256": sha256, "bytes": len(flac), "facts": facts}


def encode(signal: Array, sample_rate: int) -> tuple[bytes, str]:
    """A signal (frames,) as the bytes of a FLAC file, and the hash of its 16-bit samples."""
    file, samples = io.BytesIO(), hashlib.sha256()
    with soundfile.SoundFile(file, "w", sample_rate, 1, "PCM_16", format="FLAC") as flac:
        for at in range(0, len(signal), BLOCK):
            whole = np.round(signal[at : at + BLOCK] * SCALE).astype("<i2")
            samples.update(whole.tobytes())
            flac.write(whole)
    return file.getvalue(), samples.hexdigest()


def summary(
    request: ImportRequest,
    name: str,
    walk: Walk,
    done: Sequence[ImportedFile],
    part: Path,
    progress: Callable[[float], None],
) -> dict[str, Any]:
    """The dataset.json of an album, but for format and kind; the recordings are read once more.

    Raises InputError where there is too little to learn from.
    """
    usable, copies = _distinct([each for each in done if each.fields])
    sounds = [_sound(each) for each in usable]
    about = {
        "name": name,
        "as": "album",
        "rate": request.rate,
        "peak": PEAK,
        "source": audio.shown_path(request.folder.resolve()),
        "class_by": request.class_by,
        **({"tune": request.tune} if request.tune else {}),
        "licence": licence(request, [PurePosixPath(each["source"]).stem for each in sounds]),
        "classes": count_classes(sounds),
        "sounds": sounds,
        "refused": [{**asdict(each), "class": ""} for each in walk.refused] + _refused(done),
        "ignored": walk.ignored,
        "duplicates": copies,
    }
    sources = album.imported(part, about)
    found = album.from_files(name, sources, request.rate, Cut(), progress=progress)
    files = [Examined(each.source, *_facts(each)) for each in usable]
    warnings = [*reading.warnings(files, request.rate), *found.warnings]
    return {**about, "warnings": warnings, "left_out": list(found.skipped), **_cut(found)}


def _distinct(
    usable: Sequence[ImportedFile],
) -> tuple[list[ImportedFile], list[dict[str, Any]]]:
    """The recordings without copies of earlier ones, and the copies."""
    kept: dict[str, ImportedFile] = {}
    copies = []
    for each in usable:
        first = kept.setdefault(each.fields["sha256"], each)
        if first is not each:
            copies.append({"file": each.source, "of": first.source, "similarity": 1.0})
    return list(kept.values()), copies


def _refused(done: Sequence[ImportedFile]) -> list[dict[str, Any]]:
    return [
        {"file": each.source, "reason": each.reason, "class": each.label}
        for each in done
        if each.reason
    ]


def _facts(each: ImportedFile) -> tuple[FileFacts, float]:
    """What the source file said of itself, and the share of its samples that are clipped."""
    words = dict(each.fields["facts"])
    return FileFacts(**{field: words[field] for field in FileFacts.__slots__}), words["clipped"]


def _sound(each: ImportedFile) -> dict[str, Any]:
    facts, clipped = _facts(each)
    return {
        "file": each.file,
        "class": each.label,
        **{field: each.fields[field] for field in KEPT_FIELDS},
        "group": PurePosixPath(each.file).stem,
        "clipped": round(clipped, 6),
        "source": each.source,
        "source_format": facts.format,
        "source_subtype": facts.subtype,
        "source_rate": facts.sample_rate,
        "source_channels": facts.channels,
    }


def _cut(found: album.Album) -> dict[str, Any]:
    """What training makes of the album by default, for people."""
    return {
        "minutes": round(found.minutes, 2),
        "labels": list(found.labels),
        "chunk_seconds": round(found.chunk / found.sample_rate, 3),
        "training_chunks": len(found.training),
        "validation_chunks": len(found.validation),
        "gain_db": decibels(found.gain),
    }
