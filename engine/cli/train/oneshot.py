"""`starling train oneshot`: a one-shot model of your sounds, trained and then playable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.sound_sets import SoundFolder, given_or_default
from starling.engine.cli.train import installing, shared

if TYPE_CHECKING:
    from starling.models.datasets.training_set import SoundSet
    from starling.models.oneshot.network import Config, OneShot
    from starling.models.oneshot.train import Settings
    from starling.models.training.result import Result

SECONDS = 2.0  # the longest sound
SAVE_SECONDS = 60.0  # between two checkpoints
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
@installing.install_option
def train_oneshot(
    data: Path, title: str, seconds: float, install: bool, run: shared.RunOptions
) -> None:
    """Train a one-shot generator. Ctrl-C saves; --resume goes on.

    Writes OUT/<name>.safetensors and OUT/<name>.json, samples to listen to in OUT/samples, curves
    for TensorBoard; then the model is listed in the plugin, without a restart.

    \b
    starling train oneshot --data ./kicks --budget 30m
    """
    run = replace(run, name=run.name or installing.model_name(data, "oneshot"))
    title = title or installing.model_title(run.name)
    if install:
        installing.require_own(run.name)
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
    placed = installing.install(card) if install and card else None
    facts = {name: round(value, 4) for name, value in result.figures.items()}
    shared.say_end(
        run, result, card, {"interrupted": result.interrupted, "installed": placed, **facts}
    )
    if placed and not run.as_json:
        click.echo(f"the plugin now lists {title}")


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
    every = installing.EverySoOften()
    return lambda result: every(lambda: _write_samples(sounds, result, settings, out))


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
