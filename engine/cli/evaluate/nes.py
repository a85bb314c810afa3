"""`starling evaluate nes`: how well composers know scores that they have not seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.evaluate import nes_statistics
from starling.engine.cli.options import PATH, json_option
from starling.engine.cli.output import progress, say_json, say_table

if TYPE_CHECKING:
    from starling.models.artifacts.catalogue import ModelCard
    from starling.models.composer.baselines.evaluate import Figures as OtherFigures
    from starling.models.composer.batches import Prepared
    from starling.models.composer.evaluate import Figures
    from starling.models.composer.songs import Songs
    from starling.models.composer.statistics import Writer

HEADS = ("model", "nats per frame", "per second", "per event", "wait", "P1", "P2", "TR", "NO")
COMPOSER = "composer"  # models/composer/generator.py, which imports torch


@click.command("nes")
@click.option("--data", type=PATH, required=True, help="An npz of scores, such as a test split.")
@click.option("--model", "models", type=PATH, multiple=True, required=True, help="Card(s).")
@click.option(
    "--counts",
    type=PATH,
    help="Songs (an npz or a folder) to count for what needs no network: notes, pairs of notes, "
    "and the count model.",
)
@click.option(
    "--memory",
    type=click.IntRange(0),
    default=0,
    help="Steps after which a composer forgets, to see what its memory is worth; 0: never.",
)
@click.option(
    "--statistics",
    type=click.IntRange(0, 1000),
    default=0,
    help="So many songs are continued, and compared with how they went on; 0: none.",
)
@json_option
def evaluate_nes(
    data: Path,
    models: tuple[Path, ...],
    counts: Path | None,
    memory: int,
    statistics: int,
    as_json: bool,
) -> None:
    """Measure composers, and what they are compared with, on songs.

    Negative log-likelihood, for composers with the end of each song; musical statistics of
    continuations beside the songs' own.
    """
    from starling.models.artifacts import catalogue
    from starling.models.composer import data as scores
    from starling.models.composer import evaluate
    from starling.models.composer.baselines import evaluate as others
    from starling.models.composer.batches import prepare

    cards = {path.stem: catalogue.read(path) for path in models}
    networks = {name: _load(card) for name, card in cards.items()}
    found: dict[str, Figures | OtherFigures] = {}
    compared = None
    with progress("Measuring") as bar:
        songs = scores.read(data)
        composing = counts is not None or any(card.kind == COMPOSER for card in cards.values())
        prepared = prepare(songs) if composing else None
        if counts is not None and prepared is not None:
            bar(0.0, "counts")
            found |= _counted(counts, songs, prepared)
        for at, (name, network) in enumerate(networks.items()):
            bar(at / len(networks), name)
            if cards[name].kind == COMPOSER and prepared is not None:
                found[name] = evaluate.measure(network, prepared, memory=memory)
            else:
                found[name] = others.measure(network, songs)
        if statistics:
            writers = {name: _writer(cards[name], network) for name, network in networks.items()}
            compared = nes_statistics.compare(songs, writers, statistics, bar)
    if as_json:
        likely = {name: figures.named() for name, figures in found.items()}
        musical = compared.named() if compared else {}
        say_json({name: likely.get(name, {}) | musical.get(name, {}) for name in likely | musical})
        return
    say_table(HEADS, [[name, *_cells(figures.named())] for name, figures in found.items()])
    _say_others(found)
    if compared is not None:
        nes_statistics.say(compared, statistics)


def _load(card: ModelCard) -> Any:
    """The network behind a card of any kind that writes music. Raises ParseError for another."""
    from starling.models.composer import generator
    from starling.models.composer.baselines import generator as others
    from starling.models.composer.baselines.kinds import CARDS

    return others.load(card) if card.kind in CARDS else generator.load(card)


def _writer(card: ModelCard, network: Any) -> Writer:
    """What goes on from a beginning."""
    from starling.models.composer import generator
    from starling.models.composer.baselines import generator as others

    return generator.continuing(network) if card.kind == COMPOSER else others.writer(network)


def _counted(path: Path, songs: Songs, prepared: Prepared) -> dict[str, Figures | OtherFigures]:
    """What counting gives; the weights of the count model are fitted on held-out songs."""
    from starling.models.composer import counts
    from starling.models.composer import data as scores
    from starling.models.composer.baselines import evaluate as others
    from starling.models.composer.batches import prepare

    material = scores.load(path)
    known, tuned = prepare(material.training), prepare(material.validation)
    model = counts.measure(counts.fit(known, tuned), prepared)
    return {**others.counted(material.training, songs), "counts": model}


def _cells(named: dict[str, float]) -> list[str]:
    """A row of the table; - where a model has no such figure."""
    whole = ("nats_per_frame", "nats_per_second", "nats_per_event")
    names = (*whole, *(f"nats_per_frame_{name}" for name in HEADS[4:]))
    return [f"{named[name]:.3f}" if name in named else "-" for name in names]


def _say_others(found: dict[str, Figures | OtherFigures]) -> None:
    """Print, in a line each, the figures of models that have some of another kind."""
    for name, figures in found.items():
        others: dict[str, float] = getattr(figures, "others", {})
        if others:
            shown = (f"{figure.replace('_', ' ')} {value:.4f}" for figure, value in others.items())
            click.echo(f"{name}: {', '.join(shown)}")
