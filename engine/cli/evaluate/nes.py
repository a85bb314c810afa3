"""`starling evaluate nes`: how well composers know scores that they have not seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import PATH, json_option
from starling.engine.cli.output import progress, say_json, say_table

if TYPE_CHECKING:
    from starling.models.composer.batches import Prepared
    from starling.models.composer.evaluate import Figures

HEADS = ("model", "nats per frame", "per second", "per event", "wait", "P1", "P2", "TR", "NO")


@click.command("nes")
@click.option("--data", type=PATH, required=True, help="An npz of scores, such as a test split.")
@click.option("--model", "models", type=PATH, multiple=True, required=True, help="Card(s).")
@click.option(
    "--counts",
    type=PATH,
    help="Songs (an npz or a folder) to fit the count model on, the baseline without a network.",
)
@click.option(
    "--memory",
    type=click.IntRange(0),
    default=0,
    help="Steps after which a network forgets, to see what its memory is worth; 0: never.",
)
@json_option
def evaluate_nes(
    data: Path, models: tuple[Path, ...], counts: Path | None, memory: int, as_json: bool
) -> None:
    """Measure composers on songs: negative log-likelihood, with the end of each song."""
    from starling.models.artifacts import catalogue
    from starling.models.composer import data as scores
    from starling.models.composer import evaluate, generator
    from starling.models.composer.batches import prepare

    networks = {path.stem: generator.load(catalogue.read(path)) for path in models}
    found: dict[str, Figures] = {}
    with progress("Measuring") as bar:
        songs = prepare(scores.read(data))
        if counts is not None:
            bar(0.0, "counts")
            found["counts"] = _counted(counts, songs)
        for at, (name, network) in enumerate(networks.items()):
            bar(at / len(networks), name)
            found[name] = evaluate.measure(network, songs, memory=memory)
    if as_json:
        say_json({name: figures.named() for name, figures in found.items()})
        return
    say_table(HEADS, [[name, *_cells(figures)] for name, figures in found.items()])


def _counted(path: Path, songs: Prepared) -> Figures:
    """The figures of the count model, whose weights are fitted on held-out songs."""
    from starling.models.composer import counts
    from starling.models.composer import data as scores
    from starling.models.composer.batches import prepare

    material = scores.load(path)
    known, tuned = prepare(material.training), prepare(material.validation)
    return counts.measure(counts.fit(known, tuned), songs)


def _cells(figures: Figures) -> list[str]:
    """A row of the table."""
    parts = [f"{value / figures.frames:.3f}" for value in figures.nats]
    whole = figures.per_frame, figures.per_second, figures.per_event
    return [*(f"{value:.3f}" for value in whole), *parts]
