"""`starling train estimator`: the command line of models/estimator/train."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.options import PATH, CardPath
from starling.engine.cli.output import progress
from starling.engine.cli.train import shared
from starling.engine.config import folders

if TYPE_CHECKING:
    from starling.models.datasets.rendered_presets import RenderedSet
    from starling.models.estimator.network import Estimator, Losses
    from starling.models.estimator.train import PerceptualTargets, Settings
    from starling.models.proxy.encoder import Proxy
    from starling.models.training.result import Result

LOSSES = ("parameters", "mix", "switch")  # models/estimator/network.Losses


@click.command("estimator")
@click.option("--data", type=PATH, required=True, help="Rendered dataset.")
@click.option(
    "--losses",
    "chosen",
    type=click.Choice(LOSSES),
    help="What is learned from; mix where there is a proxy, else parameters.",
)
@click.option(
    "--proxy", "card", type=CardPath(), help="Card or name of a proxy; the synth's, if not given."
)
@shared.run_options(
    Path("runs/estimator"), name_help="Name of the model; SYNTH-estimator, if not given."
)
def train_estimator(
    data: Path, chosen: Losses | None, card: Path | None, run: shared.RunOptions
) -> None:
    """Train an estimator: parameters from sound. Ctrl-C saves; --resume goes on.

    The losses mix and switch also compare what a proxy of the synth hears in the estimated preset.
    Writes OUT/<name>.safetensors and OUT/<name>.json, and curves for TensorBoard.

    \b
    starling dataset render amsynth --count 12000 --out data/amsynth
    starling train estimator --data data/amsynth --budget 20m
    starling presets match bass.wav --synth amsynth \\
        --estimator runs/estimator/amsynth-estimator.json
    """
    run.check()
    from starling.models.datasets.rendered_presets import RenderedSet
    from starling.models.estimator import train
    from starling.models.estimator.network import Config

    rendered = RenderedSet.open(data)
    proxy = _proxy(rendered, card, chosen)
    losses: Losses = chosen or ("mix" if proxy else "parameters")
    settings = train.Settings(run.budget.minutes, run.budget.steps, run.seed, run.threads, losses)
    click.echo(f"losses: {losses}, {_described(proxy)}", err=True)
    targets = _targets(rendered, proxy) if proxy else None
    with shared.watched(run, lambda step, figures: f"step {step}  {_shown(figures)}") as session:
        result = train.train(rendered, Config(), settings, run.out, session, targets)
    again = shared.command_of(
        "estimator", ("--data", data), ("--proxy", card), ("--losses", chosen), *run.arguments()
    )
    found = shared.publish_learned(
        result, lambda: _publish(result, rendered, proxy, settings, again, run)
    )
    name = proxy.card.get("name") if proxy else None
    facts: dict[str, Any] = {"losses": losses, "proxy": name, **result.figures}
    shared.say_end(run, result, found, facts, f", {_shown(result.figures)}")


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


def _described(proxy: Proxy | None) -> str:
    """Which proxy listens, for people."""
    if proxy is None:
        return "no proxy listens"
    return f"the proxy {proxy.card['name']} listens (predicts {proxy.embedding})"


def _targets(rendered: RenderedSet, proxy: Proxy) -> PerceptualTargets:
    """The proxy, and the vectors of the data set's sounds; these are kept beside the set."""
    from starling.engine.cli.target_embedder import embedding
    from starling.models.estimator.train import PerceptualTargets
    from starling.models.proxy import data as proxy_data

    chosen = embedding(proxy.embedding)
    with progress("Embedding") as bar:
        loaded = proxy_data.load(rendered.folder, chosen, progress=lambda done: bar(done, ""))
    return PerceptualTargets(proxy, loaded.vectors)


def _shown(figures: dict[str, float]) -> str:
    """Losses, and validation where there is one, in a line."""
    return "  ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in figures.items())


def _publish(
    result: Result[Estimator],
    rendered: RenderedSet,
    proxy: Proxy | None,
    settings: Settings,
    command: str,
    run: shared.RunOptions,
) -> Path:
    """Weights and card."""
    from starling.models.estimator import publish
    from starling.models.estimator.inference import TrainedEstimator
    from starling.models.proxy.data import fingerprint
    from starling.models.training.result import facts, rounded

    space, network = result.model.layout.space, result.model
    described = publish.describe(space, network.config, settings.losses, proxy, rendered.notes)
    data = {
        "synth": rendered.synth,
        "sets": rendered.folder.name,
        "presets": len(rendered.parameters),
        "manifest": fingerprint(rendered),
        "valid": "every tenth preset of the set",
    }
    return publish.publish(
        run.out,
        run.name or f"{rendered.synth.lower().replace(' ', '-')}-estimator",
        TrainedEstimator(described, space, network),
        facts(command, result, settings),
        data,
        rounded(result.figures),
    )
