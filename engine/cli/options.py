"""Options that several commands share, each one name, one type and one default everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Decorator = Callable[[Decorated], Decorated]

MAX_SEED = 2**31 - 1  # OSC's int32

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
seed_option = click.option(
    "--seed", type=click.IntRange(0, MAX_SEED), default=0, show_default=True, help="Of chance."
)
threads_option = click.option(
    "--threads", type=click.IntRange(min=0), default=0, help="CPU threads; 0: all."
)
resume_option = click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out.")


def out_option(
    help: str, *, default: Path | None = None, required: bool = False
) -> Decorator[Decorated]:
    """`-o/--out`: where a command writes; the parameter `out`."""
    return click.option(
        "-o",
        "--out",
        type=click.Path(path_type=Path),
        default=default,
        show_default=default is not None,
        required=required,
        help=help,
    )
