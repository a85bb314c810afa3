"""`starling generate` and `starling models`. Works in this process: no engine is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import PATH, count_option, json_option, new_seed_option, out_option
from starling.engine.cli.output import progress, say_json, say_table
from starling.engine.config import folders
from starling.engine.wire.protocol import MAX_SEED
from starling.models.errors import InputError

if TYPE_CHECKING:
    from starling.engine.sounds.generate import Generators
    from starling.engine.sounds.recipe import Recipe
    from starling.models.artifacts.catalogue import ModelCard


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A sound to make and the file to write it into."""

    path: Path
    seed: int
    controls: dict[str, float]


@click.command()
@click.argument("model")
# any whole number: the recipe checks the range, with the sentence that the engine sends too
@new_seed_option(f"0..{MAX_SEED}; left out, a new one each time.", type=click.INT)
@click.option(
    "--control",
    "controls",
    multiple=True,
    metavar="NAME=VALUE",
    help="A control's value or label, e.g. kind=snare. `starling models` lists them.",
)
@out_option("A .wav file, or a folder.", old="--output")
@count_option(1, 10_000, "How many seeds.")
@click.option(
    "--midi",
    type=PATH,
    help="One sound for each distinct key of a .mid file, into the folder of -o.",
)
@json_option
def generate(
    model: str,
    seed: int,
    controls: tuple[str, ...],
    out: Path | None,
    count: int,
    midi: Path | None,
    as_json: bool,
) -> None:
    """Make sounds that did not exist before and write them as 32-bit float WAV files.

    The same MODEL, seed and controls give the same bytes.

    \b
    starling generate drums --control kind=snare --seed 7 -o snare.wav
    starling generate drums --control kind=kick --count 16 -o kicks/
    starling generate drums --midi song.mid -o kit/
    """
    from starling.engine.sounds.control_text import parse_control
    from starling.engine.sounds.generate import Generators
    from starling.models.artifacts.catalogue import catalogue

    generators = Generators(catalogue(folders().models))
    card = generators.card(model)
    chosen = dict(parse_control(card, each) for each in controls)
    if midi is not None:
        planned = list(_for_keys(card, midi, chosen, seed, out or Path(f"{model}-kit")))
    else:
        planned = list(_for_seeds(model, chosen, seed, count, out))
    with progress(f"Generating with {card.title}") as report:
        report(0.0, "loading the model")
        rows = []
        for at, each in enumerate(planned):
            recipe = generators.recipe(model, each.seed, each.controls)
            rows.append(write_sound(generators, recipe, each.path))
            report((at + 1) / len(planned), each.path.name)
    _show(rows, as_json)


def _for_seeds(
    model: str, controls: dict[str, float], first: int, count: int, out: Path | None
) -> Iterator[PlannedFile]:
    """Consecutive seeds; a single one may name its file."""
    if out is not None and out.suffix.lower() == ".wav":
        if count > 1:
            raise InputError(f"--count {count} writes a folder; {out} is one file")
        yield PlannedFile(out, first, controls)
        return
    for seed in range(first, first + count):
        yield PlannedFile((out or Path()) / f"{model}-{seed}.wav", seed, controls)


def _for_keys(
    card: ModelCard, midi: Path, controls: dict[str, float], variation: int, folder: Path
) -> Iterator[PlannedFile]:
    """The sounds that the plugin plays in Fresh mode for a MIDI file's keys."""
    from starling.engine.server.midi_input import keys_of_file
    from starling.engine.sounds.control_text import with_key
    from starling.engine.sounds.recipe import fresh_seed

    keys = keys_of_file(midi)
    if not keys:
        raise InputError(f"{midi} holds no notes")
    for key in keys:
        path = folder / f"{card.name}-key{key:03d}.wav"
        yield PlannedFile(path, fresh_seed(variation, key, 0), with_key(card, controls, key))


def write_sound(generators: Generators, recipe: Recipe, path: Path) -> dict[str, object]:
    """Make the sound of a recipe and write it as a WAV file that carries it; its row of a report.

    Raises StarlingError where the disk is full or refuses.
    """
    from starling.engine.sounds import wav
    from starling.engine.sounds.store import write_whole
    from starling.engine.wire.failure_codes import translated

    audio = generators.render(recipe)
    card = generators.card(recipe.model)
    with translated():
        path.parent.mkdir(parents=True, exist_ok=True)
        data = wav.encode(audio, card.sample_rate, root=card.root, recipe=recipe.json)
        write_whole(path, data)
    return {
        "path": str(path),
        "seed": recipe.seed,
        "seconds": round(audio.shape[1] / card.sample_rate, 3),
        "rate": card.sample_rate,
        "sound": recipe.id,
        "controls": dict(recipe.controls),
    }


def _show(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        say_json(rows)
    else:
        say_table(("file", "seed", "seconds"), [(r["path"], r["seed"], r["seconds"]) for r in rows])


@click.command()
@json_option
def models(as_json: bool) -> None:
    """List the models that can generate, and their controls."""
    from starling.models.artifacts.catalogue import catalogue

    cards = catalogue(folders().models).values()
    if as_json:
        say_json([_model_fields(card) for card in cards])
        return
    rows = []
    for card in cards:
        for control in card.controls:
            allowed = ", ".join(control.labels) or f"{control.minimum:g}..{control.maximum:g}"
            default = (
                control.labels[int(control.default)] if control.labels else f"{control.default:g}"
            )
            rows.append((card.name, control.name, allowed, default))
    say_table(("model", "control", "values", "default"), rows)


def _model_fields(card: ModelCard) -> dict[str, object]:
    from starling.engine.sounds.control_text import controls_json

    fields = asdict(card)
    return {**fields, "path": str(card.path), "controls": json.loads(controls_json(card))}
