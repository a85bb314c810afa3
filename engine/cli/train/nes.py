"""`starling train nes`: a composer for the chip's four voices, trained on scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import Decorator, gathered
from starling.engine.cli.output import progress
from starling.engine.cli.sound_sets import scores_options
from starling.engine.cli.train import installing, shared
from starling.models.composer.backbones.kinds import BACKBONES, Backbone

if TYPE_CHECKING:
    from starling.models.composer.batches import Prepared
    from starling.models.composer.data import Material
    from starling.models.composer.train import Settings
    from starling.models.training.device import Precision


@dataclass(frozen=True, slots=True)
class SizeOptions:
    """How large a network is, and how it is fed."""

    backbone: Backbone
    width: int
    hidden: int
    layers: int
    dropout: float
    batch: int
    window: int

    def arguments(self) -> shared.Arguments:
        """For the card's command."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return tuple((f"--{name}", str(value)) for name, value in values.items())


def _size(name: str, usual: int, low: int, high: int, help: str = "") -> Decorator:
    """An option that is a whole number."""
    limits = click.IntRange(low, high)
    return click.option(name, type=limits, default=usual, show_default=True, help=help)


_size_options = gathered(
    "sizes",
    SizeOptions,
    click.option(
        "--backbone", type=click.Choice(BACKBONES), default=BACKBONES[0], show_default=True
    ),
    _size("--width", 192, 16, 1024, "Of embeddings and heads."),
    _size("--hidden", 320, 16, 2048, "Of the LSTM."),
    _size("--layers", 2, 1, 8),
    click.option("--dropout", type=click.FloatRange(0, 0.9), default=0.0, show_default=True),
    _size("--batch", 32, 1, 1024, "Streams side by side."),
    _size("--window", 64, 2, 1024, "Steps of truncated back-propagation."),
)


@click.command("nes")
@scores_options("choose")
@shared.run_options(Path("runs/nes"), name_help="Name of the model; the data's, if not given.")
@shared.title_option
@installing.install_option
@_size_options
@click.option("--rate", type=click.FloatRange(1e-6, 1.0), default=3e-3, show_default=True)
@click.option(
    "--patience",
    type=click.IntRange(0),
    default=0,
    help="Validations without a better one before the rate falls; 0: never.",
)
@shared.precision_option
def train_nes(
    data: Path,
    held_out: Path | None,
    title: str,
    sizes: SizeOptions,
    rate: float,
    patience: int,
    precision: Precision,
    install: bool,
    run: shared.RunOptions,
) -> None:
    """Train a composer for the four voices of the chip. Ctrl-C saves; --resume goes on.

    Writes OUT/<name>.safetensors and OUT/<name>.json, and curves for TensorBoard; the plugin and
    `starling compose` find the model by its name.

    \b
    starling train nes --data ./nesmdb --budget 2h --threads 2
    """
    run.check()
    from starling.models.composer import data as scores
    from starling.models.composer import publish, train
    from starling.models.composer.batches import Batches
    from starling.models.composer.network import Config

    name = run.name or installing.model_name(Path(data.stem), "nes")
    if install:
        installing.require_own(name)
    material = scores.load(data, held_out, run.seed)
    training, validation = _prepared(material)
    config = Config(sizes.width, sizes.backbone, sizes.hidden, sizes.layers, sizes.dropout)
    settings = train.Settings(
        run.budget.minutes,
        run.budget.steps,
        run.seed,
        run.threads,
        rate,
        patience=patience,
        precision=precision,
    )
    batches = Batches(training, sizes.batch, sizes.window, run.seed)
    with shared.watched(run, _shown) as session:
        result = train.train(
            batches, validation, config, settings, run.out, material.manifest, session
        )
    again = _command((("--data", data), ("--held-out", held_out)), run, sizes, settings)
    title = title or installing.model_title(name)
    card = shared.publish_learned(
        result,
        lambda: publish.publish(run.out, name, title, material.describe(), result, settings, again),
    )
    placed = installing.install(card) if install and card else None
    shared.say_end(run, result, card, {**result.figures, "installed": placed})
    if placed and not run.as_json:
        click.echo(f"`starling models` and the plugin now list {title}")


def _command(
    scores: shared.Arguments, run: shared.RunOptions, sizes: SizeOptions, settings: Settings
) -> str:
    """The command that trains the same again, for the card."""
    return shared.command_of(
        "nes",
        *scores,
        ("--name", run.name),
        *run.arguments(),
        *sizes.arguments(),
        ("--rate", settings.rate),
        ("--patience", settings.patience),
        ("--precision", settings.precision if settings.precision != "32-true" else ""),
    )


def _prepared(material: Material) -> tuple[Prepared, Prepared]:
    """Steps and hints of all songs, under a bar: a minute for NES-MDB."""
    from starling.models.composer.batches import prepare

    with progress("Looking for repeats") as bar:
        bar(0.0, "in songs to learn from")
        training = prepare(material.training)
        bar(0.95, "in songs to choose by")
        return training, prepare(material.validation)


def _shown(step: int, figures: dict[str, float]) -> str:
    """One line of progress."""
    return f"step {step}  " + "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
