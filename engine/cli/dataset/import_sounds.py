"""`starling dataset import`: a folder of sound files, or of scores, as a data set."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.options import PATH, jobs_option, json_option
from starling.engine.cli.output import progress, say_json, say_table
from starling.engine.cli.stopping import stoppable
from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.models.datasets.discover import ClassBy
    from starling.models.datasets.import_records import ImportRequest, Kind, Near

RATE, ALBUM_RATE = 44_100, 16_000
ALBUM_THREADS = 4  # each has a whole recording in memory
NOT_FOR: dict[str, dict[str, str]] = {
    "oneshots": {},
    "album": {
        "--seconds": "recordings keep their length",
        "--near": "only exact copies are found, and left out",
    },
    "nes": {
        "--rate": "scores have 24 frames a second",
        "--seconds": "songs keep their length",
        "--near": "only exact copies are found, and left out",
        "--jobs": "files are read one after the other",
    },
}
NOUNS = {"album": "recording", "nes": "score"}
SHOWN = 10  # refusals and the like on the terminal; report.md has all


@click.command("import")
@click.argument("folder", type=PATH)
@click.option(
    "--as",
    "kind",
    type=click.Choice(["oneshots", "album", "nes"]),
    default="oneshots",
    show_default=True,
    help="Short sounds for `train oneshot`, long recordings for `train samplernn`, or scores "
    "(MIDI, VGM, NES-MDB) for `train nes`.",
)
@click.option("--name", default="", help="Of the data set; the folder's, if not given.")
@click.option("--rate", type=int, help="Hertz.  [default: 44100, of an album 16000]")
@click.option(
    "--seconds", type=float, help="Longer sounds are cut and faded; not of albums.  [default: 2.0]"
)
@click.option(
    "--class-by",
    type=click.Choice(["folder", "parent", "none"]),
    default="folder",
    show_default=True,
    help="A class for each folder below FOLDER, for each file's own folder, or one for all.",
)
@click.option(
    "--near",
    type=click.Choice(["keep", "drop"]),
    help="Nearly equal sounds of a class: keep in one split, or keep the first only; not of albums."
    "  [default: keep]",
)
@click.option("--licence", default="", help="Of the sounds, for the cards of models.")
@click.option("--attribution", default="", help="Whom to name as their author.")
@click.option(
    "--drums",
    default="",
    metavar="CLASS",
    help="Of scores: a class of drum files; half of the songs without drums get one of them.",
)
@jobs_option("Threads", 256)
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and keep nothing.")
@json_option
def import_sounds(
    folder: Path,
    kind: Kind,
    name: str,
    rate: int | None,
    seconds: float | None,
    class_by: ClassBy,
    near: Near | None,
    licence: str,
    attribution: str,
    drums: str,
    jobs: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a data set of the sound files below FOLDER, of any format, rate and width.

    Each becomes mono, trimmed, free of DC, as loud as the others. What is refused is reported with
    the reason; copies of a sound are left out. Ctrl-C loses nothing: the same command goes on.

    The recordings of an album keep their length and their loudness to each other. Scores are
    arranged for the four voices of the NES; where FOLDER has a table files.csv with the columns
    file, licence and attribution, it says whose they are.

    \b
    starling dataset import ~/Samples/Kicks
    starling dataset import ~/Samples --name mine --licence CC0-1.0
    starling dataset import --as album ~/Music/Rain
    starling dataset import --as nes ~/Music/MIDI
    """
    import tempfile

    from starling.models.datasets.import_records import ImportRequest

    album = kind == "album"
    given = {"--rate": rate, "--seconds": seconds, "--near": near, "--jobs": jobs}
    for option, value in given.items():
        if value is not None and option in NOT_FOR[kind]:
            raise click.UsageError(f"{option} is not for --as {kind}: {NOT_FOR[kind][option]}")
    if drums and kind != "nes":
        raise click.UsageError(f"--drums is not for --as {kind}: it adds drums to scores")
    order = ImportRequest(
        folder,
        name,
        (ALBUM_RATE if album else RATE) if rate is None else rate,
        2.0 if seconds is None else seconds,
        class_by,
        near or "keep",
        licence,
        attribution,
        kind,
    )
    resumes = not dry_run and kind != "nes"
    kept = "the same command goes on with what is missing" if resumes else "nothing is kept"
    threads = jobs or min(os.cpu_count() or 1, ALBUM_THREADS if album else 256)
    with (
        stoppable(kept),
        tempfile.TemporaryDirectory() as temporary,
        progress("Importing") as report,
    ):
        home = Path(temporary) if dry_run else folders().sounds
        place, about = _run(order, home, threads, drums, report)
    shown = None if dry_run else place
    if as_json:
        say_json({"path": shown, "dry_run": dry_run, **about})
        return
    show_about(about, shown)


def _run(
    order: ImportRequest,
    home: Path,
    threads: int,
    drums: str,
    report: Callable[[float, str], None],
) -> tuple[Path, dict[str, Any]]:
    """Import sounds or scores into `home`; the data set's folder and its dataset.json."""
    if order.kind == "nes":
        from starling.models.nes.datasets import importing

        return importing.run(order, home, report, drums)
    from starling.models.datasets.importer import run

    return run(order, home, threads, report)


def show_about(about: dict[str, Any], place: Path | None) -> None:
    """Print a data set: its classes, then what was refused, left out, cut or passed over."""
    refused = Counter(each.get("class", "") for each in about["refused"])
    labels = [*about["classes"], *(label for label in refused if label not in about["classes"])]
    none = {"sounds": 0, "seconds": 0.0}
    rows = []
    for label in labels:
        one = about["classes"].get(label, none)
        rows.append((label or "-", one["sounds"], round(one["seconds"], 1), refused[label]))
    noun = NOUNS.get(about.get("as", ""), "sound")
    say_table(("class", "scores" if noun == "score" else "sounds", "seconds", "refused"), rows)
    _show_some("refused", [f"{each['file']}: {each['reason']}" for each in about["refused"]])
    _show_some("left out", [f"{each['file']} is {each['of']}" for each in about["duplicates"]])
    if about.get("as") == "album":
        _show_album(about)
    elif about.get("as") == "nes":
        _show_scores(about)
    else:
        _show_oneshots(about)
    if about["ignored"]:
        others = ", ".join(f"{count} {suffix}" for suffix, count in about["ignored"].items())
        click.echo(f"passed over: {others}")
    for sentence in about["warnings"]:
        click.echo(f"warning: {sentence}")
    where = f"{about['name']}: {place}" if place else f"{about['name']}: dry run, nothing is kept"
    count = len(about["sounds"])
    click.echo(f"{count} {noun}{'s' if count != 1 else ''} in the data set {where}")


def _show_oneshots(about: dict[str, Any]) -> None:
    """Print what was cut, what is nearly the same, and what is in two classes."""
    cut = sum(each.get("cut", False) for each in about["sounds"])
    if cut:
        click.echo(f"{cut} were longer than {about['seconds']:g} s and are cut there")
    near = len(about["near_duplicates"])
    if near:
        click.echo(f"{near} pairs are nearly the same and share a split")
    conflicts = [f"{e['file']} ({' or '.join(e['classes'])})" for e in about["conflicts"]]
    _show_some("in two classes", conflicts)


def _show_album(about: dict[str, Any]) -> None:
    """Print what is too short or silent, and what training makes of the rest."""
    _show_some("not learned from", about["left_out"])
    click.echo(
        f"{about['minutes']:.1f} minutes at {about['rate']} Hz, {about['training_chunks']} chunks "
        f"of {about['chunk_seconds']:g} s to learn from, {about['validation_chunks']} to validate; "
        f"classes: {', '.join(about['labels'])}; gain {about['gain_db']:+.1f} dB"
    )


def _show_scores(about: dict[str, Any]) -> None:
    """Print what the four voices have no place for."""
    less = [f"{e['name']}: {'; '.join(e['left_out'])}" for e in about["sounds"] if e["left_out"]]
    _show_some("arranged with less than all", less)
    hours = sum(one["seconds"] for one in about["classes"].values()) / 3600
    click.echo(f"{hours:.1f} hours at {about['rate']} frames a second")


def _show_some(title: str, lines: list[str]) -> None:
    """Print the first few lines under a title."""
    if lines:
        click.echo(f"{title}: {len(lines)}")
    for line in lines[:SHOWN]:
        click.echo(f"  {line}")
    if len(lines) > SHOWN:
        click.echo(f"  and {len(lines) - SHOWN} more; report.md has all")
