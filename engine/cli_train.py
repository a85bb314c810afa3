"""`starling train` and `starling evaluate`: the command line of models/train and its judges."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from starling.engine.cli_evaluate_embedders import evaluate_embedders
from starling.engine.cli_evaluate_proxy import evaluate_proxy
from starling.engine.cli_train_baseline import train_baseline
from starling.engine.cli_train_estimator import train_estimator
from starling.engine.cli_train_proxy import train_proxy
from starling.engine.cli_train_timbre import train_timbre
from starling.models.errors import InputError, StarlingError

console = Console(stderr=True)  # progress and talk; results go to stdout


@click.group()
def train() -> None:
    """Train a model on your own sounds."""


@click.group()
def evaluate() -> None:
    """Measure a trained model against real sounds."""


train.add_command(train_baseline)
train.add_command(train_proxy)
train.add_command(train_estimator)
evaluate.add_command(evaluate_proxy)


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
    type=click.Path(path_type=Path),
    required=True,
    help="Folder of class folders (kick, snare, ... or names of your own) with sound files.",
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


@evaluate.command("oneshot")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="As in training.")
@click.option(
    "--card", type=click.Path(path_type=Path), help="Model card; the shipped drums if not given."
)
@click.option("--each", type=click.IntRange(2, 1000), default=32, show_default=True)
@click.option("--sheet", type=click.Path(path_type=Path), help="PNG of real beside generated.")
@click.option("--write", is_flag=True, help="Store the figures in the card.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate_oneshot(
    data: Path, card: Path | None, each: int, sheet: Path | None, write: bool, as_json: bool
) -> None:
    """Judge generated sounds by a classifier trained on the real ones; measure the knobs."""
    from starling.models import artifact, catalogue
    from starling.models import evaluate_oneshot as judging
    from starling.models.generator import Generator

    path = card or catalogue.WEIGHTS / "drums.json"
    try:
        generator = catalogue.load_generator(catalogue.read(path))
        if not isinstance(generator, Generator):
            raise InputError(f"{generator.card.name} has no classes and no knobs to measure")
        sounds = judging.open_sounds(data, generator)
        with _bar() as bar:
            task = bar.add_task("evaluating", total=1.0)
            figures = judging.evaluate(
                generator,
                sounds,
                each=each,
                progress=lambda done, text: bar.update(task, completed=done, description=text),
            )
        if sheet:
            from starling.models.sheet import draw_sheet

            draw_sheet(generator, sounds, sheet)
        if write:
            lasting = {name: value for name, value in figures.items() if name != "p50_ms"}
            artifact.write_card(path.parent, {**artifact.read_card(path), "metrics": lasting})
    except StarlingError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(figures, indent=2)) if as_json else _show(figures)


def _show(figures: dict[str, Any]) -> None:
    """The figures as two tables and a few lines."""
    out = Console()
    table = Table("class", "real, held out", "generated", title="recognised by the judge")
    real = figures["class_accuracy_real_by_class"]
    for name, value in figures["class_accuracy_generated_by_class"].items():
        table.add_row(name, f"{real[name]:.2f}" if name in real else "-", f"{value:.2f}")
    table.add_row(
        "all", f"{figures['class_accuracy_real']:.2f}", f"{figures['class_accuracy_generated']:.2f}"
    )
    out.print(table)
    anywhere = figures["class_accuracy_generated_any_knobs"]
    out.print(f"knobs untouched above; with knobs anywhere {anywhere:.2f}")
    knobs = Table("knob", "kind", "Spearman", title="do the knobs do what they say")
    for knob, kinds in figures["knob_spearman"].items():
        for kind, value in kinds.items():
            knobs.add_row(knob, kind, f"{value:.2f}")
    out.print(knobs)
    for name in ("nearest_neighbour_ratio", "spread_generated_over_real", "p50_ms"):
        out.print(f"{name}: {figures[name]}")


train.add_command(train_timbre)
evaluate.add_command(evaluate_embedders)
