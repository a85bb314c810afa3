"""What the train commands share: options as one value, the session, the card's command, the end."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.options import (
    Command,
    budget_of,
    budget_options,
    gathered,
    json_option,
    out_option,
    resume_option,
    seed_option,
    threads_option,
)
from starling.engine.cli.output import progress, say_json
from starling.models.artifacts.card_file import NAME
from starling.models.errors import InputError
from starling.models.training.budget import Budget
from starling.models.training.session import CHECKPOINT, Session, check_folder

if TYPE_CHECKING:
    from starling.models.datasets.training_set import SoundSet
    from starling.models.training.result import Result

Arguments = tuple[tuple[str, object], ...]  # an option's name and its value
Shown = Callable[[int, dict[str, float]], str]  # step and figures, as a line of progress

precision_option = click.option(
    "--precision", type=click.Choice(["32-true", "bf16-mixed"]), default="32-true"
)

title_option = click.option("--title", default="", help="Title in menus; the name, if not given.")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How long a run may take, where it lies, and what else every train command takes."""

    budget: Budget
    out: Path
    name: str
    seed: int
    threads: int
    resume: bool
    as_json: bool

    def check(self, state: str = CHECKPOINT, *, limited: bool = True) -> None:
        """Check name, budget and folder before any work. Raises InputError and MissingError.

        A run that ends by itself need not be `limited` by a budget.
        """
        if limited:
            self.budget.require()
        if self.name and not NAME.fullmatch(self.name):
            raise InputError(
                f"--name may hold a-z, 0-9, - and _ only, got {self.name!r}", code="bad_name"
            )
        check_folder(self.out, resume=self.resume, state=state)

    def arguments(self, *, always_seed: bool = False) -> Arguments:
        """Budget, seed and threads for the card's command."""
        seed = str(self.seed) if always_seed else self.seed
        budget = f"{self.budget.minutes:g}m" if self.budget.minutes else ""
        named = ("--budget", budget), ("--steps", self.budget.steps), ("--seed", seed)
        return (*named, ("--threads", self.threads))


def run_options(
    out: Path,
    name: str = "",
    name_help: str = "Name of the model.",
    steps: int = 0,
    most_steps: int | None = None,
    steps_help: str = "Step budget.",
) -> Callable[[Command], Command]:
    """The options of every train command; the parameter `run`, a RunOptions."""

    def make(
        budget: float,
        minutes: float,
        steps: int,
        out: Path,
        name: str,
        seed: int,
        threads: int,
        resume: bool,
        as_json: bool,
    ) -> RunOptions:
        limit = budget_of(budget, minutes, steps)
        return RunOptions(limit, out, name, seed, threads, resume, as_json)

    return gathered(
        "run",
        make,
        *budget_options(steps, most_steps, steps_help),
        out_option(default=out),
        click.option("--name", default=name, show_default=bool(name), help=name_help),
        seed_option,
        threads_option,
        resume_option,
        json_option,
    )


@contextmanager
def watched(run: RunOptions, shown: Shown, title: str = "Training") -> Iterator[Session]:
    """The session of a run, under a bar that shows its figures."""
    with progress(title) as bar:
        yield Session(
            run.resume,
            lambda done, step, figures: bar(done, shown(step, figures)),
            began=run.budget.began,
        )


def losses_line(step: int, figures: dict[str, float]) -> str:
    """One line of progress: the step and all figures; before the first step what is done then."""
    if not figures:
        return "reading data"
    return f"step {step}  " + "  ".join(f"{name} {value:.3f}" for name, value in figures.items())


def say_skipped(sentences: Iterable[str]) -> None:
    """Name the files that cannot be used, on stderr."""
    for sentence in sentences:
        click.echo(f"skipped: {sentence}", err=True)


def read_sounds(data: Path, sample_rate: int, seconds: float, seed: int) -> SoundSet:
    """A folder of sounds under a bar; files that cannot be used are named on stderr."""
    from starling.models.datasets.training_set import load_folder

    with progress("Reading sounds") as bar:
        sounds = load_folder(
            data,
            sample_rate,
            seconds,
            seed=seed,
            progress=lambda fraction: bar(fraction, data.name),
        )
    say_skipped(sounds.skipped)
    return sounds


def command_of(system: str, *arguments: tuple[str, object]) -> str:
    """The command that repeats a run, for its card; files and folders by their own names.

    What is 0, empty or None was left at its default and is left out; a true flag has no value.

    >>> command_of("timbre", ("--data", (Path("a/b"), Path("c"))), ("--seed", 0), ("--steps", 9))
    'starling train timbre --data b --data c --steps 9'
    """
    line = ["starling", "train", system]
    for option, value in arguments:
        for each in value if isinstance(value, tuple) else (value,):
            if each is True:
                line.append(option)
            elif each:
                line += [option, each.name if isinstance(each, Path) else _text(each)]
    return shlex.join(line)


def _text(value: object) -> str:
    """A value as it is typed: 2 for 2.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def publish_learned(result: Result[Any], publish: Callable[[], Path]) -> Path | None:
    """Publish what a run learned; the card, or None where an interrupted run has nothing yet.

    Raises StarlingError (code `not_learned`) where the whole budget taught it nothing.
    """
    from starling.models.training.learning import require_learned

    unlearned = result.learning is not None and not result.learning.learned
    if result.interrupted and (unlearned or not result.step):
        return None
    require_learned(result.learning, result.step)
    return publish()


def say_end(
    run: RunOptions, result: Result[Any], card: Path | None, facts: dict[str, Any], text: str = ""
) -> None:
    """How the run ended and where the model lies; `facts` for scripts, `text` for people."""
    if run.as_json:
        say_json({"card": card, "steps": result.step, **facts})
        return
    state = "interrupted, --resume goes on" if result.interrupted else "finished"
    model = card or "it has not learned yet, no model is written"
    click.echo(f"{state} after {result.step} steps{text}: {model}")
