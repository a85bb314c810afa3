"""From a trained SampleRNN to an artifact: weights without weight norm, controls, a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ROOT_NOTE, read_controls
from starling.models.datasets.album import Album
from starling.models.errors import InputError, ParseError
from starling.models.kernels import library
from starling.models.samplernn import calibration
from starling.models.samplernn.batches import Batches
from starling.models.samplernn.kernel import KernelNetwork
from starling.models.samplernn.network import Config, LevelNetwork, folded
from starling.models.samplernn.take import KIND, MIX, SCALES, START_LABELS, STARTS
from starling.models.samplernn.train import Settings
from starling.models.training import result as training_result
from starling.models.training.result import Result

SECONDS = (1.0, 60.0, 8.0)  # least, most and usual length of a sound of fixed length

KNOBS: tuple[tuple[str, str, float, float, float], ...] = (
    ("temperature", "Temperature", 0.5, 1.5, 0.95),
    ("top_p", "Top-p", 0.5, 1.0, 1.0),
    ("min_p", "Min-p", 0.0, 0.2, 0.0),
    ("variety", "Variety", 0.0, 1.0, 0.5),
    ("seconds", "Seconds", *SECONDS),
)


def controls(labels: Sequence[str]) -> list[dict[str, Any]]:
    """The card's controls: how samples are drawn, the length, and a weight for each label."""
    mixes = tuple(
        (f"{MIX}{label}", label, 0.0, 1.0, float(not at)) for at, label in enumerate(labels)
    )
    return [
        {"name": name, "title": title, "minimum": low, "maximum": high, "default": usual}
        for name, title, low, high, usual in (*KNOBS, *mixes)
    ]


def require_labels(labels: Sequence[str], album: str) -> None:
    """Raise InputError (code `bad_labels`) where a card cannot hold a control for each label.

    Before a run: what it trained could not be listed.
    """
    try:
        read_controls(controls(labels), f"album {album}")
    except ParseError as error:
        raise InputError(
            f"{error}; it has {len(labels)} classes to mix: import it with --class-by none, or "
            "with fewer folders",
            code="bad_labels",
        ) from error


def publish(
    folder: Path,
    name: str,
    title: str,
    batches: Batches,
    result: Result[LevelNetwork],
    settings: Settings,
    command: str,
    kind: str = KIND,
) -> Path:
    """Write `<name>.safetensors` (half precision) and its card into `folder`; return the card."""
    config, album = result.model.config, batches.album
    metrics = training_result.rounded(result.figures)
    card = {
        "kind": kind,
        "name": name,
        "title": title,
        "sample_rate": config.sample_rate,
        "root": ROOT_NOTE,
        "controls": controls(config.labels),
        "config": asdict(config),
        "training": training_result.facts(command, result, settings),
        "data": describe(album),
        "limits": limits(config),
        "metrics": metrics,
    }
    tensors = halved(result.model)
    if kind == KIND and library.available():
        tensors |= rounding(config, tensors, batches, metrics)
    if kind == KIND:
        levels, labels = batches.starts()
        tensors |= {STARTS: torch.from_numpy(levels), START_LABELS: torch.from_numpy(labels)}
    path, _ = card_file.write(folder, card, tensors)
    return path


def rounding(
    config: Config, tensors: dict[str, Tensor], batches: Batches, metrics: dict[str, float]
) -> dict[str, Tensor]:
    """The scales that int8 needs, from training chunks; what it costs on held-out ones.

    The bits a sample of both arithmetics go into `metrics`.
    """
    arrays = {name: value.float().numpy() for name, value in tensors.items()}
    found = calibration.scales(config, arrays, *batches.heard())
    rows, labels, _ = batches.held_out()
    levels = rows[:, config.lookback :].astype(np.uint8)
    for kind in ("float32", "int8"):
        network = KernelNetwork(config, arrays, kind, found if kind == "int8" else None)
        bits = calibration.bits_per_sample(network, arrays, levels, labels)
        metrics[f"bits_{kind}"] = round(bits, 4)
    return {f"{SCALES}{name}": torch.from_numpy(value) for name, value in found.items()}


def halved(network: LevelNetwork) -> dict[str, Tensor]:
    """The folded weights in half precision."""
    return {name: value.half() for name, value in folded(network).items()}


def describe(album: Album) -> dict[str, Any]:
    """What was trained on: minutes, chunks, hash, licence and attribution by source."""
    seconds = sum(map(len, album.recordings)) / album.sample_rate
    return {
        "manifest": album.manifest,
        "minutes": round(seconds / 60, 1),
        "labels": list(album.labels),
        "chunks": len(album.training),
        "held_out_chunks": len(album.validation),
        "gain": round(album.gain, 4),
        "sources": list(album.origin),
    }


def limits(config: Config) -> list[str]:
    """What a user should know before trusting the model, as sentences."""
    return [
        f"Mono, nothing above {config.sample_rate // 2000} kHz.",
        f"Sounds of {len(config.frames)} tiers remember some seconds: timbre and drones, no form.",
    ]
