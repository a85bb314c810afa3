"""A song as `bare_song` renders it: presets, notes and effects as plain values, drums as files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile
from baselines import bare_song
from numpy.typing import NDArray

from starling.engine.render.assignments import assign
from starling.engine.render.effects import Effects, Insert, read_effects
from starling.engine.render.parts import Kit, Part, resolve
from starling.engine.render.playing.one_shots import hits
from starling.engine.songs.song import read_song
from starling.engine.sounds.control_text import with_key
from starling.engine.sounds.generate import Generators
from starling.engine.sounds.recipe import fresh_seed
from starling.models.artifacts.catalogue import catalogue
from starling.presets.synths.faust import read_schema
from starling.presets.synths.plugin import CACHE_VARIABLE

RATE = 44_100
TAIL = 2.0  # seconds, as `starling render`'s own
Placed = tuple[str, int, int, int, float]  # file, first frame, length, fade, gain


def write_job(song: Path, chain: Path, folder: Path) -> Path:
    """Write job.json and the drums' sounds: all that a script knows before anything sounds."""
    cards = catalogue()
    read, effects = read_song(song), read_effects(chain)
    parts = resolve(read, assign(read, []), cards)
    [drums] = [part for part in parts if isinstance(part.source, Kit)]
    placed = placed_drums(drums, Generators(cards), folder)
    job = {
        "rate": RATE,
        "frames": round((read.seconds + TAIL) * RATE),
        "tracks": [track(part, effects) for part in parts if part is not drums],
        "sounds": sorted({name for name, *_ in placed}),
        "hits": placed,
        "drum_inserts": plain(effects.tracks.get(drums.track.channel, ())),
        "master": plain(effects.master),
    }
    path = folder / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return path


def track(part: Part, effects: Effects) -> dict[str, object]:
    """A preset, its notes and its inserts."""
    assert not isinstance(part.source, Kit)
    return {
        "values": dict(read_schema().validate(part.source.values or {})),
        "notes": [(note.start, note.seconds, note.key, note.velocity) for note in part.track.notes],
        "inserts": plain(effects.tracks.get(part.track.channel, ())),
    }


def plain(inserts: Sequence[Insert]) -> list[tuple[str, Mapping[str, object]]]:
    """Effects by name, with all their settings."""
    return [(each.effect, dict(each.settings)) for each in inserts]


def placed_drums(part: Part, generators: Generators, folder: Path) -> list[Placed]:
    """What each note of a kit plays; the sounds are written as files."""
    kit = part.source
    assert isinstance(kit, Kit)
    found = []
    for hit in hits(part.track.notes, kit.round_robin, keyed=True):
        path = folder / f"{hit.note.key}-{hit.step}.wav"
        if not path.is_file():
            write_drum(path, kit, hit.note.key, hit.step, generators)
        start, frames = round(hit.note.start * RATE), soundfile.info(path).frames
        if hit.end is not None:
            frames = min(frames, round((hit.end + hit.release) * RATE) - start)
        gain = (hit.note.velocity / 127) ** 2
        found.append((str(path), start, frames, round(hit.release * RATE), gain))
    return found


def write_drum(path: Path, kit: Kit, key: int, step: int, generators: Generators) -> None:
    """Write a kit's sound for a key as a stereo file."""
    card = generators.card(kit.model)
    controls = with_key(card, dict(kit.controls), key)
    sound = generators.render(
        generators.recipe(kit.model, fresh_seed(kit.seed, key, step), controls)
    )
    assert card.sample_rate == RATE and len(sound) == 1
    soundfile.write(path, np.repeat(sound, 2, axis=0).T, RATE, subtype="FLOAT")


def render_bare(job: Path, output: Path, programs: Path) -> float:
    """Seconds of the plain script from its start to its end; `programs` has compiled ones."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, bare_song.__file__, job, output],
        env={**os.environ, CACHE_VARIABLE: str(programs)},
        check=True,
    )
    return time.perf_counter() - began


def difference_db(ours: Path, other: Path) -> float:
    """The level of what two mixes do not share, relative to the first: both play one song."""
    one, two = (soundfile.read(path, dtype="float32")[0] for path in (ours, other))
    count = min(len(one), len(two))
    return round(level_db(one[:count] - two[:count]) - level_db(one[:count]), 1)


def level_db(audio: NDArray[np.float32]) -> float:
    """RMS in dB."""
    return float(10 * np.log10(np.mean(np.square(audio, dtype=np.float64)) + 1e-12))
