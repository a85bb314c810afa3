"""`starling train additive`: the command line of models/additive/train."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.output import say_json
from starling.engine.cli.sound_sets import SoundFolder
from starling.engine.cli.train import shared

if TYPE_CHECKING:
    from starling.models.additive.train import Fitted
    from starling.models.datasets.training_set import SoundSet
    from starling.models.training.result import Result


@click.command("additive")
@click.option("--data", type=SoundFolder(), required=True, help="Folder, or a data set's name.")
@shared.run_options(
    Path("runs/additive"), "additive", steps=80, most_steps=10_000, steps_help="For each sound."
)
@shared.title_option
@click.option("--seconds", type=click.FloatRange(0.1, 10), default=2.0, help="The longest sound.")
def train_additive(data: Path, title: str, seconds: float, run: shared.RunOptions) -> None:
    """Fit partials and noise to each sound, then learn where such sounds lie.

    Some 5 s a sound on one idle CPU core. Ctrl-C keeps what is fitted; --resume goes on. Writes
    OUT/<name>.safetensors and OUT/<name>.json.

    \b
    starling train additive --data ./drums --out runs/additive
    """
    from starling.models.additive.kept_fits import FITS

    run.check(FITS, limited=False)
    from starling.models.additive import publish, train
    from starling.models.additive.synthesizer import Config

    config = Config(seconds=seconds)
    settings = train.Settings(run.budget.minutes, run.budget.steps, run.seed, run.threads)
    sounds = shared.read_sounds(data, config.sample_rate, seconds, run.seed)
    with shared.watched(run, _shown, "Fitting") as session:
        result = train.train(sounds, config, settings, run.out, session)
    again = shared.command_of(
        "additive",
        ("--data", data),
        ("--name", run.name),
        *run.arguments(always_seed=True),
        ("--seconds", seconds),
    )
    shown = title or run.name.title()

    def write() -> Path:
        return publish.publish(run.out, run.name, shown, sounds, result, settings, again)

    card = None if result.interrupted else shared.publish_learned(result, write)
    _say(card, result, sounds, run.as_json)


def _shown(done: int, figures: dict[str, float]) -> str:
    """One line of progress."""
    near = f", distance {figures['distance']:.2f}" if "distance" in figures else ""
    return f"{done} of {figures['sounds']:g} sounds{near}"


def _say(card: Path | None, result: Result[Fitted], sounds: SoundSet, as_json: bool) -> None:
    """What came of it."""
    before, after = result.model.mean_mss()
    fitted = len(result.model.fits)
    if as_json:
        figures = {"mss_initial_db": round(before, 3), "mss_db": round(after, 3)}
        counts = {"fitted": fitted, "seconds": round(result.elapsed, 1)}
        say_json({"card": card, **counts, **figures, "skipped": sounds.skipped})
        return
    state = f"finished: {card}" if card else "interrupted, --resume goes on"
    click.echo(f"{fitted} sounds fitted, MSS {before:.2f} -> {after:.2f} dB; {state}")
