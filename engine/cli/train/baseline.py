"""`starling train baseline`: the command line of models/baselines/train."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.options import json_option
from starling.engine.cli.output import progress, say_json
from starling.engine.cli.sound_sets import SoundFolder
from starling.models.errors import StarlingError

if TYPE_CHECKING:
    from starling.models.baselines.data import Windows
    from starling.models.baselines.train import Result, Settings

MODELS = (
    "dense_gan",
    "spectral_vae",
)  # models/baselines/kinds.py, which imports torch; a test compares
FOLDER = click.Path(path_type=Path)
RECIPES = (
    "dense_gan: 8c0a7a9 (the default) or head. spectral_vae: f63aae1 (the default) or steady, "
    "which is ours: a lower rate, for sets on which the published one diverges."
)


@click.command("baseline")
@click.option("--model", type=click.Choice(MODELS), required=True)
@click.option("--data", type=SoundFolder(), required=True, help="Folder, or a data set's name.")
@click.option("--class", "only", default="", help="One class folder; all as one set, if not given.")
@click.option("--recipe", default="", help=RECIPES)
@click.option("--keep-attack", is_flag=True, help="Hear the first 1/4 s too; not as published.")
@click.option("--minutes", type=click.FloatRange(min=0), default=0.0, help="Time budget.")
@click.option("--steps", type=click.IntRange(min=0), default=0, help="Step budget.")
@click.option("--out", type=FOLDER, default=Path("runs/baseline"), show_default=True)
@click.option("--name", default="", help="Name of the model; --model's, if not given.")
@click.option("--title", default="", help="Title in menus.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(min=0), default=0, help="CPU threads; 0: all.")
@click.option("--precision", type=click.Choice(["32-true", "bf16-mixed"]), default="32-true")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out.")
@json_option
def train_baseline(data: Path, as_json: bool, **words: Any) -> None:
    """Train a published one-shot model, to compare with. Ctrl-C saves; --resume goes on.

    dense_gan and spectral_vae as they were published in 2022: 8 kHz, no phase, no classes. Writes
    OUT/<name>.safetensors (170 MB) and OUT/<name>.json, and curves for TensorBoard.

    \b
    starling train baseline --model dense_gan --data meows --minutes 30 --out runs/dense_gan
    """
    from starling.models.baselines import kinds, publish

    kind = words["model"]
    recipe = words["recipe"] or kinds.BASELINES[kind].default
    try:
        config = _config(kind, recipe, words["keep_attack"])
        with progress("Reading") as report:
            sounds = _sounds(data, config, words, report)
        settings, result = _train(kind, config, sounds, words)
        title, command = words["title"], _command(data, recipe, words)
        card = publish.publish(
            words["out"], words["name"] or kind.replace("_", "-"), title, kind, recipe,
            sounds, result, settings, command,
        )  # fmt: skip
    except StarlingError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        say_json({"card": card, "steps": result.step, "skipped": sounds.skipped, **result.losses})
        return
    state = "interrupted, --resume goes on" if result.interrupted else "finished"
    click.echo(f"{state} after {result.step} steps: {card}")


def _config(kind: str, recipe: str, keep_attack: bool) -> Any:
    """The recipe's configuration, with the attack if asked."""
    from dataclasses import replace

    from starling.models.baselines import kinds

    config = kinds.recipe(kind, recipe)
    if not keep_attack:
        return config
    front = replace(config.front, read=config.front.window, dropped=0)
    return replace(config, front=front)


def _sounds(data: Path, config: Any, words: dict[str, Any], report: Any) -> Windows:
    """The training set; what it lacks is said on stderr."""
    from starling.models.baselines import data as baseline_data

    sounds = baseline_data.load(
        data,
        config.front,
        words["only"],
        seed=words["seed"],
        progress=lambda fraction: report(fraction, data.name),
    )
    for sentence in sounds.skipped:
        click.echo(f"skipped: {sentence}", err=True)
    return sounds


def _train(
    kind: str, config: Any, sounds: Windows, words: dict[str, Any]
) -> tuple[Settings, Result]:
    """The run itself, under a bar that shows the losses."""
    from starling.models.baselines import train

    same = ("minutes", "steps", "seed", "threads", "precision")
    settings = train.Settings(**{name: words[name] for name in same})
    with progress("Training") as bar:

        def report(fraction: float, step: int, losses: dict[str, float]) -> None:
            shown = "  ".join(f"{part} {value:.3g}" for part, value in losses.items())
            bar(fraction, f"step {step}  {shown}")

        result = train.train(
            kind, sounds, config, settings, words["out"], resume=words["resume"], report=report
        )
    return settings, result


def _command(data: Path, recipe: str, words: dict[str, Any]) -> str:
    """The command that repeats the run, the folder by its own name."""
    said = ["starling", "train", "baseline", "--model", words["model"], "--data", data.name]
    said += ["--class", words["only"]] if words["only"] else []
    said += ["--recipe", recipe] + (["--keep-attack"] if words["keep_attack"] else [])
    for name in ("minutes", "steps", "seed", "threads", "name"):
        if words[name] or name == "seed":
            said += [f"--{name}", f"{words[name]:g}" if name == "minutes" else str(words[name])]
    half = words["precision"] != "32-true"
    return shlex.join(said + (["--precision", words["precision"]] if half else []))
