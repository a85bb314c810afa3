"""`starling train timbre`: the command line of models/timbre/train."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import PATH, CardPath
from starling.engine.cli.train import shared

if TYPE_CHECKING:
    from starling.models.training.device import Precision


@click.command("timbre")
@click.option(
    "--data",
    type=PATH,
    required=True,
    multiple=True,
    help="Rendered data set with several notes a preset, or named sounds; may be given again.",
)
@click.option("--from", "start", type=CardPath(), help="Card or name of weights to go on from.")
@shared.run_options(Path("runs/timbre"), name="timbre")
@click.option("--batch", type=click.IntRange(2), default=256, show_default=True, help="Pairs.")
@shared.precision_option
def train_timbre(
    data: tuple[Path, ...],
    start: Path | None,
    batch: int,
    precision: Precision,
    run: shared.RunOptions,
) -> None:
    """Train the perceptual embedding. Ctrl-C saves; --resume goes on.

    Writes OUT/<name>.safetensors and OUT/<name>.json; a library uses it after
    `starling presets scan --embedder timbre --embedder-weights OUT/<name>.json`.

    \b
    starling dataset render amsynth --count 4000 --scheme bank --out data/amsynth \\
        --notes 60:100:0.65,48:100:0.65,67:70:0.4,72:120:0.9
    starling train timbre --data data/amsynth --budget 30m
    """
    run.check()
    from starling.models.timbre import batches, publish, train
    from starling.models.timbre.loading import timbre_network
    from starling.models.timbre.network import Config

    rate = train.FINE_RATE if start else train.RATE
    settings = train.Settings(
        run.budget.minutes, run.budget.steps, run.seed, run.threads, batch, rate,
        precision=precision,
    )  # fmt: skip
    with shared.watched(run, shared.losses_line) as session:
        session.report(0.0, 0, {})
        material = batches.Material(batches.open_sets(data))
        before, digest = timbre_network(start) if start else (None, "")
        result = train.train(material, Config(), settings, run.out, session, before)
    options = [("--data", data), *([("--from", start)] if start else [])]
    again = shared.command_of(
        "timbre", *options, *run.arguments(), ("--batch", batch), ("--precision", precision)
    )
    sources = [batches.describe_set(folder) for folder in data]
    card = shared.publish_learned(
        result,
        lambda: publish.publish(
            run.out, run.name, "Timbre", material, result, settings, again, sources, digest
        ),
    )
    shared.say_end(run, result, card, result.figures)
