"""`starling train oneshot`: a one-shot model of your sounds, trained and then playable."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.sound_sets import SoundFolder, given_or_default
from starling.engine.cli.train import shared
from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.models.datasets.training_set import SoundSet
    from starling.models.oneshot.network import Config, OneShot
    from starling.models.oneshot.train import Settings
    from starling.models.training.result import Result

SECONDS = 2.0  # the longest sound
SAVE_SECONDS = 60.0  # between two checkpoints
SAMPLE_SECONDS = 240.0  # between two sets of samples: making one takes up to ten
SAMPLES = 2  # of each class in a set
FEW = 10  # sounds of a class: fewer cannot vary much
SHOWN = ("spectral", "valid", "judge")  # losses in the progress bar


@click.command("oneshot")
@click.option(
    "--data",
    type=SoundFolder(),
    callback=given_or_default,
    help="Folder of class folders (kick, snare, ... or names of your own) with sound files, or "
    "the name of a data set; left out, what `starling dataset use` chose.",
)
@shared.run_options(
    Path("runs/oneshot"), name_help="Name of the model; the folder's, if not given."
)
@shared.title_option
@click.option("--seconds", type=click.FloatRange(0.1, 2.0), default=SECONDS, show_default=True)
@click.option("--install/--no-install", default=True, help="List it in the engine and the plugin.")
def train_oneshot(
    data: Path, title: str, seconds: float, install: bool, run: shared.RunOptions
) -> None:
    """Train a one-shot generator. Ctrl-C saves; --resume goes on.

    Writes OUT/<name>.safetensors and OUT/<name>.json, samples to listen to in OUT/samples, curves
    for TensorBoard; then the model is listed in the plugin, without a restart.

    \b
    starling train oneshot --data kicks --budget 30m
    """
    run = replace(run, name=run.name or _name(data))
    title = title or run.name.replace("-", " ").title()
    if install:
        _require_own(run.name)
    run.check()
    from starling.models.oneshot import publish, train
    from starling.models.oneshot.spectral_head import HeadConfig

    sounds = shared.read_sounds(data, HeadConfig().sample_rate, seconds, run.seed)
    _say_small(sounds)
    settings = train.Settings(
        run.budget.minutes, run.budget.steps, run.seed, run.threads, save_seconds=SAVE_SECONDS
    )
    with shared.watched(run, _shown) as session:
        saved = _sampler(sounds, settings, run.out / "samples")
        result = train.train(sounds, _config(sounds, seconds), settings, run.out, session, saved)
    again = shared.command_of(
        "oneshot",
        ("--data", data),
        ("--name", run.name),
        *run.arguments(),
        ("--seconds", seconds if seconds != SECONDS else 0),
    )
    card = shared.publish_learned(
        result,
        lambda: publish.publish(run.out, run.name, title, sounds, result, settings, again),
    )
    placed = _install(card) if install and card else None
    facts = {name: round(value, 4) for name, value in result.figures.items()}
    shared.say_end(
        run, result, card, {"interrupted": result.interrupted, "installed": placed, **facts}
    )
    if placed and not run.as_json:
        click.echo(f"the plugin now lists {title}")


def _name(data: Path) -> str:
    """A model's name from its folder's: lower case, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", data.name.lower()).strip("-") or "oneshot"


def _require_own(name: str) -> None:
    """Raise InputError where projects that use a model of ours would suddenly sound otherwise."""
    from starling.models.artifacts import catalogue
    from starling.models.errors import InputError

    if name in catalogue.catalogue():
        raise InputError(
            f"{name} is the name of a model that comes with Starling; give another with --name, or "
            "train with --no-install",
            code="bad_name",
        )


def _say_small(sounds: SoundSet) -> None:
    """Which classes are small: to know before an hour is spent."""
    import numpy as np

    counts = np.bincount(sounds.labels, minlength=len(sounds.classes))
    for name, count in zip(sounds.classes, counts, strict=True):
        if count < FEW:
            click.echo(f"{name} has {count} sounds; below {FEW} it cannot vary much", err=True)


def _config(sounds: SoundSet, seconds: float) -> Config:
    """The network's sizes, with overtones and a melody for sounds that have them."""
    from starling.models.oneshot import network, pitch_contour, pitch_targets

    head = pitch_targets.head_for([sound.signal for sound in sounds.sounds], 44100)
    knots = pitch_contour.KNOTS if head.overtones else 0
    return network.Config(classes=sounds.classes, seconds=seconds, contour=knots, head=head)


def _shown(step: int, parts: dict[str, float]) -> str:
    """One line of progress: what one watches."""
    shown = [f"{name} {parts[name]:.3f}" for name in SHOWN if name in parts]
    return "  ".join([f"step {step}", *shown])


def _sampler(sounds: SoundSet, settings: Settings, out: Path) -> Callable[[Result[OneShot]], None]:
    """What writes sounds of the model as it is now, whenever some minutes have passed."""
    last = time.monotonic()

    def sample(result: Result[OneShot]) -> None:
        nonlocal last
        if time.monotonic() - last >= SAMPLE_SECONDS:
            _write_samples(sounds, result, settings, out)
            last = time.monotonic()

    return sample


def _write_samples(
    sounds: SoundSet, result: Result[OneShot], settings: Settings, out: Path
) -> None:
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


def _install(card: Path) -> str:
    """Copy weights, then card, into the folder that the engine reads."""
    target = folders().models
    target.mkdir(parents=True, exist_ok=True)
    for suffix in (".safetensors", ".json"):
        part = target / f"{card.stem}{suffix}.part"
        shutil.copyfile(card.with_suffix(suffix), part)
        part.replace(target / f"{card.stem}{suffix}")
    return str(target / card.name)
