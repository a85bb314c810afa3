"""`starling dataset import`: a folder of sound files, or of scores, as a data set."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.dataset.about import show_about
from starling.engine.cli.options import PATH, gathered, jobs_option, json_option
from starling.engine.cli.output import progress, say_json
from starling.engine.cli.stopping import stoppable
from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.models.datasets.discover import ClassBy
    from starling.models.datasets.import_records import ImportRequest, Kind, Near

KEPT = "the same command goes on with what is missing"  # of an import that is stopped


@dataclass(frozen=True, slots=True)
class Way:
    """What `--as` means for the other options."""

    rate: int = 44_100  # hertz, where none is given
    threads: int = 256  # at most
    resumes: bool = True  # an import that was stopped
    not_for: Mapping[str, str] = field(default_factory=dict)  # options without effect, and why


WAYS = {
    "oneshots": Way(
        not_for={"--drums": "it adds drums to scores", "--tune": "it is for albums of notes"}
    ),
    "album": Way(
        rate=16_000,
        threads=4,  # each has a whole recording in memory
        not_for={
            "--seconds": "recordings keep their length",
            "--near": "only exact copies are found, and left out",
            "--drums": "it adds drums to scores",
        },
    ),
    "nes": Way(
        resumes=False,
        not_for={
            "--rate": "scores have 24 frames a second",
            "--seconds": "songs keep their length",
            "--near": "only exact copies are found, and left out",
            "--tune": "songs keep their keys",
            "--jobs": "files are read one after the other",
        },
    ),
}


@dataclass(frozen=True, slots=True)
class SetOptions:
    """What every data set has: its name, its classes, whose it is."""

    name: str
    class_by: ClassBy
    licence: str
    attribution: str


@dataclass(frozen=True, slots=True)
class FileOptions:
    """What is done with the files; None, no drums, no pitch class: as usual."""

    rate: int | None
    seconds: float | None
    near: Near | None
    drums: str
    tune: str
    jobs: int | None

    def check(self, kind: Kind) -> None:
        """Raise UsageError for an option that is not for this kind."""
        given = {f"--{name}": getattr(self, name) for name in self.__dataclass_fields__}
        for option, why in WAYS[kind].not_for.items():
            if given[option] not in (None, ""):
                raise click.UsageError(f"{option} is not for --as {kind}: {why}")

    def threads(self, kind: Kind) -> int:
        """How many files are read at once."""
        return self.jobs or min(os.cpu_count() or 1, WAYS[kind].threads)


def _pitch_class(_: click.Context, option: click.Parameter, given: str) -> str:
    """A pitch class as the tables have it: C, Cs; C# too. Raises BadParameter."""
    from starling.models.datasets.albums.tuning import PITCH_CLASSES

    wanted = given.strip().capitalize().replace("#", "s")
    if wanted and wanted not in PITCH_CLASSES:
        raise click.BadParameter(f"{given!r} is none of {', '.join(PITCH_CLASSES)}", param=option)
    return wanted


_set_options = gathered(
    "about",
    SetOptions,
    click.option("--name", default="", help="Of the data set; the folder's, if not given."),
    click.option(
        "--class-by",
        type=click.Choice(["folder", "parent", "none"]),
        default="folder",
        show_default=True,
        help="A class for each folder below FOLDER, for each file's own folder, or one for all.",
    ),
    click.option("--licence", default="", help="Of the sounds, for the cards of models."),
    click.option("--attribution", default="", help="Whom to name as their author."),
)
_file_options = gathered(
    "files",
    FileOptions,
    click.option("--rate", type=int, help="Hertz.  [default: 44100, of an album 16000]"),
    click.option(
        "--seconds",
        type=float,
        help="Longer sounds are cut and faded; not of albums.  [default: 2.0]",
    ),
    click.option(
        "--near",
        type=click.Choice(["keep", "drop"]),
        help="Nearly equal sounds of a class: keep in one split, or keep the first only; not of "
        "albums.  [default: keep]",
    ),
    click.option(
        "--drums",
        default="",
        metavar="CLASS",
        help="Of scores: a class of drum files; half of the songs without drums get one of them.",
    ),
    click.option(
        "--tune",
        default="",
        metavar="NOTE",
        callback=_pitch_class,
        help="Of an album of notes, named by them (cello_As2.flac): all are resampled to the "
        "nearest NOTE (C, Cs, ... B). The keys play a texture in tune if it is C.",
    ),
    jobs_option("Threads", 256),
)


@click.command("import")
@click.argument("folder", type=PATH)
@click.option(
    "--as",
    "kind",
    type=click.Choice(list(WAYS)),
    default="oneshots",
    show_default=True,
    help="Short sounds for `train oneshot`, long recordings for `train samplernn`, or scores "
    "(MIDI, VGM, NES-MDB) for `train nes`.",
)
@_set_options
@_file_options
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and keep nothing.")
@json_option
def import_sounds(
    folder: Path,
    kind: Kind,
    about: SetOptions,
    files: FileOptions,
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
    files.check(kind)
    request = _request(folder, kind, about, files)
    kept = KEPT if WAYS[kind].resumes and not dry_run else "nothing is kept"
    with stoppable(kept), _home(dry_run) as home, progress("Importing") as report:
        place, found = _run(request, Path(home), files, report)
    shown = None if dry_run else place
    if as_json:
        say_json({"path": shown, "dry_run": dry_run, **found})
        return
    show_about(found, shown)


def _request(folder: Path, kind: Kind, about: SetOptions, files: FileOptions) -> ImportRequest:
    """The request, with what is usual of its kind for what was not given."""
    from starling.models.datasets.import_records import ImportRequest

    return ImportRequest(
        folder,
        about.name,
        WAYS[kind].rate if files.rate is None else files.rate,
        2.0 if files.seconds is None else files.seconds,
        about.class_by,
        files.near or "keep",
        about.licence,
        about.attribution,
        kind,
        files.tune,
    )


def _home(dry_run: bool) -> AbstractContextManager[str]:
    """Where the data set is made; after a dry run it goes."""
    return tempfile.TemporaryDirectory() if dry_run else nullcontext(str(folders().sounds))


def _run(
    request: ImportRequest,
    home: Path,
    files: FileOptions,
    report: Callable[[float, str], None],
) -> tuple[Path, dict[str, Any]]:
    """Import sounds or scores into `home`; the data set's folder and its dataset.json."""
    if request.kind == "nes":
        from starling.models.nes.datasets import importing

        return importing.run(request, home, report, files.drums)
    from starling.models.datasets.importer import run

    return run(request, home, files.threads(request.kind), report)
