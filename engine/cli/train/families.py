"""`starling train families`: the command line of models/timbre/families."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import PATH, CardPath
from starling.engine.cli.train import shared

if TYPE_CHECKING:
    from starling.models.training.device import Precision


@click.command("families")
@click.option(
    "--data",
    type=PATH,
    required=True,
    multiple=True,
    help="Named sounds (`starling dataset named`); may be given again, for other synths.",
)
@click.option("--timbre", type=CardPath(), help="Card or name of the timbre network, if not ours.")
@shared.run_options(Path("runs/families"), name="families")
@click.option("--batch", type=click.IntRange(16), default=192, show_default=True, help="Notes.")
@shared.precision_option
def train_families(
    data: tuple[Path, ...],
    timbre: Path | None,
    batch: int,
    precision: Precision,
    run: shared.RunOptions,
) -> None:
    """Train what belongs together, by the names of presets. Ctrl-C saves; --resume goes on.

    Writes OUT/<name>.safetensors and OUT/<name>.json, which go beside the timbre network's.

    \b
    starling dataset named amsynth --out data/amsynth-named
    starling dataset named FluidR3_GM.sf2 --out data/fluid-named
    starling train families --data data/amsynth-named --data data/fluid-named --budget 10m
    """
    run.check()
    from starling.models.artifacts.catalogue import WEIGHTS
    from starling.models.timbre.families import finish, named_sounds, train
    from starling.models.timbre.families.batches import Material
    from starling.models.timbre.families.network import Config
    from starling.models.timbre.loading import timbre_network

    settings = train.Settings(
        run.budget.minutes, run.budget.steps, run.seed, run.threads, batch, precision=precision
    )
    with shared.watched(run, shared.losses_line) as session:
        session.report(0.0, 0, {})
        sets = [named_sounds.read(folder) for folder in data]
        material = Material(sets)
        base, digest = timbre_network(timbre or WEIGHTS / "timbre-2.json")
        result = train.train(material, base, Config(), settings, run.out, session)
    options = [("--data", data), *([("--timbre", timbre)] if timbre else [])]
    again = shared.command_of(
        "families", *options, *run.arguments(), ("--batch", batch), ("--precision", precision)
    )
    card = shared.publish_learned(
        result,
        lambda: finish.finished(
            run.out, run.name, material, sets, result, settings, again, base, digest
        ),
    )
    shared.say_end(run, result, card, result.figures)
