"""`starling render`: a MIDI file to an audio file, with stems. Works in this process."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from numpy.typing import NDArray

from starling.engine.cli.options import PATH, jobs_option, json_option, out_option
from starling.engine.cli.output import progress, say_json, say_table

if TYPE_CHECKING:
    from starling.engine.api.values import RenderedTrack, Rendering


@click.command()
@click.argument("song_file", metavar="SONG.MID", type=PATH)
@click.option(
    "--track",
    "tracks",
    multiple=True,
    metavar="CHANNEL=KIND:NAME",
    help="What plays a MIDI channel (1..16): preset:NAME or preset:ID, "
    "model:NAME[:seed=N,roundrobin=N,CONTROL=VALUE], plugin:PATH, sound:FILE.wav that Starling "
    "made, or chip:pulse, chip:triangle and chip:noise[:duty=25,decay=.2,sustain=4].",
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
    from starling.engine.api.rendering import Places, render_texts

    began = time.monotonic()
    places = Places(out, stems, "-o", "--stems")
    with progress("Rendering") as report:
        rendered = render_texts(
            song_file,
            tracks,
            chain,
            places,
            sample_rate=rate,
            tail=tail,
            jobs=jobs,
            progress=report,
            one_thread=True,
        )
    seconds = time.monotonic() - began
    rows = [_row(track) for track in rendered.tracks]
    peak = peak_db(rendered.audio)
    if as_json:
        say_json(_summary(rendered, out, seconds) | {"tracks": rows})
        return
    say_table(
        ("channel", "plays", "peak dB", "chosen"),
        [
            (r["channel"], r["plays"], r["peak_db"], "by Starling" if r["chosen"] else "")
            for r in rows
        ],
    )
    length = rendered.audio.shape[1] / rendered.sample_rate
    click.echo(f"{out}: {length:.1f} s in {seconds:.1f} s, peak {peak:.1f} dB")
    if peak > 0:
        click.echo(
            "The mix goes over full scale, which a float file keeps but players clip: lower a "
            'track with {"effect": "Gain"}, or end the master chain with a BrickwallLimiter.'
        )


def peak_db(audio: NDArray[np.float32]) -> float:
    """The peak in dB of full scale; -120 at the lowest."""
    return round(20 * math.log10(max(1e-6, float(np.abs(audio).max(initial=0.0)))), 2)


def _row(track: RenderedTrack) -> dict[str, object]:
    row: dict[str, object] = {
        "channel": track.channel,
        "plays": track.plays,
        "notes": track.notes,
        "peak_db": peak_db(track.audio),
        "chosen": track.chosen,
    }
    return row | ({"file": str(track.file)} if track.file else {})


def _summary(rendered: Rendering, out: Path, seconds: float) -> dict[str, object]:
    length = rendered.audio.shape[1] / rendered.sample_rate
    return {
        "song": rendered.song,
        "file": str(out),
        "rate": rendered.sample_rate,
        "frames": rendered.audio.shape[1],
        "peak_db": peak_db(rendered.audio),
        "seconds": round(seconds, 3),
        "realtime_factor": round(length / seconds, 1),
    }
