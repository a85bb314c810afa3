"""`starling presets ...`: the library of all presets on the machine. No engine is needed."""

from __future__ import annotations

import click

from starling.engine.cli.presets.folders import folders, watch
from starling.engine.cli.presets.match import match
from starling.engine.cli.presets.scan import scan
from starling.engine.cli.presets.search import list_presets, search, similar
from starling.engine.cli.presets.single import audition, export, favourite

COMMANDS = (
    scan,
    list_presets,
    search,
    similar,
    match,
    favourite,
    audition,
    export,
    folders,
    watch,
)


@click.group()
def presets() -> None:
    """Scan, search, match, audition and export presets.

    The library holds the presets of the built-in synth, of amsynth and Dexed where they are
    installed, of the banks that you put into its folder `banks`, and of the folders that you add.
    """


for command in COMMANDS:
    presets.add_command(command)
