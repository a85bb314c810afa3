"""`starling train estimator`: the command line of models/estimator/train."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.options import json_option
from starling.engine.cli.output import progress, say_json
from starling.engine.config import folders
from starling.models.errors import StarlingError

if TYPE_CHECKING:
    from starling.models.datasets.rendered_presets import RenderedSet
    from starling.models.estimator.network import Losses
    from starling.models.estimator.train import Heard, Result, Settings
    from starling.models.proxy.encoder import Proxy

FOLDER = click.Path(path_type=Path)
LOSSES = ("parameters", "mix", "switch")  # models/estimator/network.Losses


@click.command("estimator")
@click.option("--data", type=FOLDER, required=True, help="Rendered dataset.")
@click.option(
    "--losses",
    type=click.Choice(LOSSES),
    help="What is learned from; mix where there is a proxy, else parameters.",
)
@click.option("--proxy", "card", type=FOLDER, help="Card of a proxy; the synth's, if not given.")
@click.option("--minutes", type=click.FloatRange(min=0), default=0.0, help="Time budget.")
@click.option("--steps", type=click.IntRange(min=0), default=0, help="Step budget.")
@click.option("--out", type=FOLDER, default=Path("runs/estimator"), show_default=True)
@click.option("--name", default="", help="Name of the model; SYNTH-estimator, if not given.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(min=0), default=0, help="CPU threads; 0: all.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out.")
@json_option
def train_estimator(data: Path, card: Path | None, as_json: bool, **words: Any) -> None:
    """Train an estimator: parameters from sound. Ctrl-C saves; --resume goes on.

    The losses mix and switch also compare what a proxy of the synth hears in the estimated preset.
    Writes OUT/<name>.safetensors and OUT/<name>.json, and curves for TensorBoard.

    \b
    starling dataset render amsynth --count 12000 --out data/amsynth
    starling train estimator --data data/amsynth --minutes 20
    starling presets match bass.wav --synth amsynth \\
        --estimator runs/estimator/amsynth-estimator.json
    """
    from starling.models.datasets.rendered_presets import RenderedSet
    from starling.models.estimator.train import Settings

    try:
        rendered = RenderedSet.open(data)
        proxy = _proxy(rendered, card, words["losses"])
        losses: Losses = words["losses"] or ("mix" if proxy else "parameters")
        budget = {name: words[name] for name in ("minutes", "steps", "seed", "threads")}
        settings = Settings(**budget, losses=losses)
        click.echo(f"losses: {losses}, {_said(proxy)}", err=True)
        result = _train(rendered, proxy, settings, words)
        found = _publish(result, rendered, proxy, settings, _command(data, card, words), words)
    except StarlingError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        heard = proxy.card.get("name") if proxy else None
        say_json({"card": found, "steps": result.step, "losses": losses, "proxy": heard}
                 | result.figures)  # fmt: skip
        return
    state = "interrupted, --resume goes on" if result.interrupted else "finished"
    click.echo(f"{state} after {result.step} steps, {_shown(result.figures)}: {found}")


def _proxy(rendered: RenderedSet, card: Path | None, losses: str | None) -> Proxy | None:
    """The proxy of the command, else the one of this synth and schema, where it is one of ours."""
    from starling.models.proxy.encoder import OURS, find_proxy, load_proxy

    if losses == "parameters":
        return None
    if card:
        return load_proxy(card)
    known = find_proxy(rendered.synth, rendered.schema_hash, folders().models)
    found = load_proxy(known) if known else None
    return found if found and found.encoder == OURS else None


def _said(proxy: Proxy | None) -> str:
    """Which proxy listens, for people."""
    if proxy is None:
        return "no proxy listens"
    return f"the proxy {proxy.card['name']} listens (predicts {proxy.embedding})"


def _train(
    rendered: RenderedSet, proxy: Proxy | None, settings: Settings, words: dict[str, Any]
) -> Result:
    """The run itself, under a bar that shows its losses."""
    from starling.models.estimator import train as training
    from starling.models.estimator.network import Config

    heard = _heard(rendered, proxy) if proxy else None
    with progress("Training") as bar:
        return training.train(
            rendered, Config(), settings, words["out"], heard=heard, resume=words["resume"],
            report=lambda done, step, figures: bar(done, f"step {step}  {_shown(figures)}"),
        )  # fmt: skip


def _heard(rendered: RenderedSet, proxy: Proxy) -> Heard:
    """The proxy, and the vectors of the data set's sounds; these are kept beside the set."""
    from starling.engine.cli.target_embedder import embedding
    from starling.models.estimator.train import Heard
    from starling.models.proxy import data as proxy_data

    chosen = embedding(proxy.embedding)
    with progress("Embedding") as bar:
        loaded = proxy_data.load(rendered.folder, chosen, progress=lambda done: bar(done, ""))
    return Heard(proxy, loaded.vectors)


def _shown(figures: dict[str, float]) -> str:
    """Losses, and validation where there is one, in a line."""
    return "  ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in figures.items())


def _publish(
    result: Result,
    rendered: RenderedSet,
    proxy: Proxy | None,
    settings: Settings,
    command: str,
    words: dict[str, Any],
) -> Path:
    """Weights and card."""
    from dataclasses import asdict

    from starling.models.estimator import encoder
    from starling.models.proxy.data import fingerprint

    network = result.model
    described = encoder.describe(
        network.layout.space, network.config, settings.losses, proxy, rendered.notes
    )
    trained = encoder.TrainedEstimator(described, network.layout.space, network)
    training = {
        "command": command,
        "steps": result.step,
        "minutes": round(result.elapsed / 60, 1),
        "seed": settings.seed,
        "settings": asdict(settings),
    }
    data = {
        "synth": rendered.synth,
        "sets": rendered.folder.name,
        "presets": len(rendered.parameters),
        "manifest": fingerprint(rendered),
        "valid": "every tenth preset of the set",
    }
    name = words["name"] or f"{rendered.synth.lower().replace(' ', '-')}-estimator"
    metrics = {name: round(value, 4) for name, value in result.figures.items()}
    return encoder.publish(words["out"], name, trained, training, data, metrics)


def _command(data: Path, card: Path | None, words: dict[str, Any]) -> str:
    """The command that repeats the run, files and folders by their own names."""
    said = ["starling", "train", "estimator", "--data", data.name]
    said += ["--proxy", card.name] if card else []
    for name in ("losses", "minutes", "steps", "seed", "threads"):
        if words[name]:
            said += [f"--{name}", f"{words[name]:g}" if name == "minutes" else str(words[name])]
    return shlex.join(said)
