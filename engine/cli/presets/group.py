"""`starling presets ...`: the library of all presets on the machine. No engine is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import json_option
from starling.engine.cli.output import progress, say_json, say_table
from starling.engine.cli.presets import folders as cli_folders
from starling.engine.cli.presets.match import match
from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.engine.server.preset_browser import Browser
    from starling.presets.library.database import Hit, Library

k_option = click.option(
    "-k", type=click.IntRange(1, 100), default=5, show_default=True, help="How many hits."
)
filter_option = click.option(
    "--filter", "words", default="", metavar="WORDS", help="E.g. `synth:amsynth tag:pad`."
)


@click.group()
def presets() -> None:
    """Scan, search, match, audition and export presets.

    The library holds the presets of the built-in synth, of amsynth and Dexed where they are
    installed, of the banks that you put into its folder `banks`, and of the folders that you add.
    """


presets.add_command(match)


presets.add_command(cli_folders.folders)
presets.add_command(cli_folders.watch)


def _browser() -> Browser:
    from starling.engine.server.preset_browser import Browser

    return Browser(folders().library)


@presets.command()
@click.option(
    "--synth", "synths", multiple=True, help="Only this synth: a name or a plugin's path."
)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes; left out, one for each core.")
@click.option("--retry", is_flag=True, help="Hear the presets in quarantine once more.")
@click.option(
    "--index",
    "tier",
    type=click.Choice(("auto", "exact", "ivf", "lance")),
    help="How searches find presets, from now on; left out, by their number.",
)
@click.option("--embedder", default="", help="What hears the presets, from now on; see the guide.")
@click.option("--weights", type=click.Path(path_type=Path), help="Of a pretrained embedder.")
@json_option
def scan(
    synths: tuple[str, ...],
    jobs: int | None,
    retry: bool,
    tier: str | None,
    embedder: str,
    weights: Path | None,
    as_json: bool,
) -> None:
    """Read, render and index new and changed presets.

    Ctrl-C loses nothing: the next scan goes on where this one stopped. Another embedder hears
    all presets again.
    """
    from starling.presets.scan.update import scan as run_scan
    from starling.presets.search.build_index import choose

    library = _library_heard_by(embedder, weights)
    if tier:
        choose(library, tier)
    with progress("Scanning") as report:
        found = run_scan(
            library, progress=report, synths=synths or None, jobs=jobs, retry_failed=retry
        )
    library.close()
    if as_json:
        failed = [{"name": name, "reason": reason} for name, reason in found.failed]
        remarks = [{"name": name, "remark": remark} for name, remark in found.remarks]
        say_json({"added": found.added, "kept": found.kept, "failed": failed, "remarks": remarks})
        return
    click.echo(f"{found.added} added, {found.kept} kept, {len(found.failed)} failed")
    if found.failed:
        say_table(("failed", "reason"), found.failed)
    if found.remarks:
        say_table(("read all the same", "remark"), found.remarks)


def _library_heard_by(name: str, weights: Path | None) -> Library:
    """The user's library; with a name, made anew for another embedder where it was not its own."""
    from starling.presets.features.embedders import find
    from starling.presets.library.database import Library
    from starling.presets.library.embedder_choice import remember

    if not name:
        if weights:
            raise click.UsageError("--weights needs --embedder NAME")
        return _browser().library
    embedder = find(name, weights)
    library = Library.open(folders().library, embedder, anew=True)
    remember(library, embedder)
    return library


@presets.command(name="list")
@click.argument("words", nargs=-1)
@click.option(
    "-k", type=click.IntRange(1, 100), default=20, show_default=True, help="How many at most."
)
@click.option("--quarantined", is_flag=True, help="Those that cannot be played, and why.")
@json_option
def list_presets(words: tuple[str, ...], k: int, quarantined: bool, as_json: bool) -> None:
    """List presets by words, tag:, synth:, bank:, author: and is:favourite.

    \b
    starling presets list brass
    starling presets list tag:pad synth:starling
    starling presets list is:favourite
    """
    browser = _browser()
    if quarantined:
        _say_quarantine(browser, as_json)
    else:
        _say_hits(browser.find(" ".join(words), k), as_json, scored=False)
    browser.close()


@presets.command()
@click.argument("file", type=click.Path(path_type=Path))
@k_option
@filter_option
@json_option
def search(file: Path, k: int, words: str, as_json: bool) -> None:
    """Find the presets that sound nearest to a sound file."""
    browser = _browser()
    with progress("Searching") as report:
        report(0.0, file.name)
        hits = browser.search(file, k, words)
    _say_hits(hits, as_json)
    browser.close()


@presets.command()
@click.argument("preset", type=int)
@k_option
@filter_option
@json_option
def similar(preset: int, k: int, words: str, as_json: bool) -> None:
    """Find the presets that sound nearest to a preset (its id)."""
    browser = _browser()
    _say_hits(browser.similar(preset, k, words), as_json)
    browser.close()


@presets.command()
@click.argument("preset", type=int)
@click.option("--off", is_flag=True, help="It is none any more.")
@json_option
def favourite(preset: int, off: bool, as_json: bool) -> None:
    """Mark a preset (its id) as a favourite; `presets list is:favourite` shows them.

    Scans keep the mark.
    """
    browser = _browser()
    browser.library.favourite(preset, not off)
    name = browser.library.preset(preset).name
    browser.close()
    if as_json:
        say_json({"preset": preset, "favourite": not off})
        return
    click.echo(f"{name} is {'no longer ' if off else ''}a favourite")


@presets.command()
@click.argument("preset", type=int)
@click.option("--note", type=click.IntRange(0, 127), default=60, show_default=True)
@click.option("--velocity", type=click.IntRange(1, 127), default=100, show_default=True)
@click.option("--seconds", type=click.FloatRange(0.1, 30), default=2.0, show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The .wav file; else preset-ID.wav."
)
@json_option
def audition(
    preset: int, note: int, velocity: int, seconds: float, output: Path | None, as_json: bool
) -> None:
    """Play one note of a preset into a WAV file."""
    from starling.engine.server.preset_browser import AUDITION_RATE
    from starling.engine.sounds import wav
    from starling.engine.sounds.store import write_whole
    from starling.engine.wire.failure_codes import translated

    browser = _browser()
    recipe, values = browser.audition_recipe(preset, note, velocity, seconds)
    path = output or Path(f"preset-{preset}.wav")
    with progress("Playing") as report:
        report(0.0, recipe.synth)
        audio = browser.play(recipe, values)
    browser.close()
    with translated():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, wav.encode(audio, AUDITION_RATE, root=note, recipe=recipe.json))
    say_json({"path": str(path), "sound": recipe.id}) if as_json else click.echo(str(path))


@presets.command()
@click.argument("preset", type=int)
@click.option(
    "-o",
    "--to",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Left out, the folder in which the synth looks for presets.",
)
@click.option(
    "--format",
    "key",
    default="",
    metavar="FORMAT",
    help="bank, fxp, vstpreset, syx, lv2, starling-preset or json, as far as the synth has it; "
    "left out, what it loads itself.",
)
@json_option
def export(preset: int, to: Path | None, key: str, as_json: bool) -> None:
    """Write a preset as a file that its synth loads, and say where.

    Nothing is ever overwritten: a second export of the same name gets a number.
    """
    browser = _browser()
    path = browser.export(preset, folders().exports, to, key)
    browser.close()
    say_json({"path": str(path)}) if as_json else click.echo(str(path))


def _say_hits(hits: Sequence[Hit], as_json: bool, *, scored: bool = True) -> None:
    from dataclasses import asdict

    if as_json:
        say_json([asdict(hit) for hit in hits])
        return
    columns = ("id", "name", "synth", "bank", "tags", "score")
    rows = [(h.preset, _title(h), h.synth, h.bank, ", ".join(h.tags), h.score) for h in hits]
    shown = len(columns) - (not scored)
    say_table(columns[:shown], [row[:shown] for row in rows])


def _title(hit: Hit) -> str:
    """The name, a star for a favourite, and how many presets sound the same."""
    copies = f" (+{hit.copies})" if hit.copies else ""
    return f"{hit.name}{' *' if hit.favourite else ''}{copies}"  # any terminal can show it


def _say_quarantine(browser: Browser, as_json: bool) -> None:
    found = browser.library.quarantined()
    if as_json:
        say_json([{"preset": p.id, "name": p.name, "reason": p.quarantine} for p in found])
        return
    say_table(
        ("id", "name", "bank", "reason"), [(p.id, p.name, p.bank, p.quarantine) for p in found]
    )
