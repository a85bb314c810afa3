"""`starling render`: a MIDI file to an audio file, with stems. Works in this process."""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from numpy.typing import NDArray

from starling.engine.cli.options import PATH, jobs_option, json_option, out_option
from starling.engine.cli.output import progress, say_json, say_table
from starling.engine.render.effects_table import EFFECTS

if TYPE_CHECKING:
    from starling.engine.api.rendering import Places
    from starling.engine.api.values import RenderedTrack, Rendering


STDOUT = Path("-")
OFF = "off"  # of the headroom


class Headroom(click.ParamType[float | None]):
    """Decibels, or off."""

    name = "headroom"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        """A number, or None for off."""
        if value is None or value == OFF:
            return None
        try:
            return float(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither a number of dB nor {OFF}", param, ctx)


def effects_help() -> str:
    """The effects of a chain and their parameters, for people."""
    lines = [f"{each.name}: {each.described or 'no parameters'}" for each in EFFECTS.values()]
    return "Effects of a chain and what they take:\n\n\b\n" + "\n".join(lines)


@click.command(epilog=effects_help())
@click.argument("song_file", metavar="SONG.MID", type=PATH)
@click.option(
    "--track",
    "tracks",
    multiple=True,
    metavar="PART=KIND:NAME",
    help="What plays a part of the song, by its number, its name, or its MIDI channel (ch10): "
    "preset:NAME or preset:ID, texture:NAME, "
    "model:NAME[:seed=N,roundrobin=N,CONTROL=VALUE], plugin:PATH, sound:FILE.wav that Starling "
    "made, or chip:pulse, chip:triangle and chip:noise[:duty=25,decay=.2,sustain=4].",
)
@click.option("--effects", "chain", type=PATH, help="chain.json: inserts by pedalboard.")
@out_option("A .wav or .flac file; - is WAV on stdout.", default=Path("mix.wav"), old="--output")
@click.option(
    "--bits",
    type=click.Choice(["16", "24", "32"]),
    help="A sample's bits; left out 32 (float) in WAV and 24 in FLAC.",
)
@click.option("--stems", type=PATH, help="A folder for one file a part.")
@click.option("--rate", type=int, default=44_100, show_default=True, help="Sample rate in Hz.")
@click.option(
    "--tail", type=float, default=2.0, show_default=True, help="Seconds after the song's end."
)
@click.option(
    "--headroom",
    type=Headroom(),
    default="1",
    show_default=True,
    metavar="DB",
    help="A mix that comes nearer to full scale is lowered, and its stems; off: never.",
)
@jobs_option(most=64)
@json_option
def render(
    song_file: Path,
    tracks: tuple[str, ...],
    chain: Path | None,
    out: Path,
    bits: str | None,
    stems: Path | None,
    rate: int,
    tail: float,
    headroom: float | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Play a MIDI file into a sound file, offline and faster than real time.

    A part is what one MIDI channel plays in one track of the file. Parts are numbered by their
    channels where no two share one, else 1, 2, 3 ... in the order of the file. Those without a
    --track get the model drums (channel 10) or a factory preset that suits their General MIDI
    program. The same command gives the same bytes.

    \b
    starling render song.mid -o mix.wav
    starling render song.mid --track Bass=preset:"Mono Lisa" -o mix.flac --bits 16
    starling render song.mid --track 1=preset:"Solina Flare" --track 10=model:drums:seed=5 \\
        --effects chain.json --stems stems/
    """
    from starling.engine.api.rendering import Places, render_texts

    began = time.monotonic()
    places = Places(
        None if out == STDOUT else out, stems, "-o", "--stems", int(bits) if bits else None
    )
    with progress("Rendering") as report:
        rendered = render_texts(
            song_file,
            tracks,
            chain,
            places,
            sample_rate=rate,
            tail=tail,
            headroom=headroom,
            jobs=jobs,
            progress=report,
            one_thread=True,
        )
    seconds = time.monotonic() - began
    if out == STDOUT:
        _to_stdout(rendered, places)
    rows = [_row(track) for track in rendered.tracks]
    if as_json:
        say_json(_summary(rendered, out, seconds) | {"tracks": rows}, err=out == STDOUT)
        return
    _say(rendered, rows, out, seconds)


def _to_stdout(rendered: Rendering, places: Places) -> None:
    from starling.engine.render.files import check, write_wav

    bits = check(places.like, places.bits)
    write_wav(sys.stdout.buffer, rendered.audio, rendered.sample_rate, bits)
    sys.stdout.buffer.flush()


def _say(rendered: Rendering, rows: list[dict[str, object]], out: Path, seconds: float) -> None:
    """What was rendered, for people; on stderr where the sound is on stdout."""
    err = out == STDOUT
    say_table(
        ("part", "name", "channel", "plays", "peak dB", "chosen"),
        [
            (
                *(r[field] for field in ("part", "name", "channel", "plays", "peak_db")),
                "by Starling" if r["chosen"] else "",
            )
            for r in rows
        ],
        err=err,
    )
    peak, length = peak_db(rendered.audio), rendered.audio.shape[1] / rendered.sample_rate
    click.echo(f"{out}: {length:.1f} s in {seconds:.1f} s, peak {peak:.1f} dB", err=err)
    for remark in rendered.remarks:
        click.echo(remark, err=err)
    if rendered.lowered:
        click.echo(
            f"Mix and stems were lowered by {rendered.lowered:.1f} dB (--headroom).", err=err
        )
    if peak > 0:
        click.echo(
            "The mix goes over full scale, which a float file keeps but players clip: lower a "
            'part with {"effect": "Gain"}, or end the master chain with a BrickwallLimiter.',
            err=err,
        )


def peak_db(audio: NDArray[np.float32]) -> float:
    """The peak in dB of full scale; -120 at the lowest."""
    from starling.engine.render.mixing import peak

    return round(20 * math.log10(max(1e-6, peak(audio))), 2)


def _row(track: RenderedTrack) -> dict[str, object]:
    row: dict[str, object] = {
        "part": track.number,
        "name": track.name,
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
        "lowered_db": round(rendered.lowered, 2),
        "remarks": list(rendered.remarks),
        "seconds": round(seconds, 3),
        "realtime_factor": round(length / seconds, 1),
    }
