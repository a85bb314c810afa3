"""`starling presets folders` and `watch`: the user's own preset folders. No engine is needed."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import click

from starling.engine.cli.options import PATH, json_option
from starling.engine.cli.output import say, say_json
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

    say(f"{add_folder(home().library, folder)} is watched")


@folders.command()
@folder_argument
def remove(folder: Path) -> None:
    """Watch a folder no more. Its presets leave the library; its files stay as they are."""
    from starling.presets.library.database import LibraryDatabase
    from starling.presets.library.sources import forget_folder
    from starling.presets.scan.watched_folders import USER_BANKS, remove_folder, watched_folders

    place = home().library
    with closing(LibraryDatabase.open(place)) as library:
        path = remove_folder(place, folder)
        count = forget_folder(library, path, [place / USER_BANKS, *watched_folders(place)])
    say(f"{path} is watched no more; {count} presets left the library")


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
        say(str(path) if path.is_dir() else f"{path} (not there now)")


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
    from starling.presets.library.mending import mend
    from starling.presets.scan.report import grouped
    from starling.presets.scan.update import scan
    from starling.presets.scan.watched_folders import Watcher

    told = mend(home().library)
    if told:
        say(told)
    with closing(LibraryDatabase.open(home().library)) as library:
        watcher = Watcher(library)
        done = 0
        while done != scans:
            if watcher.due():
                found = scan(library, synths=(), jobs=1)
                done += 1
                say(f"{found.added} added, {len(found.failed)} failed")
                for group in grouped([*found.failed, *found.remarks]):
                    others = f" (and {group.count - 1} more like this)" if group.count > 1 else ""
                    say(f"  {group.name}: {group.reason}{others}")
            if done != scans:
                time.sleep(every)
