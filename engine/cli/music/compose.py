"""`starling compose`: music for the sound chip of the NES. Works in this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import PATH, json_option, new_seed_option, out_option
from starling.engine.cli.output import progress, say_json, say_table
from starling.models.training.session import require_folder

if TYPE_CHECKING:
    from starling.engine.api.values import Piece

KNOBS = ("temperature", "top_p", "repetition", "density")  # controls that have options of their own


@click.command()
@click.argument("model", required=False)
@click.option("--prompt", type=PATH, help="A .mid file to go on from, or to write voices to.")
@click.option(
    "--bars",
    type=click.INT,
    help="How many follow the prompt; left out, 16, or none where fewer than four voices are "
    "written.",
)
@click.option(
    "--voices",
    default="p1 p2 tr no",
    show_default=True,
    help="Which are written; the others are the prompt's.",
)
@click.option("--tempo", type=float, default=0.0, help="Beats a minute; left out, bars last 2 s.")
@click.option("--metre", default="", help="Such as 7/8; left out, the prompt's, else 4/4.")
@new_seed_option()
@click.option("--temperature", type=float, help="How daring: 0.5..1.5.")
@click.option("--top-p", type=float, help="Of the likeliest only: 0.5..1.")
@click.option("--repetition", type=float, help="The share of a piece that repeats: 0..0.9.")
@click.option("--density", type=float, help="Of how much songs usually sound: 0.5..1.5.")
@click.option(
    "--control",
    "controls",
    multiple=True,
    metavar="NAME=VALUE",
    help="A control of the chip, e.g. p1_duty='25 %' or no_level=0. `starling models` lists them.",
)
@click.option("--takes", type=click.IntRange(1, 1000), default=1, help="How many seeds.")
@out_option("A folder.", default=Path(), check=require_folder)
@json_option
def compose(
    model: str | None,
    prompt: Path | None,
    bars: int | None,
    voices: str,
    tempo: float,
    metre: str,
    seed: int,
    temperature: float | None,
    top_p: float | None,
    repetition: float | None,
    density: float | None,
    controls: tuple[str, ...],
    takes: int,
    out: Path,
    as_json: bool,
) -> None:
    """Write music for four voices and play it: a .mid, a .vgm and a .wav file for each take.

    The same MODEL, seed and options give the same bytes. Without a MODEL it is the first that
    `starling models` lists as making music.

    \b
    starling compose --prompt phrase.mid --bars 16 --tempo 120 --out song/
    starling compose --prompt melody.mid --voices "p2 tr no" --takes 4 --out song/
    """
    from starling.engine.api.composing import compose as written
    from starling.engine.api.composing import first, loaded
    from starling.engine.sounds.control_text import distinct, parse_control

    composers = loaded()
    card = composers.card(model if model is not None else first(composers))
    knobs = zip(KNOBS, (temperature, top_p, repetition, density), strict=True)
    texts = [*(f"{name}={value}" for name, value in knobs if value is not None), *controls]
    chosen = distinct(parse_control(card, text) for text in texts)
    rows = []
    with progress(f"Composing with {card.title}") as report:
        for take in range(takes):

            def part(done: float, text: str, take: int = take) -> None:
                report((take + done) / takes, f"take {take + 1}: {text}")

            piece = written(
                card.name,
                prompt=prompt,
                bars=bars,
                voices=voices,
                tempo=tempo,
                metre=metre,
                seed=seed + take,
                progress=part,
                **chosen,
            )
            rows.append(_saved(piece, out / f"{card.name}-{seed + take}"))
    _say(rows, piece.remarks, as_json)


def _saved(piece: Piece, place: Path) -> dict[str, object]:
    """Write a take's files; its row of a report."""
    midi, vgm, wav = piece.save(place)
    return {
        "midi": str(midi),
        "vgm": str(vgm),
        "wav": str(wav),
        "seed": piece.sound.seed,
        "seconds": round(piece.sound.audio.shape[1] / piece.sound.sample_rate, 3),
        "start": round(piece.start, 3),
        "sound": piece.sound.id,
        "controls": dict(piece.sound.controls),
    }


def _say(rows: list[dict[str, object]], remarks: tuple[str, ...], as_json: bool) -> None:
    """The takes' files; what of the prompt has no place on the chip is said beside them."""
    for remark in remarks:
        click.echo(f"the prompt: {remark}", err=True)
    if as_json:
        say_json(rows)
        return
    columns = ("midi", "vgm", "wav", "seed", "seconds")
    say_table(columns, [[row[name] for name in columns] for row in rows])
