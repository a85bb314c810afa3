"""`starling engine` and `starling status`."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack, suppress

import click

from starling.engine.cli.options import json_option
from starling.engine.cli.output import say_json
from starling.engine.config import folders

SWITCH_S = 0.001  # how long a thread keeps Python's lock: a held sound is answered within 10 ms
IDLE_MINUTES = 15.0
MIB = 1024**2


@click.command()
@click.option(
    "--idle-minutes",
    type=click.FloatRange(min=0),
    default=IDLE_MINUTES,
    show_default=True,
    help="Leave when no plugin has been there for so long; 0: never. With --midi: never.",
)
@click.option(
    "--budget",
    type=click.IntRange(min=1),
    default=2048,
    show_default=True,
    help="Size of the sound store in MiB.",
)
@click.option("--midi", metavar="PORT", help="Make the sounds of a MIDI input's notes in advance.")
@click.option("--verbose", is_flag=True, help="Print the log to stderr as well.")
def engine(idle_minutes: float, budget: int, midi: str | None, verbose: bool) -> None:
    """Run the engine that plugins talk to.

    Plugins start it by themselves. One engine serves all plugins of a user; a second one says so
    and leaves. Ctrl-C ends it.
    """
    from starling.engine import log
    from starling.engine.server.engine import EngineOptions, open_engine
    from starling.engine.server.midi_input import MidiInput, open_port
    from starling.models.artifacts.catalogue import catalogue

    home = folders()
    sys.setswitchinterval(SWITCH_S)
    with ExitStack() as stack:
        port = open_port(midi) if midi else None
        idle_s = 0.0 if midi else idle_minutes * 60
        options = EngineOptions(idle_s=idle_s, budget_bytes=budget * MIB)
        running = open_engine(home, lambda: catalogue(home.models), options=options)
        if running is None:
            click.echo(_already_running())
            return
        stack.callback(log.close_log, log.open_log(home.logs, log.FILE, console=verbose))
        stack.callback(running.close)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: running.leave())
        if port is not None:
            first = next(iter(running.parts.generators.one_shots))
            stack.callback(
                MidiInput(port, lambda key: running.background.prefetch(first, key)).close
            )
        running.start()
        with suppress(OSError):  # whoever started us may not be listening
            click.echo(f"engine running: port {running.runtime.port}, pid {running.runtime.pid}")
        log.event("engine leaves", why=running.wait())


def _already_running() -> str:
    from starling.engine.wire import instance_file
    from starling.models.errors import StarlingError

    try:
        found = instance_file.read(folders().run)
    except StarlingError:
        return (
            f"already running: another engine is just starting, or it serves {folders().data} "
            "from a session with another XDG_RUNTIME_DIR"
        )
    return f"already running (pid {found.pid}, port {found.port})"


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Say what the running engine is doing."""
    from starling.engine.wire.client import connect

    with connect(name="starling status") as client:
        found = client.request("status")
        uptime = client.request("ping")["uptime"]
        if as_json:
            say_json({**found, "uptime": uptime, "version": client.welcome["version"]})
        else:
            click.echo(
                f"engine {client.welcome['version']}, up {float(uptime):.0f} s: {found['text']}"
            )
