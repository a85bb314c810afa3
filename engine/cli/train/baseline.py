"""`starling train baseline`: the command line of models/baselines/train."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.output import progress
from starling.engine.cli.sound_sets import SoundFolder
from starling.engine.cli.train import shared

if TYPE_CHECKING:
    from starling.models.training.device import Precision

MODELS = (
    "dense_gan",
    "spectral_vae",
)  # models/baselines/kinds.py, which imports torch; a test compares
RECIPES = (
    "dense_gan: 8c0a7a9 (the default) or head. spectral_vae: f63aae1 (the default) or steady, "
    "which is ours: a lower rate, for sets on which the published one diverges."
)


@click.command("baseline")
@click.option("--model", type=click.Choice(MODELS), required=True)
@click.option("--data", type=SoundFolder(), required=True, help="Folder, or a data set's name.")
@click.option("--class", "only", default="", help="One class folder; all as one set, if not given.")
@click.option("--recipe", default="", help=RECIPES)
@click.option("--keep-attack", is_flag=True, help="Hear the first 1/4 s too; not as published.")
@shared.run_options(Path("runs/baseline"), name_help="Name of the model; --model's, if not given.")
@shared.title_option
@shared.precision_option
def train_baseline(
    model: str,
    data: Path,
    only: str,
    recipe: str,
    keep_attack: bool,
    title: str,
    precision: Precision,
    run: shared.RunOptions,
) -> None:
    """Train a published one-shot model, to compare with. Ctrl-C saves; --resume goes on.

    dense_gan and spectral_vae as they were published in 2022: 8 kHz, no phase, no classes. Writes
    OUT/<name>.safetensors (170 MB) and OUT/<name>.json, and curves for TensorBoard.

    \b
    starling train baseline --model dense_gan --data ./meows --budget 30m --out runs/dense_gan
    """
    run.check()
    from starling.models.baselines import data as baseline_data
    from starling.models.baselines import kinds, publish, train

    recipe = recipe or kinds.BASELINES[model].default
    config = _config(model, recipe, keep_attack)
    with progress("Reading") as report:
        sounds = baseline_data.load(
            data,
            config.front,
            only,
            seed=run.seed,
            progress=lambda fraction: report(fraction, data.name),
        )
    shared.say_skipped(sounds.skipped)
    settings = train.Settings(
        run.budget.minutes, run.budget.steps, run.seed, run.threads, precision
    )
    with shared.watched(run, _shown) as session:
        result = train.train(model, sounds, config, settings, run.out, session)
    again = shared.command_of(
        "baseline",
        ("--model", model),
        ("--data", data),
        ("--class", only),
        ("--recipe", recipe),
        ("--keep-attack", keep_attack),
        *run.arguments(always_seed=True),
        ("--name", run.name),
        ("--precision", precision if precision != "32-true" else ""),
    )
    name = run.name or model.replace("_", "-")
    card = shared.publish_learned(
        result,
        lambda: publish.publish(
            run.out, name, title, model, recipe, sounds, result, settings, again
        ),
    )
    shared.say_end(run, result, card, {"skipped": sounds.skipped, **result.figures})


def _config(kind: str, recipe: str, keep_attack: bool) -> Any:
    """The recipe's configuration, with the attack if that is kept."""
    from starling.models.baselines import kinds

    config = kinds.recipe(kind, recipe)
    if not keep_attack:
        return config
    front = replace(config.front, read=config.front.window, dropped=0)
    return replace(config, front=front)


def _shown(step: int, losses: dict[str, float]) -> str:
    """One line of progress."""
    return f"step {step}  " + "  ".join(f"{part} {value:.3g}" for part, value in losses.items())
