"""The command `starling`: each command's module is imported when it is used, so start is fast."""

from __future__ import annotations

import importlib
import logging
import os
import sys
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import click

import starling
from starling.engine.cli.error_group import ErrorGroup
from starling.engine.cli.stopping import OWN_PROCESS

BLAS_THREADS = "OPENBLAS_NUM_THREADS"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives, and the line that the list of commands shows."""

    module: str
    text: str


# The command is the module's attribute of the same name.
COMMANDS: dict[str, Entry] = {
    "engine": Entry("starling.engine.cli.engine", "Run the engine that plugins talk to."),
    "status": Entry("starling.engine.cli.engine", "Say what the running engine is doing."),
    "generate": Entry("starling.engine.cli.generate", "Make sounds that did not exist before."),
    "compose": Entry("starling.engine.cli.music.compose", "Write music for the chip of the NES."),
    "latents": Entry(
        "starling.engine.cli.music.latents", "Draw, edit and morph pieces by a VAE's latents."
    ),
    "sounds": Entry("starling.engine.cli.sounds", "Encode, vary and morph sounds."),
    "models": Entry("starling.engine.cli.generate", "List the models, of sounds and music."),
    "presets": Entry(
        "starling.engine.cli.presets.group", "Scan, search, audition and export presets."
    ),
    "render": Entry("starling.engine.cli.render", "Play a MIDI file into an audio file, offline."),
    "dataset": Entry(
        "starling.engine.cli.dataset.group", "Data sets: your sounds, or rendered presets."
    ),
    "train": Entry("starling.engine.cli.groups", "Train a model on your own sounds."),
    "evaluate": Entry("starling.engine.cli.groups", "Measure how good a model is."),
    "doctor": Entry(
        "starling.engine.cli.doctor", "Say what is installed, missing, and what mends it."
    ),
}


class LazyGroup(ErrorGroup):
    """A group that knows its commands by the table above and imports the one that is used."""

    def __call__(self, *args: object, **options: Any) -> object:
        """Run as all of a process, which commands can see; `main` runs within another program."""
        return super().__call__(*args, **{"obj": OWN_PROCESS, **options})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name].module)
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.text) for name, entry in COMMANDS.items()])


class _Callable(ModuleType):
    """The module, callable: scripts installed by version 0.1.0 import `main` from its package."""

    def __call__(self) -> object:
        return main()


sys.modules[__name__].__class__ = _Callable


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(starling.__version__, prog_name="starling")
def main() -> None:
    """A note plays a sound that never existed; a sound finds the presets nearest to it."""
    os.environ.setdefault(BLAS_THREADS, "1")  # before numpy is loaded: see models/dsp/products
    root = logging.getLogger()
    if not root.handlers:  # or Python would print what libraries log, such as of font caches
        root.addHandler(logging.NullHandler())
