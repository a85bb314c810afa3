"""`starling evaluate nes`: how well composers know scores that they have not seen, and go on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.options import CardPath, json_option, out_option
from starling.engine.cli.output import Report, progress, say_json, say_table
from starling.engine.cli.sound_sets import Scores
from starling.models.training.session import require_folder

if TYPE_CHECKING:
    from starling.models.artifacts.catalogue import ModelCard
    from starling.models.composer.comparison.continuations import Compared
    from starling.models.composer.comparison.likelihood import Named
    from starling.models.composer.songs import Songs

DRAWN = 3  # songs of the picture


@click.command("nes")
@click.option(
    "--data",
    type=Scores(),
    required=True,
    help="An npz of scores, such as a test split; of a folder its songs for tests.",
)
@click.option(
    "--model", "models", type=CardPath(), multiple=True, help="Card(s) or names; ours first."
)
@click.option(
    "--counts",
    type=Scores(),
    help="Songs (an npz or a folder) to count for what needs no network: notes, n-grams, and the "
    "count model.",
)
@click.option(
    "--memory",
    "memories",
    type=click.IntRange(1),
    multiple=True,
    help="Steps after which a composer forgets, to see what its memory is worth.",
)
@click.option(
    "--without-repeats", is_flag=True, help="Also hide from a composer what the song did before."
)
@click.option(
    "--statistics",
    type=click.IntRange(0, 1000),
    default=0,
    help="So many songs are continued, and compared with how they went on; 0: none.",
)
@out_option(
    "Folder for table.md, figures.json and, with --statistics, rolls.png.", check=require_folder
)
@json_option
def evaluate_nes(
    data: Path,
    models: tuple[Path, ...],
    counts: Path | None,
    memories: tuple[int, ...],
    without_repeats: bool,
    statistics: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Measure composers, and what they are compared with, on songs.

    Negative log-likelihood, for composers with the end of each song; musical statistics of
    continuations beside the songs' own, and piano rolls.

    \b
    starling evaluate nes --data test.npz --model tunes.json --counts scores
    starling evaluate nes --data scores --model tunes.json --model lstm.json --statistics 32 -o out
    """
    if not models and counts is None:
        raise click.UsageError("give --model CARD or --counts SONGS; --model may be given again")
    if statistics and not models:
        raise click.UsageError("--statistics is for --model: counts write nothing")
    from starling.models.artifacts import catalogue
    from starling.models.composer import data as scores
    from starling.models.composer.comparison import likelihood

    cards = {_label(path, models): catalogue.read(path) for path in models}
    with progress("Measuring") as bar:
        judge = _Judge(scores.test(data), memories, without_repeats, bar)
        if counts is not None:
            judge.count(counts)
        networks = {name: likelihood.load(card) for name, card in cards.items()}
        for at, (name, network) in enumerate(networks.items()):
            bar(at / len(networks), name)
            judge.measure(name, network)
        if statistics:
            judge.let_continue(cards, networks, statistics)
    written = _write(out, judge) if out else []
    if as_json:
        say_json(judge.named())
        return
    _say(judge)
    for path in written:
        click.echo(path)


def _label(path: Path, models: Sequence[Path]) -> str:
    """What a model is called in the tables: by its card, and by its folder where two are alike."""
    alike = sum(each.stem == path.stem for each in set(models)) > 1
    return str(path.with_suffix("")) if alike else path.stem


@dataclass
class _Judge:
    """Songs, and what is found on them."""

    songs: Songs
    memories: tuple[int, ...]
    without_repeats: bool
    bar: Report
    found: dict[str, Named] = field(default_factory=dict)
    compared: Compared | None = None

    def __post_init__(self) -> None:
        from starling.models.composer.batches import prepare
        from starling.models.composer.comparison.likelihood import Units

        self.units, self.prepared = Units.of(self.songs), prepare(self.songs)

    def _take(self, rows: Iterator[tuple[str, Named]]) -> None:
        for name, figures in rows:
            self.found[name] = self.units.named(figures)

    def count(self, path: Path) -> None:
        """What counting gives."""
        from starling.models.composer import data as scores
        from starling.models.composer.comparison import likelihood

        self.bar(0.0, "counts")
        self._take(likelihood.counted(scores.load(path), self.songs, self.prepared))

    def measure(self, name: str, network: Any) -> None:
        """A model's figures."""
        from starling.models.composer.comparison import likelihood

        how = self.memories, self.without_repeats
        self._take(likelihood.of_model(name, network, self.songs, self.prepared, *how))

    def let_continue(
        self, cards: dict[str, ModelCard], networks: dict[str, Any], count: int
    ) -> None:
        """What the models make of beginnings."""
        from starling.models.composer.comparison import continuations, likelihood

        writers = {name: likelihood.writer(cards[name], each) for name, each in networks.items()}
        self.compared = continuations.compare(self.songs, writers, count, self.bar)

    def named(self) -> dict[str, dict[str, Any]]:
        """For JSON, by model."""
        musical = self.compared.named() if self.compared else {}
        names = self.found | musical
        return {name: self.found.get(name, {}) | musical.get(name, {}) for name in names}


def _tables(judge: _Judge) -> Iterator[tuple[str, tuple[str, ...], list[list[str]]]]:
    """Title, heads and rows of each table."""
    from starling.models.composer.comparison import table

    yield "Nats of songs that were not seen", table.HEADS, table.nats(judge.found)
    if judge.compared is not None:
        count = len(judge.compared.songs)
        title = f"How {count} songs go on for 30 s after their first 10 s"
        yield title, table.STATISTICS, table.means(judge.compared)
        title = (
            "How far that is from the real ones: as sets, and each from its own song; all "
            "together, where 1 is as far as another song"
        )
        yield title, table.DISTANCES, table.distances(judge.compared)
        if len(judge.compared.distances) > 1:
            yield "How much nearer to the real ones", table.NEARER, table.nearer(judge.compared)


def _say(judge: _Judge) -> None:
    """Print the tables, and the models' other figures in a line each."""
    from starling.models.composer.comparison import table

    for at, (title, heads, rows) in enumerate(_tables(judge)):
        click.echo(f"\n{title}" if at else title)
        say_table(heads, rows)
        if not at:
            for line in table.others(judge.found):
                click.echo(line)


def _write(out: Path, judge: _Judge) -> list[Path]:
    """Tables, figures and the picture."""
    from starling.models.composer.comparison import rolls, table

    out.mkdir(parents=True, exist_ok=True)
    written = [out / "table.md", out / "figures.json"]
    parts = [
        f"{title}:\n\n{table.markdown(heads, rows)}\n" for title, heads, rows in _tables(judge)
    ]
    parts += [f"{line}\n" for line in table.others(judge.found)]
    written[0].write_text("\n".join(parts), encoding="utf-8")
    written[1].write_text(json.dumps(judge.named(), indent=1) + "\n", encoding="utf-8")
    if (compared := judge.compared) is not None:
        songs = list(zip(compared.songs.names, compared.songs, strict=True))[:DRAWN]
        made = {name: each[:DRAWN] for name, each in compared.written.items()}
        written.append(rolls.of_songs(out / "rolls.png", songs, made))
    return written
