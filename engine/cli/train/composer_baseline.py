"""`starling train composer-baseline`: the models that a composer is compared with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import Decorator
from starling.engine.cli.sound_sets import scores_options
from starling.engine.cli.train import shared

if TYPE_CHECKING:
    from starling.models.training.device import Precision

KINDS = ("lstm", "vae", "transformer")  # composer/baselines/kinds.py, which imports torch


def _size(name: str, help: str) -> Decorator:
    """An option for a size that is as usual where it is 0."""
    return click.option(name, type=click.IntRange(0, 8192), default=0, help=f"{help} 0: as usual.")


@click.command("composer-baseline")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@scores_options("measure")
@click.option("--reduced", is_flag=True, help="P1 alone, the smaller model; lstm and vae.")
@_size("--width", "Of the largest layer.")
@_size("--batch", "Songs, pieces or rows of events in a step.")
@_size("--window", "Frames (lstm) or events (transformer) in a step.")
@click.option("--rate", type=click.FloatRange(0, 1.0), default=0.0, help="0: as usual.")
@shared.run_options(
    Path("runs/composer-baseline"), name_help="Name of the model; --kind's, if not given."
)
@shared.title_option
@shared.precision_option
def train_composer_baseline(
    kind: str,
    data: Path,
    held_out: Path | None,
    reduced: bool,
    width: int,
    batch: int,
    window: int,
    rate: float,
    title: str,
    precision: Precision,
    run: shared.RunOptions,
) -> None:
    """Train a model to compare composers with. Ctrl-C saves; --resume goes on.

    lstm and vae are NES-Music-Maker's, at its sizes and without its bugs: notes frame by frame, and
    pieces of eight measures as 124 numbers. transformer is a plain one over LakhNES's events.
    Writes OUT/<name>.safetensors and OUT/<name>.json, and curves for TensorBoard.

    \b
    starling train composer-baseline --kind lstm --data ./nesmdb --budget 2h
    """
    run.check()
    from starling.models.composer import data as scores
    from starling.models.composer.baselines import kinds, publish, train

    config = kinds.config_of(kind, reduced=reduced, width=width, batch=batch, window=window)
    material = scores.load(data, held_out, run.seed)
    limits = run.budget.minutes, run.budget.steps, run.seed, run.threads
    settings = train.Settings(*limits, rate, precision)
    with shared.watched(run, _shown) as session:
        result = train.train(kind, material, config, settings, run.out, session)
    again = shared.command_of(
        "composer-baseline",
        ("--kind", kind),
        ("--data", data),
        ("--held-out", held_out),
        ("--reduced", reduced),
        ("--width", width),
        ("--batch", batch),
        ("--window", window),
        ("--rate", rate),
        ("--name", run.name),
        *run.arguments(),
        ("--precision", precision if precision != "32-true" else ""),
    )
    name = run.name or (f"reduced-{kind}" if reduced else kind)
    about = material.describe()
    card = shared.publish_learned(
        result,
        lambda: publish.publish(run.out, name, title, kind, about, result, settings, again),
    )
    shared.say_end(run, result, card, result.figures)


def _shown(step: int, figures: dict[str, float]) -> str:
    """One line of progress."""
    return f"step {step}  loss {figures['loss']:.4g}" if "loss" in figures else f"step {step}"
