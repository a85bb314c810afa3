"""What hearing is measured on: presets of banks that nothing was trained on, by the family that
their names tell, and notes of instruments that nothing was trained on.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from starling.models.dsp import mel
from starling.models.dsp.mel import levelled, log_mel
from starling.models.timbre.families.table import family_of
from starling.presets.datasets import named
from starling.presets.features.embedders import CLASSICAL
from starling.presets.scan.synth_facts import synth_facts
from starling.presets.search.audio_query import query_variants
from starling.presets.search.region import read_region
from starling.presets.synths.render_stamp import render_stamp

HOME = Path(".starling/bench/hearing").resolve()
INSTRUMENTS = Path("../shared/data/instruments")
FONT = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")  # Debian's timgm6mb-soundfont
FIRST = ((60, 100, 0.65),)  # as a library hears presets
SHARED = (87,)  # programs whose log-mels correlate above .99 with the font that was trained on
FONT_KEYS = (48, 55, 60, 67)  # of the soundfont's notes at velocity 100
# Families with eight presets and more in the galleries; the others say too little.
FAMILIES = (
    *("piano", "electric_piano", "organ", "plucked", "bass", "strings", "voice", "brass"),
    *("flute", "bell", "lead", "pad"),
)
RECORDED = {  # beginnings of the recordings' names
    "dsmolken-doublebass-arco": "strings", "dsmolken-doublebass-pizz": "bass",
    "vcsl-vibraphone": "bell", "vsco2-cello": "strings", "vsco2-contrabass": "strings",
    "vsco2-flute": "flute", "vsco2-glock": "bell", "vsco2-harp": "plucked",
    "vsco2-marimba": "bell", "vsco2-piano": "piano", "vsco2-trombone": "brass",
    "vsco2-trumpet": "brass", "vsco2-tuba": "brass", "vsco2-violin": "strings",
}  # fmt: skip
Mels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judged:
    """Log-mels (n, 64, 51), each one's family, and its group: an instrument, or a preset.

    `variants` are what a search makes of each recording, (variants, 64, 51): a held note also as if
    its key had been released. The nearest counts.
    """

    mels: Mels
    families: NDArray[np.str_]
    groups: NDArray[np.str_]
    names: tuple[str, ...]
    variants: tuple[Mels, ...] = ()


def presets(synth: str, folders: list[Path]) -> Judged:
    """A synth's presets of banks that are kept from learning, whose name tells a family."""
    facts = synth_facts(synth, HOME / "schemas")
    found = [
        (preset, family)
        for preset in named.playable(facts, folders)
        if not named.is_learnt(synth, preset.bank)
        and (family := family_of(preset.name, kept=True)) in FAMILIES
    ]
    texts = [json.dumps(dict(preset.values), sort_keys=True) for preset, _ in found]
    key = json.dumps([render_stamp(synth), mel.FEATURE_VERSION, FIRST, texts])
    path = HOME / f"{synth}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"
    if not path.is_file():
        HOME.mkdir(parents=True, exist_ok=True)
        np.save(path, named.rendered([p for p, _ in found], synth, FIRST, HOME / "schemas"))
    mels = np.load(path)[:, 0]
    kept = np.flatnonzero(mels.any(axis=(1, 2)))
    names = tuple(found[row][0].name for row in kept)
    families = np.array([found[row][1] for row in kept])
    return Judged(mels[kept].astype(np.float32), families, np.array(names), names)


def soundfont(font: Path) -> Judged:
    """Notes of a soundfont's programs of these families; rendered once."""
    path = HOME / f"{font.stem}-{font.stat().st_size}.npy"
    if not path.is_file():
        HOME.mkdir(parents=True, exist_ok=True)
        np.save(path, named.soundfont(font, "").log_mel)
    wanted = [named.FONT_NOTES.index((key, 100, 0.65)) for key in FONT_KEYS]
    mels = np.load(path)[:, wanted]  # (programs, notes, 64, 51)
    rows = [
        (program, note, family)
        for program in range(named.PROGRAMS)
        if program not in SHARED and (family := named.family_of_program(program)) in FAMILIES
        for note in range(len(wanted))
        if mels[program, note].any()
    ]
    return Judged(
        np.stack([mels[program, note] for program, note, _ in rows]).astype(np.float32),
        np.array([family for *_, family in rows]),
        np.array([f"program {program}" for program, *_ in rows]),
        tuple(f"program {program}" for program, *_ in rows),
    )


def recordings() -> Judged | None:
    """Notes of real instruments, as a search hears them; None where they are not there."""
    rows = [
        (path, family)
        for path in sorted(INSTRUMENTS.glob("*.flac"))
        for start, family in RECORDED.items()
        if path.name.startswith(start)
    ]
    if not rows:
        return None
    heard = [
        np.stack([log_mel(levelled(each)) for each in query_variants(sound, CLASSICAL)])
        for sound in (read_region(path, CLASSICAL).windows[0] for path, _ in rows)
    ]
    return Judged(
        np.stack([variants[0] for variants in heard]),
        np.array([family for _, family in rows]),
        np.array([path.name.rsplit("_", 2)[0] for path, _ in rows]),
        tuple(path.stem for path, _ in rows),
        tuple(heard),
    )
