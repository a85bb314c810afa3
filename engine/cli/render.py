"""`starling render`: a MIDI file to an audio file, with stems. Works in this process."""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from numpy.typing import NDArray

from starling.engine.cli.options import PATH, jobs_option, json_option, out_option
from starling.engine.cli.output import progress, say_json, say_table
from starling.engine.config import folders
from starling.models.errors import InputError

if TYPE_CHECKING:
    from starling.engine.render.assignments import Assignment
    from starling.engine.render.bounce import Mix
    from starling.engine.render.parts import Part
    from starling.engine.render.song import Song
    from starling.models.artifacts.catalogue import ModelCard


@click.command()
@click.argument("song_file", metavar="SONG.MID", type=PATH)
@click.option(
    "--track",
    "tracks",
    multiple=True,
    metavar="CHANNEL=KIND:NAME",
    help="What plays a MIDI channel (1..16): preset:NAME or preset:ID, "
    "model:NAME[:seed=N,roundrobin=N,CONTROL=VALUE], plugin:PATH, or sound:FILE.wav that Starling "
    "made.",
)
@click.option("--effects", "chain", type=PATH, help="chain.json: inserts by pedalboard.")
@out_option(default=Path("mix.wav"), old="--output")
@click.option("--stems", type=PATH, help="A folder for one file a track.")
@click.option("--rate", type=int, default=44_100, show_default=True, help="Sample rate in Hz.")
@click.option(
    "--tail", type=float, default=2.0, show_default=True, help="Seconds after the last note."
)
@jobs_option(most=64)
@json_option
def render(
    song_file: Path,
    tracks: tuple[str, ...],
    chain: Path | None,
    out: Path,
    stems: Path | None,
    rate: int,
    tail: float,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Play a MIDI file into a 32-bit float WAV file, offline and faster than real time.

    Channels without a --track get the model drums (channel 10) or a factory preset that suits
    their General MIDI program. The same command gives the same bytes.

    \b
    starling render song.mid -o mix.wav
    starling render song.mid --track 1=preset:"Solina Flare" --track 10=model:drums:seed=5 \\
        --effects chain.json --stems stems/
    """
    from starling.engine.render.worker_pool import Workers

    began = time.monotonic()
    _check_paths(out, stems)
    with Workers(jobs or os.cpu_count() or 1) as workers:  # they load the synth meanwhile
        from starling.engine.render.assignments import assign, parse_track
        from starling.engine.render.bounce import Options, Renderer
        from starling.engine.render.effects import Effects, read_effects
        from starling.engine.render.song import read_song
        from starling.engine.sounds.generate import Generators
        from starling.engine.sounds.store import SoundStore
        from starling.models.artifacts.catalogue import catalogue

        options = Options(rate, tail, read_effects(chain) if chain else Effects())
        song = read_song(song_file)
        cards = catalogue(folders().models)
        parts = _parts(song, assign(song, map(parse_track, tracks)), cards)
        renderer = Renderer(Generators(cards), workers, SoundStore(folders().store))
        with progress("Rendering") as report:
            mix = renderer.render(song, parts, options, report)
            files = _write(mix, parts, out, stems)
    seconds = time.monotonic() - began
    rows = _rows(parts, mix, files)
    if as_json:
        say_json(_summary(song, mix, out, seconds) | {"tracks": rows})
        return
    say_table(
        ("channel", "plays", "peak dB", "chosen"),
        [
            (r["channel"], r["plays"], r["peak_db"], "by Starling" if r["chosen"] else "")
            for r in rows
        ],
    )
    length = mix.master.shape[1] / mix.sample_rate
    click.echo(f"{out}: {length:.1f} s in {seconds:.1f} s, peak {peak_db(mix.master):.1f} dB")
    if peak_db(mix.master) > 0:
        click.echo(
            "The mix goes over full scale, which a float file keeps but players clip: lower a "
            'track with {"effect": "Gain"}, or end the master chain with a BrickwallLimiter.'
        )


def _parts(
    song: Song, assignments: Sequence[Assignment], cards: Mapping[str, ModelCard]
) -> list[Part]:
    """The parts; the library is opened only when it exists and a track names a preset."""
    from starling.engine.render.parts import resolve
    from starling.presets.library.database import DATABASE, Library

    needs_library = any(each.kind == "preset" and not each.chosen for each in assignments)
    if not (needs_library and (folders().library / DATABASE).is_file()):
        return resolve(song, assignments, cards)
    library = Library.open(folders().library)
    try:
        return resolve(song, assignments, cards, library)
    finally:
        library.close()


def _check_paths(out: Path, stems: Path | None) -> None:
    """Refuse before the work what could not be written after it."""
    if out.is_dir() or not out.parent.is_dir():
        raise InputError(f"-o must be a file in a folder that exists, got {out}", code="bad_path")
    if out.suffix.lower() != ".wav":
        raise InputError(f"-o must end in .wav, got {out.name}", code="bad_path")
    if stems is not None and (stems.is_file() or not stems.parent.is_dir()):
        raise InputError(
            f"--stems must be a folder, or its parent must exist; got {stems}", code="bad_path"
        )


def _write(mix: Mix, parts: Sequence[Part], out: Path, stems: Path | None) -> list[Path]:
    """Write mix and stems, each whole or not at all; the stems' files in order of the parts."""
    from starling.engine.sounds import wav
    from starling.engine.sounds.store import write_whole

    written = []
    if stems is not None:
        stems.mkdir(exist_ok=True)
        for part in parts:
            path = stems / _stem_name(part)
            write_whole(path, wav.encode(mix.stems[part.track.channel], mix.sample_rate))
            written.append(path)
    write_whole(out, wav.encode(mix.master, mix.sample_rate))
    return written


def _stem_name(part: Part) -> str:
    """`10-drums.wav`: the channel, and the source's name without what file systems dislike."""
    name = part.title.partition(" (")[0].lower()
    return f"{part.track.channel:02}-{re.sub(r'[^a-z0-9]+', '-', name).strip('-')}.wav"


def peak_db(audio: NDArray[np.float32]) -> float:
    """The peak in dB of full scale; -120 at the lowest."""
    return round(20 * math.log10(max(1e-6, float(np.abs(audio).max(initial=0.0)))), 2)


def _rows(parts: Sequence[Part], mix: Mix, files: Sequence[Path]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for at, part in enumerate(parts):
        row: dict[str, object] = {
            "channel": part.track.channel,
            "plays": part.title,
            "notes": len(part.track.notes),
            "peak_db": peak_db(mix.stems[part.track.channel]),
            "chosen": part.chosen,
        }
        rows.append(row | ({"file": str(files[at])} if files else {}))
    return rows


def _summary(song: Song, mix: Mix, out: Path, seconds: float) -> dict[str, object]:
    length = mix.master.shape[1] / mix.sample_rate
    return {
        "song": song.name,
        "file": str(out),
        "rate": mix.sample_rate,
        "frames": mix.master.shape[1],
        "peak_db": peak_db(mix.master),
        "seconds": round(seconds, 3),
        "realtime_factor": round(length / seconds, 1),
    }
