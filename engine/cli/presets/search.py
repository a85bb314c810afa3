"""`starling presets list`, `search` and `similar`: presets by words, by a sound, by a preset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from starling.engine.cli.options import PATH, filter_option, hits_option, json_option
from starling.engine.cli.output import progress, say, say_json, say_table
from starling.engine.cli.presets.open_library import opened_browser

if TYPE_CHECKING:
    from starling.engine.server.preset_browser import Browser
    from starling.presets.library.database import SearchHit


@click.command(name="list")
@click.argument("words", nargs=-1)
@hits_option(20, "How many at most.")
@click.option("--quarantined", is_flag=True, help="Those that cannot be played, and why.")
@json_option
def list_presets(words: tuple[str, ...], k: int, quarantined: bool, as_json: bool) -> None:
    """List presets by words, tag:, synth:, bank:, author: and is:favourite.

    \b
    starling presets list brass
    starling presets list tag:pad synth:starling
    starling presets list is:favourite
    """
    with opened_browser() as browser:
        if quarantined:
            _show_quarantine(browser, as_json)
        else:
            text = " ".join(words)
            hits = browser.find(text, k)
            _show_hits(hits, as_json, scored=False)
            if not as_json:
                say(_count(len(hits), browser.library.matching_count(text), "presets"))


@click.command()
@click.argument("file", type=PATH)
@hits_option()
@filter_option
@json_option
def search(file: Path, k: int, words: str, as_json: bool) -> None:
    """Find the presets that sound nearest to a sound file."""
    with opened_browser() as browser, progress("Searching") as report:
        report(0.0, file.name)
        hits = browser.search(file, k, words)
        among = browser.library.matching_count(words)
    _show_hits(hits, as_json)
    if not as_json:
        say(_count(len(hits), among, "presets, the nearest in sound"))


@click.command()
@click.argument("preset", type=int)
@hits_option()
@filter_option
@json_option
def similar(preset: int, k: int, words: str, as_json: bool) -> None:
    """Find the presets that sound nearest to a preset (its id)."""
    with opened_browser() as browser:
        hits = browser.similar(preset, k, words)
        among = browser.library.matching_count(words)
    _show_hits(hits, as_json)
    if not as_json:
        say(_count(len(hits), among, "presets, the nearest in sound"))


def _count(shown: int, found: int, what: str) -> str:
    """How many there are in all, and how to see more."""
    if shown >= found:
        return f"{found:,} {what}"
    return f"{shown:,} of {found:,} {what}; -k shows more, at most 100"


def _show_hits(hits: Sequence[SearchHit], as_json: bool, *, scored: bool = True) -> None:
    from dataclasses import asdict

    if as_json:
        say_json([asdict(hit) for hit in hits])
        return
    columns = ("id", "name", "synth", "bank", "tags", "score")
    rows = [(h.preset, _title(h), h.synth, h.bank, ", ".join(h.tags), h.score) for h in hits]
    shown = len(columns) - (not scored)
    say_table(columns[:shown], [row[:shown] for row in rows])


def _title(hit: SearchHit) -> str:
    """The name, a star for a favourite, and how many presets sound the same."""
    copies = f" (+{hit.copies})" if hit.copies else ""
    return f"{hit.name}{' *' if hit.favourite else ''}{copies}"  # any terminal can show it


def _show_quarantine(browser: Browser, as_json: bool) -> None:
    found = browser.library.quarantined()
    if as_json:
        say_json([{"preset": p.id, "name": p.name, "reason": p.quarantine} for p in found])
        return
    say_table(
        ("id", "name", "bank", "reason"), [(p.id, p.name, p.bank, p.quarantine) for p in found]
    )
