"""`starling presets list`, `search` and `similar`: presets by words, by a sound, by a preset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from starling.engine.cli.options import PATH, filter_option, hits_option, json_option
from starling.engine.cli.output import progress, say, say_json, say_table
from starling.engine.cli.presets.open_library import opened_browser

SHIFT = "shift_"  # as `presets/search/options` has it; its module takes time to load
Command = TypeVar("Command", bound=Callable[..., Any])

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
            hits = browser.library.find(text, k)
            _show_hits(hits, as_json, scored=False)
            if not as_json:
                say(_count(len(hits), browser.library.matching_count(text), "presets"))


def _pairs(texts: Sequence[str], prefix: str = "") -> list[tuple[str, float]]:
    """Options from NAME=VALUE. Raises a usage error."""
    pairs = []
    for text in texts:
        name, _, value = text.partition("=")
        try:
            pairs.append((prefix + name.strip(), float(value)))
        except ValueError:
            raise click.UsageError(f"{text!r} is not NAME=VALUE, e.g. brightness=1") from None
    return pairs


def aspect_options(command: Command) -> Command:
    """`--words`, `--weight`, `--shift` and `--family` of a search by sound."""
    options = (
        click.option(
            "--words",
            "said",
            default="",
            metavar="TEXT",
            help='What it is like: "warm analog brass", "darker".',
        ),
        click.option(
            "--weight",
            "weights",
            multiple=True,
            metavar="NAME=0..1",
            help="How much timbre, pitch, envelope, brightness or noisiness counts.",
        ),
        click.option(
            "--shift",
            "shifts",
            multiple=True,
            metavar="NAME=-3..3",
            help="Look for less or more of an aspect: brightness=-1 is darker.",
        ),
        click.option(
            "--family",
            type=click.FloatRange(0, 1),
            help="How much the family of instruments counts within timbre.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("file", type=PATH, required=False)
@hits_option()
@filter_option
@aspect_options
@click.option("--from", "start", type=click.FloatRange(0), help="Seconds: where its sound is.")
@click.option("--to", "end", type=click.FloatRange(0), help="Seconds: where that ends.")
@json_option
def search(
    file: Path | None,
    k: int,
    words: str,
    said: str,
    weights: tuple[str, ...],
    shifts: tuple[str, ...],
    family: float | None,
    start: float | None,
    end: float | None,
    as_json: bool,
) -> None:
    """Find the presets nearest to a sound file, to words, or to both.

    \b
    starling presets search trumpet.wav
    starling presets search --words "warm analog brass"
    starling presets search pad.wav --words darker --from 1.5 --to 4
    starling presets search kick.wav --weight envelope=1 --weight timbre=0.3
    """
    if file is None and not said.strip():
        raise click.UsageError('say what to search for: a sound file, or --words "warm brass"')
    options = [*_pairs(weights), *_pairs(shifts, SHIFT)]
    parts = (("family", family), ("from", start), ("to", end))
    options += [(name, value) for name, value in parts if value is not None]
    with opened_browser() as browser, progress("Searching") as report:
        report(0.0, file.name if file else said)
        found = browser.search(file, k, words, said, options)
        among = browser.library.matching_count(words)
    _show_hits(found.hits, as_json)
    if not as_json:
        if file:
            notes = f", {found.windows} parts of it" if found.windows > 1 else ""
            say(f"compared with {found.start:.2f} to {found.end:.2f} s of {file.name}{notes}")
        say(_count(len(found.hits), among, "presets, the nearest in sound"))


@click.command()
@click.argument("preset", type=int)
@hits_option()
@filter_option
@aspect_options
@json_option
def similar(
    preset: int,
    k: int,
    words: str,
    said: str,
    weights: tuple[str, ...],
    shifts: tuple[str, ...],
    family: float | None,
    as_json: bool,
) -> None:
    """Find the presets that sound nearest to a preset (its id)."""
    options = [*_pairs(weights), *_pairs(shifts, SHIFT)]
    options += [] if family is None else [("family", family)]
    with opened_browser() as browser:
        hits = browser.similar(preset, k, words, said, options)
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

    from starling.presets.features.aspects import NAMES
    from starling.presets.library.preset import relation_of

    if as_json:
        say_json(
            [
                {**asdict(h), "relation": relation_of(h.score) if h.aspects else ""}
                | {"aspects": dict(zip(NAMES, h.aspects, strict=False))}
                for h in hits
            ]
        )
        return
    columns = ("id", "name", "synth", "bank", "tags", "score", "")
    rows = [
        (h.preset, _title(h), h.synth, h.bank, ", ".join(h.tags), h.score, relation_of(h.score))
        for h in hits
    ]
    shown = len(columns) - 2 * (not scored)
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
