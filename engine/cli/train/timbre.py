"""`starling train timbre`: the command line of models/timbre/train."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from starling.engine.cli.output import progress
from starling.models.errors import StarlingError

FOLDER = click.Path(path_type=Path)


def command(data: tuple[Path, ...], **words: Any) -> str:
    """The command that repeats a run, for the card; folders by their own names."""
    line = ["starling", "train", "timbre"]
    for folder in data:
        line += ["--data", folder.name]
    for name, value in words.items():
        line += [f"--{name}", f"{value:g}" if isinstance(value, float) else str(value)]
    return shlex.join(line)


@click.command("timbre")
@click.option(
    "--data",
    type=FOLDER,
    required=True,
    multiple=True,
    help="Rendered data set with several notes a preset; may be given again, for other synths.",
)
@click.option("--minutes", type=click.FloatRange(min=0), default=0.0, help="Time budget.")
@click.option("--steps", type=click.IntRange(min=0), default=0, help="Step budget.")
@click.option("--out", type=FOLDER, default=Path("runs/timbre"), show_default=True)
@click.option("--name", default="timbre", show_default=True, help="Name of the model.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--batch", type=click.IntRange(2), default=256, show_default=True, help="Pairs.")
@click.option("--threads", type=click.IntRange(min=0), default=0, help="CPU threads; 0: all.")
@click.option("--precision", type=click.Choice(["32-true", "bf16-mixed"]), default="32-true")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out.")
def train_timbre(data: tuple[Path, ...], out: Path, name: str, resume: bool, **words: Any) -> None:
    """Train the perceptual embedding. Ctrl-C saves; --resume goes on.

    Writes OUT/<name>.safetensors and OUT/<name>.json; a library uses it after
    `starling presets scan --embedder timbre --weights OUT/<name>.json`.

    \b
    starling dataset render amsynth --count 4000 --scheme bank --out data/amsynth \\
        --notes 60:100:0.65,48:100:0.65,67:70:0.4,72:120:0.9
    starling train timbre --data data/amsynth --minutes 30
    """
    from starling.models.timbre import batches, publish, train
    from starling.models.timbre.network import Config

    settings = train.Settings(**words)
    try:
        with progress("Training") as report:
            report(0.0, "reading data")
            material = batches.Material(batches.open_sets(data))
            result = train.train(
                material,
                Config(),
                settings,
                out,
                resume=resume,
                report=lambda done, step, figures: report(done, _shown(step, figures)),
            )
        again = command(data, **{key: value for key, value in words.items() if value})
        sources = [batches.describe_set(folder) for folder in data]
        card = publish.publish(out, name, "Timbre", material, result, settings, again, sources)
    except StarlingError as error:
        raise click.ClickException(str(error)) from error
    state = "interrupted, --resume goes on" if result.interrupted else "finished"
    click.echo(f"{state} after {result.step} steps: {card}")


def _shown(step: int, figures: dict[str, float]) -> str:
    """One line of progress."""
    return f"step {step}  " + "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
