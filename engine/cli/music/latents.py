"""`starling latents`: pieces of a VAE by their latents. Works in this process."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import (
    CardPath,
    count_option,
    json_option,
    out_option,
    seed_option,
)
from starling.engine.cli.output import progress, say_json, say_table
from starling.models.errors import InputError
from starling.models.training.session import require_folder

if TYPE_CHECKING:
    from starling.engine.music.latent_space import Space
    from starling.models.composer.baselines.latents import Latents

KEPT = "latents.npz"
MOST_PIECES = 1000
MOST_STEPS = 64
Row = dict[str, str | float]

model_option = click.option(
    "--model", type=CardPath(), required=True, help="Card or name of a VAE."
)
threshold_option = click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="The least output that is a note; lower for more notes.",
)
folder_option = out_option("The folder to write into.", required=True, check=require_folder)


@click.group()
def latents() -> None:
    """Draw, encode, edit and morph pieces by the latents of a VAE.

    The VAE is NES-Music-Maker's: `starling train composer-baseline --kind vae`. A latent is one
    piece, eight measures of 4 s. A PIECE is a .mid file, of which the first 32 s count; or a file
    of latents, `latents.npz:3` for its third. Each command writes the pieces as .mid, .vgm and .wav
    files, and their latents beside them.
    """


@latents.command()
@model_option
@count_option(8, MOST_PIECES)
@seed_option
@threshold_option
@folder_option
@json_option
def draw(model: Path, count: int, seed: int, threshold: float, out: Path, as_json: bool) -> None:
    """Write pieces by chance, spread as those that the model was trained on.

    \b
    starling latents draw --model vae.json --count 8 --seed 1 --out drawn
    """
    from starling.engine.music import latent_space
    from starling.models.composer.baselines import latents as known

    space = latent_space.load(model)
    _write(space, known.draw(space.network, count, seed), "draw", threshold, out, as_json)


@latents.command()
@click.argument("files", nargs=-1, required=True)
@model_option
@threshold_option
@folder_option
@json_option
def encode(files: tuple[str, ...], model: Path, threshold: float, out: Path, as_json: bool) -> None:
    """Write what a model makes of MIDI files, all pieces of each, and store their latents.

    \b
    starling latents encode one.mid other.mid --model vae.json --out encoded
    """
    import numpy as np

    from starling.engine.music import latent_space

    space = latent_space.load(model)
    read = [latent_space.read(space, each) for each in files]
    found = np.concatenate([each.latents for each in read])
    names = tuple(name for each in read for name in each.names)
    _write(space, found, "encode", threshold, out, as_json, names)


@latents.command()
@click.argument("piece")
@click.option(
    "--move",
    "moves",
    multiple=True,
    required=True,
    metavar="AXIS=BY",
    help="By so many standard deviations along an axis; 0 is the one with most spread.",
)
@model_option
@threshold_option
@folder_option
@json_option
def edit(
    piece: str, moves: tuple[str, ...], model: Path, threshold: float, out: Path, as_json: bool
) -> None:
    """Move a piece along axes of the latents, and write it.

    \b
    starling latents edit drawn/latents.npz:3 --move 0=1.5 --move 4=-2 --model vae.json --out moved
    """
    from starling.engine.music import latent_space
    from starling.models.composer.baselines import latents as known

    steps = [_move(each) for each in moves]
    space = latent_space.load(model)
    latent = latent_space.read(space, piece).latents[0]
    for axis, by in steps:
        latent = known.edit(space.network, latent, axis, by)
    _write(space, latent[None], "edit", threshold, out, as_json)


@latents.command()
@click.argument("one")
@click.argument("other")
@click.option(
    "--steps",
    type=click.IntRange(2, MOST_STEPS),
    default=5,
    show_default=True,
    help="So many pieces from the first to the second, both included.",
)
@model_option
@threshold_option
@folder_option
@json_option
def morph(
    one: str, other: str, steps: int, model: Path, threshold: float, out: Path, as_json: bool
) -> None:
    """Write pieces on the way from one to another.

    \b
    starling latents morph one.mid other.mid --steps 5 --model vae.json --out between
    """
    from starling.engine.music import latent_space
    from starling.models.composer.baselines import latents as known

    space = latent_space.load(model)
    first, last = (latent_space.read(space, each).latents[0] for each in (one, other))
    _write(space, known.interpolate(first, last, steps), "morph", threshold, out, as_json)


def _move(text: str) -> tuple[int, float]:
    """`0=1.5` as an axis and a number of standard deviations."""
    found = re.fullmatch(r"(\d+)=([+-]?(?:\d+\.?\d*|\.\d+))", text.strip())
    if found is None:
        raise InputError(f"a move is AXIS=BY such as 0=1.5, got {text!r}")
    return int(found[1]), float(found[2])


def _write(
    space: Space,
    found: Latents,
    stem: str,
    threshold: float,
    out: Path,
    as_json: bool,
    names: tuple[str, ...] = (),
) -> None:
    """Latents (n, latent) as pieces in a folder, and stored beside them; then say so.

    Their names in the file of latents are those of the pieces' files, where there are no others.
    """
    from starling.models.composer.baselines import latents as known

    stems = tuple(f"{stem}-{at:02d}" for at in range(1, len(found) + 1))
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    with progress("Playing") as report:
        for at, (latent, each) in enumerate(zip(found, stems, strict=True), 1):
            rows.append(_saved(space, latent, out / each, threshold))
            report(at / len(stems), f"{at} of {len(stems)}")
    known.save(out / KEPT, space.stored(found, names or stems))
    if as_json:
        say_json([{**row, "latents": str(out / KEPT)} for row in rows])
        return
    say_table(tuple(rows[0]), [list(row.values()) for row in rows])
    click.echo(out / KEPT)


def _saved(space: Space, latent: Latents, place: Path, threshold: float) -> Row:
    """Write a piece's files; its row."""
    from starling.engine.api.values import Piece, Sound
    from starling.engine.music import latent_space
    from starling.models.artifacts.catalogue import ROOT_NOTE
    from starling.models.nes.writes import RATE

    made = latent_space.piece(space, latent, place.name, threshold)
    sound = Sound(made.audio, RATE, ROOT_NOTE, "", "")
    whole = Piece(sound, made.notes, space.beats.rate, made.midi, made.vgm, 0.0)
    midi, vgm, wav = whole.save(place)
    seconds = round(made.audio.shape[1] / RATE, 3)
    return {"midi": str(midi), "vgm": str(vgm), "wav": str(wav), "seconds": seconds}
