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
from starling.models.dsp.files.kinds import SUFFIXES
from starling.models.errors import InputError
from starling.models.training.session import require_file, require_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from starling.engine.sounds.generate import Generators
    from starling.engine.sounds.primes import Prime
    from starling.engine.sounds.recipe import Recipe
    from starling.models.artifacts.catalogue import ModelCard


WAV = ".wav"


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A sound to make and the file to write it into."""

    path: Path
    seed: int
    controls: dict[str, float]


def _require_place(out: Path) -> None:
    """Raise InputError for a place of sounds that cannot be written to, or of another kind."""
    suffix = out.suffix.lower()
    if suffix in SUFFIXES - {WAV} and not out.is_dir():
        raise InputError(
            f"sounds are written as .wav files; --out {out} would be a folder. Name it .wav, or "
            "make the folder first",
            code="bad_out",
        )
    check = require_file if suffix == WAV else require_folder
    check(out)


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
@out_option("A .wav file, or a folder.", old="--output", check=_require_place)
@count_option(1, 10_000, "How many seeds.")
@click.option(
    "--midi",
    type=PATH,
    help="One sound for each distinct key of a .mid file, into the folder of -o.",
)
@click.option("--seconds", type=float, help="How long a texture is.")
@click.option(
    "--automate",
    "automation",
    multiple=True,
    metavar="NAME=SECONDS:VALUE,...",
    help="A control of a texture over time, with lines between: temperature=0:0.7,20:1.2.",
)
@click.option("--prime", type=PATH, help="A sound file that a texture goes on from: its last 60 s.")
@json_option
def generate(
    model: str,
    seed: int,
    controls: tuple[str, ...],
    out: Path | None,
    count: int,
    midi: Path | None,
    seconds: float | None,
    automation: tuple[str, ...],
    prime: Path | None,
    as_json: bool,
) -> None:
    """Make sounds that did not exist before and write them as 32-bit float WAV files.

    The same MODEL, seed and controls give the same bytes. `starling models` lists one-shots and
    textures; of these several are made at once with --count.

    \b
    starling generate drums --control kind=snare --seed 7 -o snare.wav
    starling generate drums --control kind=kick --count 16 -o kicks/
    starling generate drums --midi song.mid -o kit/
    starling generate TEXTURE --seconds 30 --prime rain.wav --count 4 -o takes/
    """
    from starling.engine.sounds.automation import automated, parse_curve, start_values
    from starling.engine.sounds.control_text import distinct, parse_control
    from starling.engine.sounds.generate import Generators
    from starling.engine.sounds.passage import Passage
    from starling.models.artifacts.catalogue import catalogue

    generators = Generators(catalogue(folders().models))
    card = generators.card(model)
    texts = [*controls, *([] if seconds is None else [f"seconds={seconds}"])]
    curves = distinct(parse_curve(card, each) for each in automation)
    steady = (parse_control(card, each) for each in texts)
    chosen = distinct([*steady, *start_values(curves).items()])
    if midi is not None:
        planned = list(_for_keys(card, midi, chosen, seed, out or Path(f"{model}-kit")))
    else:
        planned = list(_for_seeds(model, chosen, seed, count, out))
    if curves:
        generators.texture_card(model)  # no other sound has controls over time
    start = _prime(card, prime)
    passage = Passage(start.id if start else "", turns=automated(card, curves, chosen))
    recipes = [
        generators.recipe(model, each.seed, each.controls, passage=passage) for each in planned
    ]
    rows: dict[int, dict[str, object]] = {}
    with progress(f"Generating with {card.title}") as report:
        report(0.0, "loading the model")
        made = generators.render_all(recipes, start.samples if start else None)
        for at, audio in made:
            rows[at] = _written(card, recipes[at], audio, planned[at].path)
            report(len(rows) / len(planned), planned[at].path.name)
    _show([rows[at] for at in sorted(rows)], as_json)


def _prime(card: ModelCard, path: Path | None) -> Prime | None:
    """The prime, kept in the store, so that its sounds can be made again; what is cut is said."""
    from starling.engine.sounds.primes import kept_prime, read_prime
    from starling.engine.sounds.store import SoundStore

    if path is None:
        return None
    prime = read_prime(path, card.sample_rate, card.gain)
    kept_prime(prime, SoundStore(folders().store))
    if prime.remark:
        click.echo(f"{path}: {prime.remark}", err=True)
    return prime


def _for_seeds(
    model: str, controls: dict[str, float], first: int, count: int, out: Path | None
) -> Iterator[PlannedFile]:
    """Consecutive seeds; a single one may name its file."""
    if out is not None and out.suffix.lower() == WAV:
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


def write_sound(
    generators: Generators,
    recipe: Recipe,
    path: Path,
    audio: NDArray[np.float32] | None = None,
) -> dict[str, object]:
    """Write the sound of a recipe as a WAV file that carries it; its row of a report.

    It is made unless it is given.

    Raises StarlingError where the disk is full or refuses.
    """
    made = generators.render(recipe) if audio is None else audio
    return _written(generators.card(recipe.model), recipe, made, path)


def _written(
    card: ModelCard, recipe: Recipe, audio: NDArray[np.float32], path: Path
) -> dict[str, object]:
    from starling.engine.sounds import wav
    from starling.engine.sounds.whole_files import write_whole
    from starling.engine.wire.failure_codes import translated

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
    """List the models, of one-shots, textures and music, and their controls."""
    from starling.engine.music.chip_controls import played
    from starling.models.artifacts.catalogue import catalogue, composers

    place = folders().models
    music = [played(card) for card in composers(place).values()]
    cards = [*catalogue(place).values(), *music]
    if as_json:
        say_json([_model_fields(card) for card in cards])
        return
    rows = []
    for card in cards:
        kind = _makes(card)
        for control in card.controls:
            allowed = ", ".join(control.labels) or f"{control.minimum:g}..{control.maximum:g}"
            default = (
                control.labels[int(control.default)] if control.labels else f"{control.default:g}"
            )
            rows.append((card.name, kind, control.name, allowed, default))
    say_table(("model", "makes", "control", "values", "default"), rows)


def _model_fields(card: ModelCard) -> dict[str, object]:
    from starling.engine.sounds.control_text import controls_json

    fields = {**asdict(card), "makes": _makes(card)}
    return {**fields, "path": str(card.path), "controls": json.loads(controls_json(card))}


def _makes(card: ModelCard) -> str:
    if not card.makes_sounds:
        return "music"
    return "textures" if card.is_texture else "one-shots"
