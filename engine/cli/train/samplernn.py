"""`starling train samplernn`: a texture model of your recordings, trained and then playable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.options import Decorator, gathered
from starling.engine.cli.output import progress
from starling.engine.cli.sound_sets import SoundFolder
from starling.engine.cli.train import installing, shared, temperature
from starling.models.artifacts.catalogue import SAMPLE_RATES
from starling.models.errors import InputError

if TYPE_CHECKING:
    from starling.models.datasets.album import Album
    from starling.models.samplernn.batches import Batches
    from starling.models.samplernn.network import Cell, Config, LevelNetwork
    from starling.models.samplernn.quantiser import Quantiser
    from starling.models.samplernn.recipes import Recipe
    from starling.models.samplernn.train import Settings
    from starling.models.training.device import Precision

RECIPES = (
    "compact",
    "published",
    "plain_gru",
)  # models/samplernn/recipes.py, which imports torch; a test compares
MOST_ORDER = 1024  # of a prediction
MOST_TIERS, LONGEST = 8, 256  # tiers; samples, or frames below, of one frame
PREVIEW_SECONDS = 2.0  # of each sample to listen to while it trains


class FrameSizes(click.ParamType[tuple[int, ...]]):
    """`16,4`: samples of a frame of the lowest tier, then frames below of each tier above."""

    name = "sizes"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Whole numbers with commas between them."""
        words = str(value).split(",")
        sizes = tuple(int(word) for word in words if word.isdecimal())
        if len(sizes) != len(words) or len(sizes) > MOST_TIERS:
            return self.fail(f"{value!r} is not like 16,4: up to {MOST_TIERS} tiers", param, ctx)
        if not all(1 <= size <= LONGEST for size in sizes):
            return self.fail(f"{value!r} is not like 16,4: each 1..{LONGEST}", param, ctx)
        return sizes


@dataclass(frozen=True, slots=True)
class OwnOptions:
    """What a run has otherwise than its recipe; None: as the recipe."""

    rate: int | None = None  # hertz
    quantiser: Quantiser | None = None
    emphasis: float | None = None
    prediction: int | None = None  # order
    frames: tuple[int, ...] | None = None  # Config's frame_sizes
    dim: int | None = None
    layers: int | None = None
    cell: Cell | None = None
    batch: int | None = None
    window: int | None = None
    jitter: float | None = None

    def applied_to(self, recipe: Recipe) -> Recipe:
        """The recipe with these in place of its own.

        Raises InputError for an uneven window, and for what a network without tiers does not have.
        """
        if not recipe.plays and (self.cell or self.frames or self.prediction):
            raise InputError(
                "--cell, --frames and --prediction are not for plain_gru, a GRU without tiers"
            )
        config = replace(
            recipe.config,
            **_given(self, "quantiser", "emphasis", "prediction", "dim", "layers", "cell"),
        )
        sizes = self.frames or config.frame_sizes
        config = replace(config, frame_sizes=sizes, mlp=min(config.mlp, config.dim))
        changed = replace(recipe, config=config, **_given(self, "batch", "window", "jitter"))
        if changed.window % config.lookback:
            raise InputError(
                f"--window must be a multiple of {config.lookback}, the longest frame; "
                f"got {changed.window}"
            )
        return changed

    def arguments(self) -> shared.Arguments:
        """For the card's command."""
        given = asdict(self) | {"frames": ",".join(map(str, self.frames or ())) or None}
        return tuple(
            (f"--{name}", str(value)) for name, value in given.items() if value is not None
        )


def _given(options: OwnOptions, *names: str) -> dict[str, Any]:
    """Those of the named options that were given."""
    return {name: value for name in names if (value := getattr(options, name)) is not None}


def _of_recipe(name: str, type: click.ParamType[Any], help: str = "") -> Decorator:
    """An option whose value the recipe has, unless it is given."""
    return click.option(name, type=type, default=None, show_default="the recipe's", help=help)


_own_options = gathered(
    "own",
    OwnOptions,
    _of_recipe("--rate", click.IntRange(min(SAMPLE_RATES), 48_000), "Hertz."),
    _of_recipe("--quantiser", click.Choice(["linear", "mu-law"])),
    _of_recipe(
        "--emphasis",
        click.FloatRange(0, 1, max_open=True),
        "Of high frequencies before the quantiser; undone when it plays.",
    ),
    _of_recipe(
        "--prediction",
        click.IntRange(0, MOST_ORDER),
        "Order of the linear prediction that it is given, which holds pitches; 0: none. If not "
        "given: the recipe's where the recordings hold pitches.",
    ),
    _of_recipe("--frames", FrameSizes(), "Of the tiers: samples of the lowest, then frames below."),
    _of_recipe("--dim", click.IntRange(16, 2048), "Width of the frame tiers."),
    _of_recipe("--layers", click.IntRange(1, 8), "Recurrent layers of a tier."),
    _of_recipe("--cell", click.Choice(["gru", "lstm"])),
    _of_recipe("--batch", click.IntRange(1, 1024), "Sequences side by side."),
    _of_recipe("--window", click.IntRange(64), "Samples of truncated back-propagation."),
    _of_recipe(
        "--jitter",
        click.FloatRange(0, 16),
        "Levels of noise in what it is given, so that it learns to come back from its own errors.",
    ),
)


@click.command("samplernn")
@click.option(
    "--data",
    type=SoundFolder(),
    required=True,
    help="Folder of recordings (folders in it are labels to mix), or a data set's name.",
)
@shared.run_options(
    Path("runs/samplernn"), name_help="Name of the model; the folder's, if not given."
)
@shared.title_option
@click.option("--recipe", type=click.Choice(RECIPES), default="compact", show_default=True)
@_own_options
@click.option(
    "--patience",
    type=click.IntRange(0),
    default=0,
    help="Validations without a better one before it ends; 0: never.",
)
@click.option("--devices", type=click.IntRange(1), default=1, show_default=True, help="GPUs.")
@shared.precision_option
@installing.install_option
def train_samplernn(
    data: Path,
    title: str,
    recipe: str,
    own: OwnOptions,
    patience: int,
    devices: int,
    precision: Precision,
    install: bool,
    run: shared.RunOptions,
) -> None:
    """Train a texture model (SampleRNN). Ctrl-C saves; --resume goes on.

    Writes OUT/<name>.safetensors and OUT/<name>.json, samples to listen to in OUT/samples, curves
    for TensorBoard; then the model is listed in the plugin, without a restart. The last seconds of
    the budget find the temperature at which it is nearest to its recordings: its usual one.

    \b
    starling dataset import --as album ~/Music/rain
    starling train samplernn --data ./rain --budget 30m
    """
    run = replace(run, name=run.name or installing.model_name(data, "texture"))
    if install and recipe != "plain_gru":
        installing.require_own(run.name)
    run.check()
    from starling.models.samplernn import publish, train
    from starling.models.samplernn.batches import Batches
    from starling.models.samplernn.recipes import RECIPES

    chosen = own.applied_to(RECIPES[recipe])
    album = _read(data, own.rate, chosen.config.sample_rate)
    config = replace(chosen.config, sample_rate=album.sample_rate, labels=_labels(album))
    publish.require_labels(config.labels, album.name)
    batches = Batches(album, replace(config, prediction=0), chosen.batch, chosen.window, run.seed)
    if config.prediction and (own.prediction is not None or _is_pitched(batches, chosen)):
        batches = Batches(album, config, chosen.batch, chosen.window, run.seed)
    settings = _settings(run, chosen, patience, precision, devices)
    with shared.watched(run, _shown) as session:
        preview = _previewer(batches.config, run.out / "samples") if chosen.plays else _no_preview
        result = train.train(batches, settings, run.out, session, preview, chosen.network)
    again = shared.command_of(
        "samplernn",
        ("--data", data),
        ("--name", run.name),
        *run.arguments(),
        ("--recipe", recipe if recipe != "compact" else ""),
        *own.arguments(),
        ("--patience", patience),
        ("--devices", devices if devices > 1 else ""),
        ("--precision", precision if precision != "32-true" else ""),
    )
    title = title or installing.model_title(run.name)
    card = shared.publish_learned(
        result,
        lambda: publish.publish(
            run.out, run.name, title, batches, result, settings, again, chosen.kind
        ),
    )
    if card and chosen.plays and result.learning and not result.interrupted:
        temperature.try_fit(card, album, temperature.seconds_of(run.budget))
    _end(run, result, card, title, install and chosen.plays)


def _end(run: shared.RunOptions, result: Any, card: Path | None, title: str, wanted: bool) -> None:
    """List the model where it is wanted, and say how the run ended."""
    placed = installing.install(card) if wanted and card else None
    facts = {name: round(value, 4) for name, value in result.figures.items()}
    about = {"interrupted": result.interrupted, "installed": placed, **facts}
    shared.say_end(run, result, card, about)
    if placed and not run.as_json:
        click.echo(f"the plugin now lists {title}")


def _settings(
    run: shared.RunOptions, recipe: Recipe, patience: int, precision: Precision, devices: int
) -> Settings:
    """How a run is trained: the recipe's way, within the run's limits."""
    from starling.models.samplernn.train import Settings

    kept = temperature.seconds_of(run.budget) / 60 if recipe.plays else 0.0
    return Settings(
        max(0.0, run.budget.minutes - kept),
        run.budget.steps,
        run.seed,
        run.threads,
        recipe.rate,
        recipe.final_rate,
        recipe.clip_norm,
        recipe.clip_value,
        recipe.jitter,
        patience=patience,
        precision=precision,
        devices=devices,
    )


def _read(data: Path, rate: int | None, usual: int) -> Album:
    """The album under a bar; what was left out is named on stderr.

    One that was imported has its own rate; a folder is read at the given or usual one.
    """
    from starling.models.datasets import album, store

    with progress("Reading recordings") as bar:
        wanted = rate or (0 if store.is_sound_set(data) else usual)
        found = album.load(data, wanted, progress=lambda done: bar(done, data.name))
    shared.say_skipped(found.skipped)
    for sentence in found.warnings:
        click.echo(f"warning: {sentence}", err=True)
    return found


def _is_pitched(batches: Batches, recipe: Recipe) -> bool:
    """Whether the recipe's prediction saves enough alone; where it does not, a sentence says so."""
    from starling.models.samplernn.recipes import PITCHED
    from starling.models.samplernn.train import saved_by_prediction

    order = recipe.config.prediction
    saved = saved_by_prediction(batches, order, recipe.network)
    if saved >= PITCHED:
        return True
    click.echo(
        f"trained without linear prediction, which would save {saved:.1f} bits a sample here and "
        f"is for what holds its pitch ({PITCHED:g} or more); --prediction {order} has it",
        err=True,
    )
    return False


def _labels(album: Album) -> tuple[str, ...]:
    """What can be mixed: nothing where there is one label only."""
    return album.labels if len(album.labels) > 1 else ()


def _shown(step: int, figures: dict[str, float]) -> str:
    """One line of progress."""
    return f"step {step}  " + "  ".join(f"{name} {value:.3f}" for name, value in figures.items())


def _no_preview(network: LevelNetwork, step: int) -> None:
    """Nothing: a baseline cannot be played."""


def _previewer(config: Config, out: Path) -> Callable[[LevelNetwork, int], None]:
    """What writes some seconds of the model as it is now, whenever some minutes have passed."""
    every = installing.EverySoOften()
    return lambda network, step: every(lambda: _write_preview(network, config, step, out))


def _write_preview(network: LevelNetwork, config: Config, step: int, out: Path) -> None:
    """A WAV file named by the step."""
    import soundfile

    from starling.models.samplernn.generator import preview

    out.mkdir(parents=True, exist_ok=True)
    sound = preview(network, PREVIEW_SECONDS)
    soundfile.write(out / f"step{step:06d}.wav", sound, config.sample_rate, subtype="FLOAT")
