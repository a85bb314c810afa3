"""`starling evaluate samplernn`: textures beside their source, by models/evaluation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from starling.engine.cli.options import PATH, CardPath, json_option, out_option, seed_option
from starling.engine.cli.output import Report, progress, say_json, say_table
from starling.engine.cli.sound_sets import SoundFolder
from starling.models.samplernn.take import KIND
from starling.models.training.session import require_folder

if TYPE_CHECKING:
    from starling.models.artifacts.catalogue import ModelCard, Player
    from starling.models.datasets.album import Album
    from starling.models.dsp.signal import Array
    from starling.models.evaluation.textures.figures import Embed
    from starling.models.evaluation.textures.report import Row

SOURCE_SECONDS = 300.0  # of the source that are looked at, spread over all of it


@click.command("samplernn")
@click.option(
    "--data", type=SoundFolder(), required=True, help="The source: a folder, or an album's name."
)
@click.option(
    "--model", "--card", "models", type=CardPath(), multiple=True, help="Card(s) or names."
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
@out_option(
    "Folder for table.md, figures.json, spectrograms.png and the textures.", check=require_folder
)
@click.option("--write", is_flag=True, help="Store each model's figures in its card.")
@click.option(
    "--fit-temperature",
    is_flag=True,
    help="First find the temperature nearest to the training chunks: each card's usual one.",
)
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
    fit_temperature: bool,
    as_json: bool,
) -> None:
    """Judge textures by their source, and the source's halves by each other.

    Log-mel statistics, Fréchet distance in the timbre embedding, spectral flatness, modulation
    spectrum. A model of several classes is judged class by class.
    """
    from starling.models.evaluation.textures import report as texture_report

    if not models and not sounds:
        raise click.UsageError("give --model CARD or --sound FILE; both may be given again")
    for name, given in (("--write", write), ("--fit-temperature", fit_temperature)):
        if given and not models:
            raise click.UsageError(f"{name} is for --model: a sound file has no card")
    if fit_temperature:
        for path in models:
            _fit(path, data)
    with progress("Evaluating") as report:
        judged = _Judge(data, seconds, takes, seed, report)
        found = {path: list(judged.model(path)) for path in models}
        rows = [*(row for each in found.values() for row in each), *judged.files(sounds)]
    if write:
        _store(found)
    written = _write(out, rows) if out else []
    if as_json:
        say_json(texture_report.to_json(rows))
        return
    say_table(texture_report.heads(rows), texture_report.lines(rows))
    click.echo("\n".join([*texture_report.NOTES, *map(str, written)]))


def _fit(path: Path, data: Path) -> None:
    """Give a model its usual temperature. Raises InputError where this is not its training data."""
    from starling.engine.cli.train import temperature
    from starling.models.artifacts import card_file
    from starling.models.datasets import album
    from starling.models.errors import InputError

    card = _texture(path)
    source = album.load(data, card.sample_rate)
    if card_file.read_card(path)["data"].get("manifest") != source.manifest:
        raise InputError(
            f"--fit-temperature takes what {card.name} was trained on, and {source.name} is not, "
            "or has changed since"
        )
    temperature.fit(path, source, math.inf)


def _texture(path: Path) -> ModelCard:
    """The card of a texture model. Raises InputError for another kind."""
    from starling.models.artifacts import catalogue
    from starling.models.errors import InputError

    card = catalogue.read(path)
    if card.kind != KIND:
        raise InputError(f"{card.name} is of kind {card.kind}, not {KIND}")
    return card


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
        from starling.models.evaluation.textures.classes import in_common, mix

        card = _texture(path)
        player, source = catalogue.load_generator(card), self.album(card.sample_rate)
        for label in in_common(card, source):
            self.report(0.5, f"{card.name} {label}".strip())
            made = textures(player, card, self.seed, self.seconds, self.takes, mix(card, label))
            name = f"{card.name}: {label}" if label else card.name
            yield self.row(name, _of(source, label), made, card.sample_rate)

    def files(self, paths: Sequence[Path]) -> Iterator[Row]:
        """Sound files by the whole source, at the rate of an imported album or their own."""
        from starling.models.datasets import store
        from starling.models.dsp import recording
        from starling.models.dsp.files import sound_file

        about = store.read(self.data) if store.is_sound_set(self.data) else {}
        for path in paths:
            rate = int(about["rate"]) if about else sound_file.probe(path).sample_rate
            made = recording.read(path, rate).signal
            yield self.row(path.stem, _of(self.album(rate), ""), made, rate)

    def row(self, name: str, real: Array, made: Array, sample_rate: int) -> Row:
        """Judge a texture."""
        from starling.models.evaluation.textures import figures as texture_figures
        from starling.models.evaluation.textures.report import Row

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
    from starling.models.evaluation.textures.figures import excerpt

    pairs = zip(source.recordings, source.conditions, strict=True)
    chosen = [each for each, at in pairs if label in ("", source.labels[at])]
    return excerpt(chosen, source.sample_rate, SOURCE_SECONDS)


def _write(out: Path, rows: Sequence[Row]) -> list[Path]:
    """Tables, picture and textures."""
    import json

    import soundfile

    from starling.models.evaluation.textures import report as texture_report

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
    from starling.models.evaluation.textures.report import to_json

    for path, rows in found.items():
        card = card_file.read_card(path)
        metrics = {**card.get("metrics", {}), "texture": to_json(rows)}
        card_file.write_card(path.parent, {**card, "metrics": metrics})
