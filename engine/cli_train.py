"""`starling train` and `starling evaluate`: the command line of models/train and its judges."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from starling.engine.cli_dataset_sounds import SoundFolder, default_sounds
from starling.engine.cli_evaluate_embedders import evaluate_embedders
from starling.engine.cli_evaluate_estimator import evaluate_estimator
from starling.engine.cli_evaluate_oneshot import evaluate_oneshot
from starling.engine.cli_evaluate_proxy import evaluate_proxy
from starling.engine.cli_train_additive import train_additive
from starling.engine.cli_train_baseline import train_baseline
from starling.engine.cli_train_estimator import train_estimator
from starling.engine.cli_train_proxy import train_proxy
from starling.engine.cli_train_timbre import train_timbre
from starling.models.errors import StarlingError

console = Console(stderr=True)  # progress and talk; results go to stdout


@click.group()
def train() -> None:
    """Train a model on your own sounds."""


@click.group()
def evaluate() -> None:
    """Measure a trained model against real sounds."""


train.add_command(train_additive)
train.add_command(train_baseline)
train.add_command(train_proxy)
train.add_command(train_estimator)
evaluate.add_command(evaluate_oneshot)
evaluate.add_command(evaluate_proxy)
evaluate.add_command(evaluate_estimator)


def _bar() -> Progress:
    """A progress bar with one line of text."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console
    )


def _command(data: Path, minutes: float, steps: int, seed: int, name: str, threads: int) -> str:
    """The command that repeats a run, for the card; the folder by its own name."""
    words = ["starling", "train", "oneshot", "--data", data.name, "--name", name]
    words += ["--minutes", f"{minutes:g}"] if minutes else []
    words += ["--steps", str(steps)] if steps else []
    words += ["--seed", str(seed)] + (["--threads", str(threads)] if threads else [])
    return shlex.join(words)


@train.command("oneshot")
@click.option(
    "--data",
    type=SoundFolder(),
    required=True,
    default=default_sounds,
    help="Folder of class folders (kick, snare, ... or names of your own) with sound files, or "
    "the name of a data set; left out, what `starling dataset use` chose.",
)
@click.option("--minutes", type=click.FloatRange(min=0), default=0.0, help="Time budget.")
@click.option("--steps", type=click.IntRange(min=0), default=0, help="Step budget.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs/oneshot"))
@click.option("--name", default="drums", show_default=True, help="Name of the model.")
@click.option("--title", default="", help="Title in menus; the name, if not given.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(min=0), default=0, help="CPU threads; 0: all.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out.")
def train_oneshot(
    data: Path,
    minutes: float,
    steps: int,
    out: Path,
    name: str,
    title: str,
    seed: int,
    threads: int,
    resume: bool,
) -> None:
    """Train a one-shot generator. Ctrl-C saves; --resume goes on.

    Writes OUT/<name>.safetensors and OUT/<name>.json; copy both into the models folder that
    `starling doctor` names, and the plugin lists the model.
    """
    from starling.models import publish
    from starling.models import train as training
    from starling.models.data import load_folder
    from starling.models.oneshot import Config

    settings = training.Settings(minutes=minutes, steps=steps, seed=seed, threads=threads)
    try:
        with _bar() as bar:
            task = bar.add_task("reading sounds", total=1.0)
            shape = Config(classes=())
            sounds = load_folder(
                data,
                shape.head.sample_rate,
                shape.seconds,
                seed=seed,
                progress=lambda fraction: bar.update(task, completed=fraction),
            )
        for sentence in sounds.skipped:
            console.print(f"skipped: {sentence}", style="yellow", markup=False)
        config = Config(classes=sounds.classes)
        result = _run(
            lambda report: training.train(
                sounds, config, settings, out, resume=resume, report=report
            )
        )
        command = _command(data, minutes, steps, seed, name, threads)
        card = publish.publish(out, name, title or name.title(), sounds, result, settings, command)
    except StarlingError as error:
        raise click.ClickException(str(error)) from error
    state = "interrupted, --resume goes on" if result.interrupted else "finished"
    click.echo(f"{state} after {result.step} steps: {card}")


def _run(work: Callable[[Callable[[float, int, dict[str, float]], None]], Any]) -> Any:
    """Run the training under a progress bar that shows the two losses one watches."""
    with _bar() as bar:
        task = bar.add_task("training", total=1.0)

        def report(fraction: float, step: int, parts: dict[str, float]) -> None:
            text = f"step {step}  spectral {parts['spectral']:.3f}  kl {parts['divergence']:.1f}"
            bar.update(task, completed=fraction, description=text)

        return work(report)


train.add_command(train_timbre)
evaluate.add_command(evaluate_embedders)
