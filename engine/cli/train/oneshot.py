"""`starling train oneshot`: a one-shot model of your sounds, trained and then playable."""

from __future__ import annotations

import re
import shlex
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.options import json_option
from starling.engine.cli.output import progress, say_json
from starling.engine.cli.sound_sets import SoundFolder, given_or_default
from starling.engine.config import folders
from starling.models.errors import StarlingError

if TYPE_CHECKING:
    from starling.models.datasets.training_set import SoundSet
    from starling.models.oneshot.train import Result, Settings

FOLDER = click.Path(path_type=Path)
UNITS = {"s": 1 / 60, "m": 1.0, "h": 60.0}
SAVE_SECONDS = 60.0  # between two checkpoints
SAMPLE_SECONDS = 240.0  # between two sets of samples: making one takes up to ten
SAMPLES = 2  # of each class in a set
FEW = 10  # sounds of a class: fewer cannot vary much
SHOWN = ("spectral", "valid", "judge")  # losses in the progress bar


class Budget(click.ParamType):  # type: ignore[type-arg]
    """`30m`, `90s`, `1.5h`: a time, in minutes."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """A number with its unit; a bare number is minutes."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", str(value).strip())
        if not found:
            return self.fail(f"{value!r} is not a time like 30m, 90s or 1.5h", param, ctx)
        return float(found[1]) * UNITS[found[2] or "m"]


@click.command("oneshot")
@click.option(
    "--data",
    type=SoundFolder(),
    callback=given_or_default,
    help="Folder of class folders (kick, snare, ... or names of your own) with sound files, or "
    "the name of a data set; left out, what `starling dataset use` chose.",
)
@click.option("--budget", "minutes", type=Budget(), default=0.0, help="Time: 30m, 90s, 1.5h.")
@click.option("--minutes", "minutes", type=Budget(), default=0.0, hidden=True)
@click.option("--steps", type=click.IntRange(min=0), default=0, help="Step budget.")
@click.option("--out", type=FOLDER, default=Path("runs/oneshot"), show_default=True)
@click.option("--name", default="", help="Name of the model; the folder's, if not given.")
@click.option("--title", default="", help="Title in menus; the name, if not given.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(min=0), default=0, help="CPU threads; 0: all.")
@click.option("--seconds", type=click.FloatRange(0.1, 2.0), default=2.0, show_default=True)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out.")
@click.option("--install/--no-install", default=True, help="List it in the engine and the plugin.")
@json_option
def train_oneshot(data: Path, install: bool, as_json: bool, **words: Any) -> None:
    """Train a one-shot generator. Ctrl-C saves; --resume goes on.

    Writes OUT/<name>.safetensors and OUT/<name>.json, samples to listen to in OUT/samples, curves
    for TensorBoard; then the model is listed in the plugin, without a restart.

    \b
    starling train oneshot --data kicks --budget 30m
    """
    words["name"] = words["name"] or _name(data)
    words["title"] = words["title"] or words["name"].replace("-", " ").title()
    try:
        if install:
            _require_free(words["name"])
        sounds = _read(data, words["seed"], words["seconds"])
        result, settings = _train(sounds, words)
        card = _publish(data, sounds, result, settings, words)
        placed = _install(card) if install else None
    except StarlingError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        figures = {name: round(value, 4) for name, value in result.losses.items()}
        state = {"interrupted": result.interrupted, "installed": placed}
        say_json({"card": card, "steps": result.step, **state, **figures})
        return
    state_text = "interrupted, --resume goes on" if result.interrupted else "finished"
    click.echo(f"{state_text} after {result.step} steps: {card}")
    if placed:
        click.echo(f"the plugin now lists {words['title']}")


def _name(data: Path) -> str:
    """A model's name from its folder's: lower case, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", data.name.lower()).strip("-") or "oneshot"


def _require_free(name: str) -> None:
    """Raise InputError where projects that use a model of ours would suddenly sound otherwise."""
    from starling.models.artifacts import catalogue
    from starling.models.errors import InputError

    if name in catalogue.catalogue():
        raise InputError(
            f"{name} is the name of a model that comes with Starling; give another with --name, or "
            "train with --no-install",
            code="bad_name",
        )


def _read(data: Path, seed: int, seconds: float) -> SoundSet:
    """The sounds, and what to know of them before an hour is spent."""
    import numpy as np

    from starling.models.datasets.training_set import load_folder
    from starling.models.oneshot.spectral_head import HeadConfig

    with progress("Reading sounds") as bar:
        sounds = load_folder(
            data,
            HeadConfig().sample_rate,
            seconds,
            seed=seed,
            progress=lambda fraction: bar(fraction, data.name),
        )
    for sentence in sounds.skipped:
        click.echo(f"skipped: {sentence}", err=True)
    counts = np.bincount(sounds.labels, minlength=len(sounds.classes))
    for name, count in zip(sounds.classes, counts, strict=True):
        if count < FEW:
            click.echo(f"{name} has {count} sounds; below {FEW} it cannot vary much", err=True)
    return sounds


def _train(sounds: SoundSet, words: dict[str, Any]) -> tuple[Result, Settings]:
    """The run, under a bar that shows what one watches."""
    from starling.models.oneshot import network, pitch_contour, pitch_targets, train

    same = ("minutes", "steps", "seed", "threads")
    settings = train.Settings(**{name: words[name] for name in same}, save_seconds=SAVE_SECONDS)
    head = pitch_targets.head_for([sound.signal for sound in sounds.sounds], 44100)
    knots = pitch_contour.KNOTS if head.overtones else 0
    config = network.Config(
        classes=sounds.classes, seconds=words["seconds"], contour=knots, head=head
    )
    with progress("Training") as bar:

        def report(fraction: float, step: int, parts: dict[str, float]) -> None:
            shown = [f"{name} {parts[name]:.3f}" for name in SHOWN if name in parts]
            bar(fraction, "  ".join([f"step {step}", *shown]))

        result = train.train(
            sounds, config, settings, words["out"],
            resume=words["resume"], report=report, saved=_sampler(sounds, settings, words),
        )  # fmt: skip
    return result, settings


def _sampler(
    sounds: SoundSet, settings: Settings, words: dict[str, Any]
) -> Callable[[Result], None]:
    """What writes sounds of the model as it is now, whenever some minutes have passed."""
    last = time.monotonic()

    def sample(result: Result) -> None:
        nonlocal last
        if time.monotonic() - last >= SAMPLE_SECONDS:
            _write_samples(sounds, result, settings, words["out"] / "samples")
            last = time.monotonic()

    return sample


def _write_samples(sounds: SoundSet, result: Result, settings: Settings, out: Path) -> None:
    """Some sounds of each class as WAV files named by class, number and step."""
    import soundfile

    from starling.models.artifacts import catalogue
    from starling.models.oneshot import publish

    card = publish.publish(out / "model", "now", "Now", sounds, result, settings, "")
    generator = catalogue.load_generator(catalogue.read(card))
    for kind, name in enumerate(sounds.classes, 1):
        for seed in range(SAMPLES):
            audio = generator.generate(seed, {"kind": float(kind)})
            path = out / f"{name}-{seed + 1}-step{result.step:06d}.wav"
            soundfile.write(path, audio.T, generator.card.sample_rate, subtype="FLOAT")


def _publish(
    data: Path, sounds: SoundSet, result: Result, settings: Settings, words: dict[str, Any]
) -> Path:
    """Weights and card."""
    from starling.models.oneshot import publish

    said = ["starling", "train", "oneshot", "--data", data.name, "--name", words["name"]]
    said += ["--budget", f"{words['minutes']:g}m"] if words["minutes"] else []
    for option in ("steps", "seed", "threads"):
        said += [f"--{option}", str(words[option])] if words[option] else []
    return publish.publish(
        words["out"], words["name"], words["title"], sounds, result, settings, shlex.join(said)
    )


def _install(card: Path) -> str:
    """Copy weights, then card, into the folder that the engine reads."""
    target = folders().models
    target.mkdir(parents=True, exist_ok=True)
    for suffix in (".safetensors", ".json"):
        part = target / f"{card.stem}{suffix}.part"
        shutil.copyfile(card.with_suffix(suffix), part)
        part.replace(target / f"{card.stem}{suffix}")
    return str(target / card.name)
