"""Sounds with names, to learn from what belongs together: a folder of them. Knows no synth.

    named.json           notes, and of each sound name, bank, tags and family; licence, source
    named.safetensors    log_mel (n, notes, 64, 51) float16; a note that is silent is all zero

`starling dataset named` makes one of a synth's presets, of a soundfont's programs, or of recorded
instruments, whose notes differ and are not stated.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from starling.models.dsp import mel
from starling.models.errors import MissingError, ParseError

HEAD, SOUNDS = "named.json", "named.safetensors"
FORMAT = 1
Note = tuple[int, int, float]


@dataclass(frozen=True, slots=True)
class NamedSound:
    """What is known of one sound. `family` is "" where only words tell it."""

    name: str
    bank: str = ""
    tags: tuple[str, ...] = ()
    family: str = ""


@dataclass(frozen=True, slots=True)
class NamedSounds:
    """A whole set. `domain` says what plays: a synth, or a soundfont."""

    domain: str
    source: str
    licence: str
    notes: tuple[Note, ...]
    sounds: tuple[NamedSound, ...]
    log_mel: NDArray[np.float16]  # (n, notes, bands, steps)
    hash: str = ""  # of the file of log-mels


def write(folder: Path, found: NamedSounds) -> None:
    """Write a set into a folder, whole or not at all: its head last."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HEAD).unlink(missing_ok=True)
    save_file({"log_mel": np.ascontiguousarray(found.log_mel)}, str(folder / SOUNDS))
    head = {
        "format": FORMAT,
        "front": mel.FEATURE_VERSION,
        "domain": found.domain,
        "source": found.source,
        "licence": found.licence,
        "notes": [list(note) for note in found.notes],
        "sha256": _digest(folder / SOUNDS),
        "sounds": [asdict(sound) for sound in found.sounds],
    }
    (folder / HEAD).write_text(json.dumps(head, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read(folder: Path) -> NamedSounds:
    """Read a set. Raises MissingError (none there) and ParseError (damaged, of another version)."""
    if not (folder / HEAD).is_file():
        raise MissingError(f"no named sounds in {folder}; `starling dataset named` makes them")
    try:
        head = json.loads((folder / HEAD).read_bytes())
        log_mel = load_file(str(folder / SOUNDS))["log_mel"]
        found = _found(head, log_mel)
        notes = len(found.notes) or log_mel.shape[1]
        expected = (len(found.sounds), notes, mel.BANDS, mel.STEPS)
        whole = found.hash == _digest(folder / SOUNDS) and log_mel.shape == expected
    except (OSError, ValueError, KeyError, TypeError, SafetensorError, RecursionError) as error:
        raise ParseError(f"{folder} is damaged; render it again") from error
    if not whole or (head["format"], head["front"]) != (FORMAT, mel.FEATURE_VERSION):
        raise ParseError(f"{folder} is damaged or of another version; render it again")
    return found


def _found(head: dict[str, Any], log_mel: NDArray[np.float16]) -> NamedSounds:
    sounds: Sequence[dict[str, Any]] = head["sounds"]
    return NamedSounds(
        str(head["domain"]),
        str(head["source"]),
        str(head["licence"]),
        tuple(
            (int(key), int(velocity), float(seconds)) for key, velocity, seconds in head["notes"]
        ),
        tuple(
            NamedSound(str(s["name"]), str(s["bank"]), tuple(map(str, s["tags"])), str(s["family"]))
            for s in sounds
        ),
        log_mel,
        str(head["sha256"]),
    )


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
