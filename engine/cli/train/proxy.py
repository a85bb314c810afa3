"""`starling train proxy`: the command line of models/proxy/train and of its search."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from starling.engine.cli.options import PATH, embedder_weights_option, gathered
from starling.engine.cli.output import Report, progress
from starling.engine.cli.train import shared
from starling.models.training.device import Device

if TYPE_CHECKING:
    from starling.models.proxy.data import ProxyData
    from starling.models.proxy.encoder import Proxy
    from starling.models.proxy.network import Config
    from starling.models.proxy.settings import Settings
    from starling.models.training.result import Result

ENCODERS = (
    "mlp",
    "highway",
    "tokens",
    "gru",
    "transformer",
    "starling",
)  # models/proxy/encoder.ENCODERS


@dataclass(frozen=True, slots=True)
class Sizes:
    """Those of our network that the command gives; None for the network's own."""

    token: int | None
    width: int | None
    layers: int | None
    body: Literal["highway", "transformer"] | None
    numeric: Literal["piecewise", "periodic"] | None
    bins: int | None
    dropout: float | None

    def given(self) -> dict[str, Any]:
        """By name, without the others."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Optimiser:
    """What the command gives in place of the encoder's own recipe; 0 or None for that."""

    rate: float
    batch: int
    contrast: float | None

    def given(self) -> dict[str, Any]:
        """By name, without the others."""
        return {name: value for name, value in asdict(self).items() if value}


size_options = gathered(
    "sizes",
    Sizes,
    click.option("--token", type=click.IntRange(1), help="Numbers a parameter (ours)."),
    click.option("--width", type=click.IntRange(1), help="Of the body (ours)."),
    click.option("--layers", type=click.IntRange(1), help="Of the body (ours)."),
    click.option("--body", type=click.Choice(["highway", "transformer"]), help="(ours)"),
    click.option("--numeric", type=click.Choice(["piecewise", "periodic"]), help="(ours)"),
    click.option("--bins", type=click.IntRange(1), help="Pieces or waves of a number (ours)."),
    click.option("--dropout", type=click.FloatRange(0, 0.9), help="(ours)"),
)
optimiser_options = gathered(
    "optimiser",
    Optimiser,
    click.option("--rate", type=click.FloatRange(min=0), default=0.0, help="Learning rate."),
    click.option("--batch", type=click.IntRange(min=0), default=0, help="Presets in a step."),
    click.option("--contrast", type=click.FloatRange(min=0), help="Weight of InfoNCE (ours)."),
)
device_options = gathered(
    "device",
    Device,
    shared.precision_option,
    click.option(
        "--accelerator", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto"
    ),
    click.option("--devices", type=click.IntRange(1), default=1, help="GPUs, or processes on CPU."),
)


@click.command("proxy")
@click.option("--data", type=PATH, required=True, multiple=True, help="Rendered dataset(s).")
@click.option("--valid", type=PATH, help="Dataset to choose by; else every 20th of --data.")
@click.option("--encoder", type=click.Choice(ENCODERS), default="starling", show_default=True)
@click.option("--embedder", default="", help="What is predicted; the library's, if not given.")
@embedder_weights_option
@shared.run_options(Path("runs/proxy"), name_help="Name of the model; the synth's, if not given.")
@optimiser_options
@size_options
@device_options
@click.option("--search", type=click.IntRange(0), default=0, help="Trials of Optuna first.")
def train_proxy(
    data: tuple[Path, ...],
    valid: Path | None,
    encoder: str,
    embedder: str,
    embedder_weights: Path | None,
    optimiser: Optimiser,
    sizes: Sizes,
    device: Device,
    search: int,
    run: shared.RunOptions,
) -> None:
    """Train a preset encoder: sound from parameters. Ctrl-C saves; --resume goes on.

    Writes OUT/<name>.safetensors and OUT/<name>.json, and curves for TensorBoard. --search N tries
    N settings for the budget each, then trains with the best.

    \b
    starling dataset render amsynth --count 6000 --out data/amsynth
    starling train proxy --data data/amsynth --budget 15m --out runs/amsynth
    """
    run.check()
    from starling.models.proxy import train
    from starling.models.proxy.network import Config

    with progress("Embedding") as report:
        trained, held_out = _load(data, valid, embedder, embedder_weights, report)
    config = Config(size=trained.vectors.shape[2], **sizes.given())
    settings = _settings(encoder, trained.space.synth, run, device, optimiser)
    if search:  # for the budget each: the last run has the whole of it too
        config, settings = _search(encoder, trained, held_out, config, settings, run.out, search)
        run = replace(run, budget=replace(run.budget, began=time.monotonic()))
    with shared.watched(run, _shown) as session:
        result = train.train(encoder, trained, held_out, config, settings, run.out, session)
    again = shared.command_of(
        "proxy",
        ("--data", data),
        ("--valid", valid),
        ("--encoder", encoder),
        ("--embedder", embedder),
        *run.arguments(),
        *((f"--{name}", value) for name, value in (optimiser.given() | sizes.given()).items()),
        ("--search", search),
    )
    card = shared.publish_learned(
        result, lambda: _publish(result, trained, held_out, settings, again, run)
    )
    mrr = result.figures.get("valid_mrr", float("nan"))
    shared.say_end(run, result, card, result.figures, f", validation MRR {mrr:.3f}")


def _load(
    data: tuple[Path, ...],
    valid: Path | None,
    embedder: str,
    weights: Path | None,
    report: Report,
) -> tuple[ProxyData, ProxyData]:
    """What to train on and what to choose by."""
    from starling.engine.cli.target_embedder import embedding
    from starling.models.proxy import data as proxy_data

    chosen = embedding(embedder, weights)
    every: list[ProxyData] = []
    for folder in (*data, *((valid,) if valid else ())):
        report(len(every) / (len(data) + 1), folder.name)
        every.append(proxy_data.load(folder, chosen))
    if valid:
        return proxy_data.join(every[:-1]), every[-1]
    return proxy_data.hold_out(proxy_data.join(every))


def _settings(
    encoder: str, synth: str, run: shared.RunOptions, device: Device, optimiser: Optimiser
) -> Settings:
    """The encoder's own settings, but for what the command gives."""
    from starling.models.proxy.settings import Settings, for_encoder

    budget = Settings(run.budget.minutes, run.budget.steps, run.seed, run.threads, **asdict(device))
    return replace(for_encoder(encoder, synth, budget), **optimiser.given())


def _search(
    encoder: str,
    trained: ProxyData,
    held_out: ProxyData,
    config: Config,
    settings: Settings,
    out: Path,
    trials: int,
) -> tuple[Config, Settings]:
    """The best of some trials."""
    from starling.models.proxy.hyperparameters import search

    with progress("Searching") as report:
        folder = out / "search"
        return search(encoder, trained, held_out, config, settings, folder, trials, report)


def _shown(step: int, figures: dict[str, float]) -> str:
    """One line of progress: loss and validation."""
    valid = f"  MRR {figures['valid_mrr']:.3f}" if "valid_mrr" in figures else ""
    return f"step {step}  L1 {figures['l1']:.3f}{valid}"


def _publish(
    result: Result[Proxy],
    trained: ProxyData,
    held_out: ProxyData,
    settings: Settings,
    command: str,
    run: shared.RunOptions,
) -> Path:
    """Weights and card."""
    from starling.models.proxy import publish
    from starling.models.training.result import facts, rounded

    data = {
        "synth": trained.space.synth,
        "sets": trained.name,
        "presets": len(trained),
        "manifest": trained.manifest,
        "valid": held_out.name,
        "valid_presets": len(held_out),
    }
    name = run.name or trained.space.synth.lower().replace(" ", "-")
    training = facts(command, result, settings)
    return publish.publish(run.out, name, result.model, training, data, rounded(result.figures))
