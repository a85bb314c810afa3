"""`starling train proxy`: the command line of models/proxy/train and of its search."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from starling.engine.cli.options import json_option
from starling.engine.cli.output import Report, progress, say_json
from starling.models.errors import StarlingError

if TYPE_CHECKING:
    from starling.models.proxy.data import ProxyData
    from starling.models.proxy.network import Config
    from starling.models.proxy.settings import Settings
    from starling.models.proxy.train import Result

FOLDER = click.Path(path_type=Path)
ENCODERS = (
    "mlp",
    "highway",
    "tokens",
    "gru",
    "transformer",
    "starling",
)  # models/proxy/encoder.ENCODERS
SIZES = ("token", "width", "layers", "body", "numeric", "bins", "dropout")  # of ours


@click.command("proxy")
@click.option("--data", type=FOLDER, required=True, multiple=True, help="Rendered dataset(s).")
@click.option("--valid", type=FOLDER, help="Dataset to choose by; else every 20th of --data.")
@click.option("--encoder", type=click.Choice(ENCODERS), default="starling", show_default=True)
@click.option("--embedder", default="", help="What is predicted; the library's, if not given.")
@click.option("--embedder-weights", type=FOLDER, help="Its card or file, if not shipped.")
@click.option("--minutes", type=click.FloatRange(min=0), default=0.0, help="Time budget.")
@click.option("--steps", type=click.IntRange(min=0), default=0, help="Step budget.")
@click.option("--out", type=FOLDER, default=Path("runs/proxy"), show_default=True)
@click.option("--name", default="", help="Name of the model; the synth's, if not given.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option("--threads", type=click.IntRange(min=0), default=0, help="CPU threads; 0: all.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in --out.")
@click.option("--rate", type=click.FloatRange(min=0), default=0.0, help="Learning rate.")
@click.option("--batch", type=click.IntRange(min=0), default=0, help="Presets in a step.")
@click.option("--contrast", type=click.FloatRange(min=0), help="Weight of InfoNCE (ours).")
@click.option("--token", type=click.IntRange(1), help="Numbers a parameter (ours).")
@click.option("--width", type=click.IntRange(1), help="Of the body (ours).")
@click.option("--layers", type=click.IntRange(1), help="Of the body (ours).")
@click.option("--body", type=click.Choice(["highway", "transformer"]), help="(ours)")
@click.option("--numeric", type=click.Choice(["piecewise", "periodic"]), help="(ours)")
@click.option("--bins", type=click.IntRange(1), help="Pieces or waves of a number (ours).")
@click.option("--dropout", type=click.FloatRange(0, 0.9), help="(ours)")
@click.option("--precision", type=click.Choice(["32-true", "bf16-mixed"]), default="32-true")
@click.option("--accelerator", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto")
@click.option("--devices", type=click.IntRange(1), default=1, help="GPUs, or processes on CPU.")
@click.option("--search", type=click.IntRange(0), default=0, help="Trials of Optuna first.")
@json_option
def train_proxy(data: tuple[Path, ...], valid: Path | None, as_json: bool, **words: Any) -> None:
    """Train a preset encoder: sound from parameters. Ctrl-C saves; --resume goes on.

    Writes OUT/<name>.safetensors and OUT/<name>.json, and curves for TensorBoard. --search N tries
    N settings for the budget each, then trains with the best.

    \b
    starling dataset render amsynth --count 6000 --out data/amsynth
    starling train proxy --data data/amsynth --minutes 15 --out runs/amsynth
    """
    try:
        with progress("Embedding") as report:
            trained, judged = _load(data, valid, words, report)
        config, settings = _told(trained, words)
        if words["search"]:
            config, settings = _search(trained, judged, config, settings, words)
        result = _train(trained, judged, config, settings, words)
        card = _publish(result, trained, judged, settings, _command(data, valid, words), words)
    except StarlingError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        say_json({"card": card, "steps": result.step, **result.figures})
        return
    state = "interrupted, --resume goes on" if result.interrupted else "finished"
    mrr = result.figures.get("valid_mrr", float("nan"))
    click.echo(f"{state} after {result.step} steps, validation MRR {mrr:.3f}: {card}")


def _load(
    data: tuple[Path, ...], valid: Path | None, words: dict[str, Any], report: Report
) -> tuple[ProxyData, ProxyData]:
    """What to train on and what to choose by."""
    from starling.engine.cli.target_embedder import embedding
    from starling.models.proxy import data as proxy_data

    chosen = embedding(words["embedder"], words["embedder_weights"])
    every: list[ProxyData] = []
    for folder in (*data, *((valid,) if valid else ())):
        report(len(every) / (len(data) + 1), folder.name)
        every.append(proxy_data.load(folder, chosen))
    if valid:
        return proxy_data.join(every[:-1]), every[-1]
    return proxy_data.hold_out(proxy_data.join(every))


def _told(trained: ProxyData, words: dict[str, Any]) -> tuple[Config, Settings]:
    """Sizes and settings: the encoder's own, but for what the command says."""
    from dataclasses import replace

    from starling.models.proxy.network import Config
    from starling.models.proxy.settings import Settings, for_encoder

    sizes = {name: words[name] for name in SIZES if words[name] is not None}
    config = Config(size=trained.vectors.shape[2], **sizes)
    same = ("minutes", "steps", "seed", "threads", "precision", "accelerator", "devices")
    settings = Settings(**{name: words[name] for name in same})
    settings = for_encoder(words["encoder"], trained.space.synth, settings)
    changed = {name: words[name] for name in ("rate", "batch", "contrast") if words[name]}
    return config, replace(settings, **changed)


def _search(
    trained: ProxyData, judged: ProxyData, config: Config, settings: Settings, words: dict[str, Any]
) -> tuple[Config, Settings]:
    """The best of some trials."""
    from starling.models.proxy.hyperparameters import search

    with progress("Searching") as report:
        return search(
            words["encoder"], trained, judged, config, settings,
            words["out"] / "search", words["search"], report,
        )  # fmt: skip


def _train(
    trained: ProxyData, judged: ProxyData, config: Config, settings: Settings, words: dict[str, Any]
) -> Result:
    """The run itself, under a bar that shows loss and validation."""
    from starling.models.proxy import train as training

    with progress("Training") as bar:

        def report(fraction: float, step: int, figures: dict[str, float]) -> None:
            valid = f"  MRR {figures['valid_mrr']:.3f}" if "valid_mrr" in figures else ""
            bar(fraction, f"step {step}  L1 {figures['l1']:.3f}{valid}")

        return training.train(
            words["encoder"], trained, judged, config, settings, words["out"],
            resume=words["resume"], report=report,
        )  # fmt: skip


def _publish(
    result: Result,
    trained: ProxyData,
    judged: ProxyData,
    settings: Settings,
    command: str,
    words: dict[str, Any],
) -> Path:
    """Weights and card."""
    from dataclasses import asdict

    from starling.models.proxy import encoder

    training = {
        "command": command,
        "steps": result.step,
        "minutes": round(result.elapsed / 60, 1),
        "seed": settings.seed,
        "settings": asdict(settings),
    }
    data = {
        "synth": trained.space.synth,
        "sets": trained.name,
        "presets": len(trained),
        "manifest": trained.manifest,
        "valid": judged.name,
        "valid_presets": len(judged),
    }
    name = words["name"] or trained.space.synth.lower().replace(" ", "-")
    metrics = {name: round(value, 4) for name, value in result.figures.items()}
    return encoder.publish(words["out"], name, result.proxy, training, data, metrics)


def _command(data: tuple[Path, ...], valid: Path | None, words: dict[str, Any]) -> str:
    """The command that repeats the run, folders by their own names."""
    said = ["starling", "train", "proxy"]
    for folder in data:
        said += ["--data", folder.name]
    said += ["--valid", valid.name] if valid else []
    options = ("encoder", "embedder", "minutes", "steps", "seed", "threads", "rate", "batch")
    for name in (*options, "contrast", *SIZES, "search"):
        if words[name]:
            said += [f"--{name}", f"{words[name]:g}" if name == "minutes" else str(words[name])]
    return shlex.join(said)
