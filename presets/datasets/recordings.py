"""Recorded notes as sounds with names: a folder of instruments, each a folder of sound files.

    strings/cello/a2.flac     family, instrument, note
    kick/deep.wav             an instrument whose name tells its family

Each note is taken as a search takes a file, from its onset on; one that is held also as if its key
had been released.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp import mel
from starling.models.dsp.files.kinds import SUFFIXES
from starling.models.dsp.mel import levelled, log_mel
from starling.models.errors import InputError, MissingError, StarlingError
from starling.models.timbre.families.named_sounds import NamedSound, NamedSounds
from starling.models.timbre.families.table import family_of, names
from starling.presets.features.embedders import CLASSICAL
from starling.presets.search.audio_query import query_variants
from starling.presets.search.region import read_region

Progress = Callable[[float, str], None]
MOST_NOTES = 24  # of an instrument, evenly over its files in the order of their names
WAYS = (0, 2)  # as it is, and released at a middling speed


def recordings(
    folder: Path, licence: str, progress: Progress = lambda fraction, text: None
) -> NamedSounds:
    """The instruments under a folder, at most MOST_NOTES of each.

    Files that are no sounds are passed over. Raises MissingError (no folder), InputError (none
    that sounds).
    """
    if not folder.is_dir():
        raise MissingError(f"no folder {folder}")
    found = {place: files for place, files in _instruments(folder).items() if files}
    mels_of, sounds = [], []
    for number, (place, files) in enumerate(found.items(), 1):
        notes = [note for file in files for note in _log_mels(file)]
        if notes:
            mels_of.append(notes)
            path = place.relative_to(folder)
            sounds.append(NamedSound(path.name, str(path.parent), (), family_at(path)))
        progress(number / len(found), f"{place.name}: {number} of {len(found)} instruments")
    if not sounds:
        raise InputError(f"{folder} holds no folders of sounds", code="bad_data")
    shape = (len(mels_of), MOST_NOTES * len(WAYS), mel.BANDS, mel.STEPS)
    mels = np.zeros(shape, np.float16)
    for row, notes in enumerate(mels_of):
        mels[row, : len(notes)] = notes
    return NamedSounds(folder.name, "recordings", licence, (), tuple(sounds), mels)


def family_at(path: Path) -> str:
    """The family of an instrument at a path: a folder that is called one, or what names tell.

    >>> family_at(Path("strings/double-bass")), family_at(Path("kits/808/kick"))
    ('strings', 'percussion')
    """
    stated = next((part for part in path.parts if part in names()), None)
    return stated or family_of(*reversed(path.parts)) or ""


def _instruments(folder: Path) -> dict[Path, Sequence[Path]]:
    """Each folder that has sound files, and those that are taken of it."""
    found: dict[Path, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            found.setdefault(path.parent, []).append(path)
    return {place: _spread(files) for place, files in found.items()}


def _spread(files: Sequence[Path]) -> Sequence[Path]:
    """At most MOST_NOTES of some files, evenly."""
    chosen = np.linspace(0, len(files) - 1, min(len(files), MOST_NOTES)).round()
    return [files[int(at)] for at in chosen]


def _log_mels(path: Path) -> list[NDArray[np.float16]]:
    """The log-mels of one file, one or two; none where it does not sound."""
    try:
        window = read_region(path, CLASSICAL).windows[0]
        ways = query_variants(window, CLASSICAL)
        return [log_mel(levelled(ways[at])).astype(np.float16) for at in WAYS if at < len(ways)]
    except StarlingError:
        return []
