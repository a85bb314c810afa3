"""`starling presets folders` and `watch`: the user's own preset folders. No engine is needed."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import click

from starling.engine.cli.options import PATH, json_option
from starling.engine.cli.output import say_json
from starling.engine.config import folders as home

folder_argument = click.argument("folder", type=PATH)


@click.group()
def folders() -> None:
    """Your own folders with preset files, which every scan covers.

    A running engine looks at them every few seconds and scans what is new by itself.
    """


@folders.command()
@folder_argument
def add(folder: Path) -> None:
    """Add a folder; its subfolders belong to it."""
    from starling.presets.scan.watched_folders import add_folder

    click.echo(f"{add_folder(home().library, folder)} is watched")


@folders.command()
@folder_argument
def remove(folder: Path) -> None:
    """Watch a folder no more. Its presets stay in the library while its files are there."""
    from starling.presets.scan.watched_folders import remove_folder

    click.echo(f"{remove_folder(home().library, folder)} is watched no more")


@folders.command(name="list")
@json_option
def list_folders(as_json: bool) -> None:
    """List the folders, the library's own first."""
    from starling.presets.scan.watched_folders import USER_BANKS, watched_folders

    library = home().library
    listed = [library / USER_BANKS, *watched_folders(library)]
    if as_json:
        say_json([{"folder": str(path), "there": path.is_dir()} for path in listed])
        return
    for path in listed:
        click.echo(str(path) if path.is_dir() else f"{path} (not there now)")


@click.command()
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--scans", type=click.IntRange(min=1), help="Leave after so many scans.")
def watch(every: float, scans: int | None) -> None:
    """Look at your preset folders and scan what is new or changed, until Ctrl-C.

    A running engine does the same in the background.
    """
    from starling.presets.library.database import LibraryDatabase
    from starling.presets.scan.update import scan
    from starling.presets.scan.watched_folders import Watcher

    with closing(LibraryDatabase.open(home().library)) as library:
        watcher = Watcher(library)
        done = 0
        while done != scans:
            if watcher.due():
                found = scan(library, synths=(), jobs=1)
                done += 1
                click.echo(f"{found.added} added, {len(found.failed)} failed")
                for name, reason in (*found.failed, *found.remarks):
                    click.echo(f"  {name}: {reason}")
            if done != scans:
                time.sleep(every)
