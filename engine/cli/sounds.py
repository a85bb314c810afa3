"""`starling sounds`: encode, vary and morph sounds. Works in this process: no engine is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import count_option, json_option, new_seed_option, out_option
from starling.engine.cli.output import Report, progress, say_json, say_table
from starling.engine.config import folders
from starling.models.errors import InputError
from starling.models.training.session import require_file, require_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from starling.engine.sounds.generate import Generators
    from starling.engine.sounds.latent_edits import VariationRequest
    from starling.engine.sounds.recipe import Recipe

DEFAULT_MODEL = "drums"
MOST_STEPS = 64
SHARE = click.FloatRange(0, 1)
NOT_HERE = frozenset({"other_weights", "unknown_model"})  # such a file is a recording like others

model_option = click.option(
    "--model",
    help="The model that encodes a sound file of other origin; left out, that of the other sound, "
    f"or {DEFAULT_MODEL}.",
)


@click.group()
def sounds() -> None:
    """Encode, vary and morph sounds.

    A SOUND is a WAV file that Starling made, which carries its recipe; the recipe's JSON itself; or
    any other sound file, which is encoded first: the nearest sound that a model can make.
    """


@sounds.command()
@click.argument("sound")
@model_option
@out_option("The .wav file to write.", required=True)
@json_option
def encode(sound: str, model: str | None, out: Path, as_json: bool) -> None:
    """Write the sound of a model that is nearest to a file. Takes some seconds.

    \b
    starling sounds encode kick.wav --model drums --out my-kick.wav
    """
    _check_output(out, sound)
    generators = _generators()
    with progress("Encoding") as report:
        [recipe] = _recipes(generators, [sound], model, report)
        row = _row(generators, recipe, out)
    _show([row], as_json)


@sounds.command()
@click.argument("sound")
@click.option(
    "--amount", type=SHARE, default=0.3, show_default=True, help="0 the same, 1 any of its class."
)
@count_option(8, 32)
@new_seed_option()
@model_option
@out_option("The folder to write into; left out, `NAME variations`.", check=require_folder)
@json_option
def vary(
    sound: str,
    amount: float,
    count: int,
    seed: int,
    model: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write sounds in the neighbourhood of a sound, with the same knobs and noise.

    Variations of a texture are takes that go on from its end, from all of it with the least amount.

    \b
    starling sounds vary snare.wav --amount .3 --count 8 --seed 1 --out variations
    """
    from starling.engine.sounds import latent_edits

    variations = latent_edits.VariationRequest(amount, count, seed)
    generators = _generators()
    with progress("Varying") as report:
        [recipe] = _recipes(generators, [sound], model, report)
        name = _stem(sound, recipe)
        folder = out or Path(f"{name} variations")
        rows = []
        for at, (each, audio) in enumerate(_variations(generators, recipe, variations), 1):
            rows.append(_row(generators, each, folder / f"{name}-{at:02d}.wav", audio))
            report(at / count, f"{at} of {count}")
    _show([{**row, "variation_seed": seed, "amount": amount} for row in rows], as_json)


@sounds.command()
@click.argument("one")
@click.argument("other")
@click.option("--x", type=SHARE, help="How far the timbre moves; left out, 0.5.")
@click.option("--y", type=SHARE, help="How far the knobs move; left out, 0.5.")
@click.option(
    "--steps",
    type=click.IntRange(2, MOST_STEPS),
    help="Instead: so many sounds from the first to the second.",
)
@model_option
@out_option("The folder to write into.", required=True, check=require_folder)
@json_option
def morph(
    one: str,
    other: str,
    x: float | None,
    y: float | None,
    steps: int | None,
    model: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Write sounds between two, both of one model. The noise is the first one's.

    \b
    starling sounds morph kick.wav snare.wav --x .5 --y .5 --out between
    starling sounds morph kick.wav snare.wav --steps 5 --out between
    """
    from starling.engine.sounds import latent_edits

    positions = _positions(x, y, steps)
    generators = _generators()
    with progress("Morphing") as report:
        first, second = _recipes(generators, [one, other], model, report)
        rows = []
        for at, (across, up) in enumerate(positions, 1):
            recipe = latent_edits.morphed(generators, first, second, across, up)
            path = out / f"morph-x{100 * across:03.0f}-y{100 * up:03.0f}.wav"
            rows.append({**_row(generators, recipe, path), "x": across, "y": up})
            report(at / len(positions), f"{at} of {len(positions)}")
    _show(rows, as_json)


def _positions(x: float | None, y: float | None, steps: int | None) -> list[tuple[float, float]]:
    """Where the morphs lie: one at (x, y), or `steps` of them on the diagonal."""
    if steps is None:
        return [(0.5 if x is None else x, 0.5 if y is None else y)]
    if x is not None or y is not None:
        raise InputError("--steps goes from the first sound to the second: leave out --x and --y")
    return [(at / (steps - 1),) * 2 for at in range(steps)]


def _generators() -> Generators:
    from starling.engine.sounds.generate import Generators
    from starling.models.artifacts.catalogue import catalogue

    return Generators(catalogue(folders().models))


def _recipes(
    generators: Generators, texts: Sequence[str], model: str | None, report: Report
) -> list[Recipe]:
    """The recipes of sounds; those that have none are encoded, which stderr says."""
    from starling.engine.sounds import latent_edits

    known = [_carried_recipe(generators, each, model) for each in texts]
    encoder = model or next((each.model for each in known if each), DEFAULT_MODEL)
    found = []
    for text, recipe in zip(texts, known, strict=True):
        if recipe is None:
            click.echo(
                f"{text}: no recipe to go by; encoding it with the model {encoder}", err=True
            )
        found.append(recipe or latent_edits.encoded(generators, Path(text), encoder, report))
    return found


def _is_recipe(text: str) -> bool:
    return text.lstrip().startswith("{")


def _carried_recipe(generators: Generators, text: str, model: str | None) -> Recipe | None:
    """The recipe that the text is, or that a file of this name carries; None for other files."""
    from starling.engine.sounds import latent_edits

    if _is_recipe(text):
        return generators.known(text)
    path = Path(text)
    recipe = latent_edits.carried(path) if path.is_file() else ""
    if not recipe:
        return None
    try:
        known = generators.known(recipe)
    except InputError as error:
        if error.code not in NOT_HERE:
            raise
        click.echo(f"{text}: {error}", err=True)
        return None
    return known if model in (None, known.model) else None


def _stem(text: str, recipe: Recipe) -> str:
    """The beginning of the names of a sound's files."""
    return f"{recipe.model}-{recipe.seed}" if _is_recipe(text) else Path(text).stem


def _check_output(out: Path, sound: str) -> None:
    """Refuse before the work what must not be written after it."""
    require_file(out)
    if out.suffix.lower() != ".wav":
        raise InputError(f"--out must end in .wav, got {out.name}", code="bad_path")
    if not _is_recipe(sound) and out.exists() and out.resolve() == Path(sound).resolve():
        raise InputError(f"--out is the file to be encoded, {out}; name another", code="bad_path")


def _variations(
    generators: Generators, recipe: Recipe, request: VariationRequest
) -> Iterator[tuple[Recipe, NDArray[np.float32]]]:
    """The variations and their sounds."""
    from starling.engine.sounds import generate, latent_edits, texture_edits
    from starling.engine.sounds.primes import kept_prime
    from starling.engine.sounds.store import SoundStore

    if not generators.card(recipe.model).is_texture:
        for each in latent_edits.varied(generators, recipe, request):
            yield each, generators.render(each)
        return
    store = SoundStore(folders().store)
    audio = generate.samples(store, generators, recipe)
    yield from texture_edits.varied(
        generators, recipe, audio, request, lambda prime: kept_prime(prime, store)
    )


def _row(
    generators: Generators,
    recipe: Recipe,
    path: Path,
    audio: NDArray[np.float32] | None = None,
) -> dict[str, object]:
    from starling.engine.cli.generate import write_sound

    kinds = recipe.point.kinds if recipe.point else ()
    made = {"class": ", ".join(f"{name} {share:.0%}" for name, share in kinds)}
    return {
        **write_sound(generators, recipe, path, audio),
        **made,
        "recipe": json.loads(recipe.json),
    }


def _show(rows: Sequence[dict[str, object]], as_json: bool) -> None:
    if as_json:
        say_json(rows)
        return
    say_table(("file", "class", "seconds"), [(r["path"], r["class"], r["seconds"]) for r in rows])
