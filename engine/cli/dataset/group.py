"""`starling dataset`: the group and what it holds."""

from __future__ import annotations

import click

from starling.engine.cli.dataset.examine import info, verify
from starling.engine.cli.dataset.import_sounds import import_sounds
from starling.engine.cli.dataset.kept import list_sets, make, remove, use
from starling.engine.cli.dataset.named import named
from starling.engine.cli.dataset.render import render

COMMANDS = (import_sounds, list_sets, use, remove, make, render, named, info, verify)


@click.group()
def dataset() -> None:
    """Make the data sets that models learn from: of your sounds, or of presets with theirs."""


for command in COMMANDS:
    dataset.add_command(command)
