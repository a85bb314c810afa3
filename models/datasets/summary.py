"""From imported files to the dataset.json of a set of sounds: duplicates, counts, warnings."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import soundfile

from starling.models.datasets import provenance
from starling.models.datasets.discover import Walk
from starling.models.datasets.duplicates import Duplicates, Known, Pair, find
from starling.models.datasets.import_records import ImportedFile, ImportRequest
from starling.models.datasets.training_set import PEAK
from starling.models.dsp import signal
from starling.models.dsp.signal import Array

MIN_TO_TRAIN = 20  # of a class: 3 are held out, and fewer than 17 are memorised
MIN_TO_EVALUATE = 40  # 6 are held out then; figures of fewer mean little
KEPT_FIELDS = ("seconds", "peak_db", "loudness_db", "sha256")


def summary(
    request: ImportRequest,
    name: str,
    walk: Walk,
    done: Sequence[ImportedFile],
    part: Path,
    progress: Callable[[float], None],
) -> dict[str, Any]:
    """The dataset.json, but for format and kind. Sounds that are not in it are to be deleted."""
    usable = [each for each in done if each.fields]
    known = [_known(each) for each in usable]
    same = find(known, lambda row: _load(part / usable[row].file), request.rate, progress)
    dropped = _dropped(same, usable, request.near == "drop")
    sounds = [
        _sound(each, same.groups[row]) for row, each in enumerate(usable) if row not in dropped
    ]
    refused = [{**asdict(each), "class": ""} for each in walk.refused]
    refused += [
        {"file": each.source, "reason": each.reason, "class": each.label}
        for each in done
        if each.reason
    ]
    classes = count_classes(sounds)
    return {
        "name": name,
        "rate": request.rate,
        "seconds": request.seconds,
        "peak": PEAK,
        "source": signal.shown_path(request.folder.resolve()),
        "class_by": request.class_by,
        "licence": licence(request, [PurePosixPath(each["source"]).stem for each in sounds]),
        "classes": classes,
        "warnings": warnings(classes),
        "sounds": sounds,
        "refused": refused,
        "ignored": walk.ignored,
        "duplicates": [_pair(pair, usable) for pair in dropped.values()],
        "near_duplicates": [
            _pair(pair, usable)
            for pair in same.near
            if pair.later not in dropped and _same_class(pair, usable)
        ],
        "conflicts": [
            {**_pair(pair, usable), "classes": [usable[pair.first].label, usable[pair.later].label]}
            for pair in (*same.exact, *same.near)
            if not _same_class(pair, usable)
        ],
    }


def count_classes(sounds: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Number and total seconds of the sounds of each class, in the order of names."""
    counts = Counter(str(each["class"]) for each in sounds)
    return {
        label: {
            "sounds": counts[label],
            "seconds": round(sum(each["seconds"] for each in sounds if each["class"] == label), 2),
        }
        for label in sorted(counts)
    }


def warnings(classes: dict[str, dict[str, float]]) -> list[str]:
    """A sentence for each class that is too small to train on."""
    return [
        f"class {label} is too small to train on: it has {one['sounds']}, needed are "
        f"{MIN_TO_TRAIN}, and {MIN_TO_EVALUATE} for figures that say something"
        for label, one in classes.items()
        if one["sounds"] < MIN_TO_TRAIN
    ]


def licence(request: ImportRequest, stems: Sequence[str]) -> list[dict[str, Any]]:
    """Where the sounds come from: as the person says, else by the prefixes of their names."""
    if not (request.licence or request.attribution):
        return [dict(each) for each in provenance.attribution(stems)]
    words = {"licence": request.licence, "attribution": request.attribution}
    said = {field: word or provenance.NOT_STATED.licence for field, word in words.items()}
    return [{**asdict(provenance.NOT_STATED), **said, "files": len(stems)}]


def _known(each: ImportedFile) -> Known:
    stem = PurePosixPath(each.file).stem
    cells = np.frombuffer(base64.b64decode(each.fields["print"]), np.uint8)
    return Known(each.label, stem, each.fields["sha256"], cells)


def _load(path: Path) -> Array:
    return np.asarray(soundfile.read(path, dtype="float32")[0], np.float32)


def _same_class(pair: Pair, usable: Sequence[ImportedFile]) -> bool:
    return usable[pair.later].label == usable[pair.first].label


def _dropped(same: Duplicates, usable: Sequence[ImportedFile], near_too: bool) -> dict[int, Pair]:
    """Rows that are left out, with the pair that says why: copies of a kept one of their class."""
    dropped: dict[int, Pair] = {}
    for pair in (*same.exact, *(same.near if near_too else ())):
        if _same_class(pair, usable) and pair.first not in dropped:
            dropped.setdefault(pair.later, pair)
    return dropped


def _sound(each: ImportedFile, group: str) -> dict[str, Any]:
    kept = {field: each.fields[field] for field in KEPT_FIELDS}
    kept["seconds"] = round(kept["seconds"], 4)
    words = ("format", "subtype", "rate", "channels")
    source = {"source": each.source, **{f"source_{word}": each.fields[word] for word in words}}
    return {
        "file": each.file,
        "class": each.label,
        **kept,
        "group": group,
        "cut": each.fields["cut"],
        **source,
    }


def _pair(pair: Pair, usable: Sequence[ImportedFile]) -> dict[str, Any]:
    return {
        "file": usable[pair.later].source,
        "of": usable[pair.first].source,
        "similarity": pair.similarity,
    }
