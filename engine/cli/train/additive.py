"""`starling train additive`: the command line of models/additive/train."""

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
    from starling.models.additive.train import Result, Settings
    from starling.models.datasets.training_set import SoundSet

FOLDER = click.Path(path_type=Path)


@click.command("additive")
@click.option("--data", type=SoundFolder(), required=True, help="Folder, or a data set's name.")
@click.option("--minutes", type=click.FloatRange(min=0), default=0.0, help="Time for all sounds.")
@click.option(
    "--steps", type=click.IntRange(0, 10_000), default=80, show_default=True, help="For each sound."
)
@click.option("--seconds", type=click.FloatRange(0.1, 10), default=2.0, help="The longest sound.")
@click.option("--out", type=FOLDER, default=Path("runs/additive"), show_default=True)
@click.option("--name", default="additive", show_default=True, help="Name of the model.")
@click.option("--title", default="", help="Title in menus; the name, if not given.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(min=0), default=0, help="CPU threads; 0: all.")
@click.option("--resume", is_flag=True, help="Go on with the fits in --out.")
@json_option
def train_additive(data: Path, as_json: bool, **words: Any) -> None:
    """Fit partials and noise to each sound, then learn where such sounds lie.

    Some 5 s a sound on one idle CPU core. Ctrl-C keeps what is fitted; --resume goes on. Writes
    OUT/<name>.safetensors and OUT/<name>.json.

    \b
    starling train additive --data drums --out runs/additive
    """
    from starling.models.additive import publish

    try:
        with progress("Reading") as report:
            sounds = _sounds(data, words, report)
        settings, result = _train(sounds, words)
        card = None
        if not result.interrupted:
            title, command = words["title"] or words["name"].title(), _command(data, words)
            card = publish.publish(
                words["out"], words["name"], title, sounds, result, settings, command
            )
    except StarlingError as error:
        raise click.ClickException(str(error)) from error
    _say(card, result, sounds, as_json)


def _sounds(data: Path, words: dict[str, Any], report: Any) -> SoundSet:
    """The training set; what it lacks is said on stderr."""
    from starling.models.additive.synthesizer import Config
    from starling.models.datasets.training_set import load_folder

    sounds = load_folder(
        data,
        Config().sample_rate,
        words["seconds"],
        seed=words["seed"],
        progress=lambda fraction: report(fraction, data.name),
    )
    for sentence in sounds.skipped:
        click.echo(f"skipped: {sentence}", err=True)
    return sounds


def _train(sounds: SoundSet, words: dict[str, Any]) -> tuple[Settings, Result]:
    """The fits, under a bar that shows how near they are."""
    from starling.models.additive import train
    from starling.models.additive.synthesizer import Config

    same = ("minutes", "steps", "seed", "threads")
    settings = train.Settings(**{name: words[name] for name in same})
    config = Config(seconds=words["seconds"])
    with progress("Fitting") as report:
        result = train.train(
            sounds, config, settings, words["out"], resume=words["resume"], report=report
        )
    return settings, result


def _say(card: Path | None, result: Result, sounds: SoundSet, as_json: bool) -> None:
    """What came of it."""
    before, after = result.mean_mss()
    if as_json:
        figures = {"mss_initial_db": round(before, 3), "mss_db": round(after, 3)}
        counts = {"fitted": len(result.fits), "seconds": round(result.elapsed, 1)}
        say_json({"card": card, **counts, **figures, "skipped": sounds.skipped})
        return
    state = f"finished: {card}" if card else "interrupted, --resume goes on"
    click.echo(f"{len(result.fits)} sounds fitted, MSS {before:.2f} -> {after:.2f} dB; {state}")


def _command(data: Path, words: dict[str, Any]) -> str:
    """The command that repeats the run, the folder by its own name."""
    said = ["starling", "train", "additive", "--data", data.name, "--name", words["name"]]
    for name in ("minutes", "steps", "seconds", "seed", "threads"):
        if words[name] or name == "seed":
            said += [f"--{name}", f"{words[name]:g}"]
    return shlex.join(said)
