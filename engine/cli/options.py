"""Options that several commands share, each one name, one type and one value everywhere."""

from __future__ import annotations

import functools
import inspect
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from starling.engine.config import folders
from starling.engine.wire.protocol import MAX_SEED
from starling.models.training.budget import Budget

Command = Callable[..., None]
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Decorator(Protocol):
    """What adds an option to a command's function and leaves its type as it is."""

    def __call__(self, command: Decorated, /) -> Decorated:
        """Add the option."""
        ...


PATH = click.Path(path_type=Path)
SEED = click.IntRange(0, MAX_SEED)

UNITS = {"s": 1 / 60, "m": 1.0, "h": 60.0}  # of a time, in minutes

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
seed_option = click.option("--seed", type=SEED, default=0, show_default=True, help="Of chance.")
threads_option = click.option(
    "--threads", type=click.IntRange(min=0), default=0, help="CPU threads; 0: all."
)
resume_option = click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out.")
filter_option = click.option(
    "--filter", "words", default="", metavar="WORDS", help="E.g. `synth:amsynth tag:pad`."
)
embedder_weights_option = click.option(
    "--embedder-weights", type=PATH, help="Its card or file, if not shipped."
)


def new_seed() -> int:
    """Draw a seed that is not reproducible."""
    return secrets.randbelow(MAX_SEED + 1)


def new_seed_option(
    help: str = "Left out, a new one each time.", *, type: click.ParamType[int] = SEED
) -> Decorator:
    """`--seed`, and a new one where it is left out; the parameter `seed`, always a number."""
    return click.option("--seed", type=type, default=new_seed, show_default=False, help=help)


def out_option(
    help: str | None = None,
    *,
    default: Path | None = None,
    required: bool = False,
    metavar: str | None = None,
    old: str = "",
    check: Callable[[Path], None] = lambda out: None,
) -> Decorator:
    """`-o/--out`: where a command writes; the parameter `out`. `old` is an earlier spelling.

    `check` raises InputError for a place that cannot be written to, before any work.
    """
    names, checked = ("-o", "--out"), checked_by(check)
    if default is None:  # click takes a given None for a value, and nothing would be required
        shown = click.option(
            *names, type=PATH, required=required, metavar=metavar, callback=checked, help=help
        )
    else:
        shown = click.option(
            *names,
            type=PATH,
            default=default,
            show_default=True,
            metavar=metavar,
            callback=checked,
            help=help,
        )
    return both(shown, hidden_option(old, "out", PATH, default)) if old else shown


def checked_by(
    check: Callable[[Path], None],
) -> Callable[[click.Context, click.Parameter, Path | None], Path | None]:
    """A callback of click's that checks a path which is given."""

    def checked(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
        if value is not None:
            check(value)
        return value

    return checked


def hidden_option(
    spelling: str, destination: str, type: click.ParamType[Any], default: Path | None = None
) -> Decorator:
    """Accept an earlier spelling of an option, which help does not show.

    Both options have one destination, so that both read what was typed under either name. The
    default must be that of the option proper: whichever of the two click keeps, it is the same.
    """
    if default is None:
        return click.option(spelling, destination, type=type, hidden=True)
    return click.option(spelling, destination, type=type, default=default, hidden=True)


def both(first: Decorator, second: Decorator) -> Decorator:
    """Add two options."""

    def decorate(command: Decorated, /) -> Decorated:
        return first(second(command))

    return decorate


def jobs_option(workers: str = "Processes", most: int | None = None) -> Decorator:
    """`--jobs`: how many work at once; the parameter `jobs`, None for one for each core."""
    help = f"{workers}; left out, one for each core."
    return click.option("--jobs", type=click.IntRange(1, most), help=help)


def count_option(default: int, most: int | None = None, help: str | None = None) -> Decorator:
    """`--count`: how many are made or measured; without `most` its user checks the range."""
    type = click.IntRange(1, most) if most else click.INT
    return click.option("--count", type=type, default=default, show_default=default > 0, help=help)


def hits_option(default: int = 5, help: str = "How many hits.") -> Decorator:
    """`-k`: how many presets are listed; the parameter `k`."""
    return click.option(
        "-k", type=click.IntRange(1, 100), default=default, show_default=True, help=help
    )


def figures_option(help: str) -> Decorator:
    """`--figures/--no-figures`: whether pictures are drawn; the parameter `figures`."""
    return click.option("--figures/--no-figures", default=True, help=help)


def gathered(
    into: str, make: Callable[..., Any], *options: Decorator
) -> Callable[[Command], Command]:
    """Add options whose values reach the command as one, its parameter `into`.

    It is what `make` returns for the options' values, which it takes by their names. The command's
    attribute `gathered` says which names went into which parameter.
    """
    names = tuple(inspect.signature(make).parameters)

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def called(**given: Any) -> None:
            value = make(**{name: given.pop(name) for name in names})
            command(**{**given, into: value})

        called.__dict__["gathered"] = {**command.__dict__.get("gathered", {}), into: names}
        for option in reversed(options):
            called = option(called)
        return called

    return decorate


class Time(click.ParamType[float]):
    """`30m`, `90s`, `1.5h`: a time, in minutes."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """A number with its unit; a bare number is minutes."""
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"\+?(\d+(?:\.\d*)?(?:e-?\d+)?|\.\d+)([smh]?)", str(value).strip())
        if not found:
            return self.fail(f"{value!r} is not a time like 30m, 90s or 1.5h", param, ctx)
        return float(found[1]) * UNITS[found[2] or "m"]


class CardPath(click.ParamType[Path]):
    """A model's card: a file, whose name has a dot, or an installed model by its name."""

    name = "card or name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """A path stays as it is; a name that no model has is a sentence, exit code 1."""
        from starling.models.artifacts import catalogue
        from starling.models.artifacts.card_file import NAME

        if isinstance(value, Path) or not NAME.fullmatch(str(value)):
            return Path(value)
        installed = catalogue.every(folders().models)
        if str(value) not in installed:
            raise click.ClickException(
                f"no model {value}; there are: {', '.join(installed)} (a file without a dot in its "
                f"name is given as ./{value})"
            )
        return installed[str(value)].path


def budget_options(
    steps: int = 0, most_steps: int | None = None, help: str = "Step budget."
) -> tuple[Decorator, ...]:
    """`--budget` and `--steps`, to be gathered by `budget_of`. `--minutes` is an earlier name."""
    return (
        click.option("--budget", type=Time(), default=0.0, help="Time: 30m, 90s, 1.5h."),
        click.option("--minutes", type=Time(), default=0.0, hidden=True),
        click.option(
            "--steps",
            type=click.IntRange(0, most_steps),
            default=steps,
            show_default=steps > 0,
            help=help,
        ),
    )


def budget_of(budget: float, minutes: float, steps: int) -> Budget:
    """The budget that begins now, of minutes under either name and of steps."""
    return Budget(budget or minutes, steps)
