"""`starling evaluate samplernn`: textures beside their source, by models/evaluation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from starling.engine.cli.options import PATH, json_option, out_option, seed_option
from starling.engine.cli.output import Report, progress, say_json, say_table
from starling.engine.cli.sound_sets import SoundFolder
from starling.engine.config import folders
from starling.models.samplernn.take import KIND, MIX

if TYPE_CHECKING:
    from starling.models.artifacts.catalogue import ModelCard, Player
    from starling.models.datasets.album import Album
    from starling.models.dsp.signal import Array
    from starling.models.evaluation.texture_figures import Embed
    from starling.models.evaluation.texture_report import Row

SOURCE_SECONDS = 300.0  # of the source that are looked at, spread over all of it


@click.command("samplernn")
@click.option(
    "--data", type=SoundFolder(), required=True, help="The source: a folder, or an album's name."
)
@click.option(
    "--model", "--card", "models", type=PATH, multiple=True, help="Card(s), or names of models."
)
@click.option("--sound", "sounds", type=PATH, multiple=True, help="Sound file(s) to judge instead.")
@click.option(
    "--seconds",
    type=click.FloatRange(4, 600),
    default=60.0,
    show_default=True,
    help="Of each texture, all takes together.",
)
@click.option(
    "--takes",
    type=click.IntRange(1, 100),
    default=8,
    show_default=True,
    help="Of as many seeds: one take may stay with one sound of the source.",
)
@seed_option
@out_option("Folder for table.md, figures.json, spectrograms.png and the textures.")
@click.option("--write", is_flag=True, help="Store each model's figures in its card.")
@json_option
def evaluate_samplernn(
    data: Path,
    models: tuple[Path, ...],
    sounds: tuple[Path, ...],
    seconds: float,
    takes: int,
    seed: int,
    out: Path | None,
    write: bool,
    as_json: bool,
) -> None:
    """Judge textures by their source, and the source's halves by each other.

    Log-mel statistics, Fréchet distance in the timbre embedding, spectral flatness, modulation
    spectrum. A model of several classes is judged class by class.
    """
    from starling.models.evaluation import texture_report

    if not models and not sounds:
        raise click.UsageError("give --model CARD or --sound FILE; both may be given again")
    if write and not models:
        raise click.UsageError("--write is for --model: a sound file has no card")
    with progress("Evaluating") as report:
        judged = _Judge(data, seconds, takes, seed, report)
        found = {path: list(judged.model(path)) for path in map(_card, models)}
        rows = [*(row for each in found.values() for row in each), *judged.files(sounds)]
    if write:
        _store(found)
    written = _write(out, rows) if out else []
    if as_json:
        say_json(texture_report.to_json(rows))
        return
    say_table(texture_report.heads(rows), texture_report.lines(rows))
    click.echo("\n".join([*texture_report.NOTES, *map(str, written)]))


def _card(word: Path) -> Path:
    """The card that an argument names: a file, or a model that is installed."""
    from starling.models.artifacts.catalogue import catalogue

    installed = {} if word.is_file() else catalogue(folders().models)
    return installed[str(word)].path if str(word) in installed else word


class _Judge:
    """The source of textures at any rate, and what judges them by it."""

    def __init__(self, data: Path, seconds: float, takes: int, seed: int, report: Report) -> None:
        from starling.models.evaluation.features import embedder

        self.data, self.seconds, self.takes, self.seed = data, seconds, takes, seed
        self.report = report
        self.embed: Embed = embedder()
        self.albums: dict[int, Album] = {}

    def album(self, sample_rate: int) -> Album:
        """The source at a rate."""
        from starling.models.datasets import album

        if sample_rate not in self.albums:
            self.albums[sample_rate] = album.load(
                self.data, sample_rate, progress=lambda done: self.report(done / 4, "source")
            )
        return self.albums[sample_rate]

    def model(self, path: Path) -> Iterator[Row]:
        """A texture of each class that the model and the source have, or of all."""
        from starling.models.artifacts import catalogue
        from starling.models.errors import InputError

        card = catalogue.read(path)
        if card.kind != KIND:
            raise InputError(f"{card.name} is of kind {card.kind}, not {KIND}")
        player, source = catalogue.load_generator(card), self.album(card.sample_rate)
        mixes = [each.name for each in card.controls if each.name.startswith(MIX)]
        labels = [label for label in source.labels if f"{MIX}{label}" in mixes] if mixes else [""]
        if not labels:
            own = ", ".join(name.removeprefix(MIX) for name in mixes)
            raise InputError(
                f"{card.name} has the classes {own} and {source.name} has "
                f"{', '.join(source.labels)}: none in common"
            )
        for label in labels:
            mix = {name: float(name == f"{MIX}{label}") for name in mixes}
            self.report(0.5, f"{card.name} {label}".strip())
            made = textures(player, card, self.seed, self.seconds, self.takes, mix)
            name = f"{card.name}: {label}" if label else card.name
            yield self.row(name, _of(source, label), made, card.sample_rate)

    def files(self, paths: Sequence[Path]) -> Iterator[Row]:
        """Sound files by the whole source, at the rate of an imported album or their own."""
        from starling.models.datasets import store
        from starling.models.dsp import recording, signal

        about = store.read(self.data) if store.is_sound_set(self.data) else {}
        for path in paths:
            rate = int(about["rate"]) if about else signal.probe(path).sample_rate
            made = recording.read(path, rate).signal
            yield self.row(path.stem, _of(self.album(rate), ""), made, rate)

    def row(self, name: str, real: Array, made: Array, sample_rate: int) -> Row:
        """Judge a texture."""
        from starling.models.evaluation import texture_figures
        from starling.models.evaluation.texture_report import Row

        judged = texture_figures.judge(real, made, sample_rate, self.embed)
        return Row(name, real, made, sample_rate, judged)


def textures(
    player: Player,
    card: ModelCard,
    seed: int,
    seconds: float,
    takes: int,
    controls: dict[str, float],
) -> Array:
    """So many seconds (frames,) of a model, in takes of a seed each."""
    count = takes_of(card, seconds, takes)
    each = {**controls, "seconds": seconds / count}
    return np.concatenate([player.generate(seed + number, each)[0] for number in range(count)])


def takes_of(card: ModelCard, seconds: float, takes: int) -> int:
    """How many takes there will be: fewer or more where a model makes none so short or so long."""
    length = next(each for each in card.controls if each.name == "seconds")
    most = max(1, math.floor(seconds / length.minimum))
    return max(min(takes, most), math.ceil(seconds / length.maximum))


def _of(source: Album, label: str) -> Array:
    """Minutes of a class of the source, of all of it without one."""
    from starling.models.evaluation.texture_figures import excerpt

    pairs = zip(source.recordings, source.conditions, strict=True)
    chosen = [each for each, at in pairs if label in ("", source.labels[at])]
    return excerpt(chosen, source.sample_rate, SOURCE_SECONDS)


def _write(out: Path, rows: Sequence[Row]) -> list[Path]:
    """Tables, picture and textures."""
    import json

    import soundfile

    from starling.models.evaluation import texture_report

    out.mkdir(parents=True, exist_ok=True)
    table, figures = out / "table.md", out / "figures.json"
    table.write_text(texture_report.markdown(rows), encoding="utf-8")
    figures.write_text(json.dumps(texture_report.to_json(rows), indent=1) + "\n", encoding="utf-8")
    written = [table, figures, texture_report.draw(out / "spectrograms.png", rows)]
    for row in rows:
        path = out / f"{row.name.replace(': ', '-')}.wav"
        soundfile.write(path, row.made, row.sample_rate, subtype="FLOAT")
        written.append(path)
    return written


def _store(found: dict[Path, list[Row]]) -> None:
    """Put the figures of every model into its card, under `texture`, beside what is there."""
    from starling.models.artifacts import card_file
    from starling.models.evaluation.texture_report import to_json

    for path, rows in found.items():
        card = card_file.read_card(path)
        metrics = {**card.get("metrics", {}), "texture": to_json(rows)}
        card_file.write_card(path.parent, {**card, "metrics": metrics})
