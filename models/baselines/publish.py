"""From a trained baseline to an artifact: the part that plays, and a card of what made it."""

from __future__ import annotations

import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ROOT_NOTE
from starling.models.baselines.data import Windows
from starling.models.baselines.kinds import BASELINES
from starling.models.baselines.magnitude_stft import Front
from starling.models.baselines.train import Result, Settings


def limits(kind: str, front: Front) -> list[str]:
    """What a user should know before trusting the model, as sentences."""
    heard, rate = front.samples / front.sample_rate, front.sample_rate / 1000
    start = front.dropped / front.sample_rate
    sentences = [
        *BASELINES[kind].limits,
        f"Every sound is {heard:.2f} seconds at {rate:g} kHz; it has no classes and no knobs.",
    ]
    missed = f"The first {start:g} seconds of each recording were left out, the attack with them."
    return [*sentences, missed] if front.dropped else sentences


def publish(
    folder: Path,
    name: str,
    title: str,
    kind: str,
    recipe: str,
    sounds: Windows,
    result: Result,
    settings: Settings,
    command: str,
) -> Path:
    """Write `<name>.safetensors` (single precision) and its card into `folder`; return the card."""
    config = result.network.config
    card: dict[str, Any] = {
        "kind": kind,
        "name": name,
        "title": title or BASELINES[kind].title,
        "sample_rate": config.front.sample_rate,
        "root": ROOT_NOTE,
        "controls": [],
        "config": asdict(config),
        "training": {
            "command": command,
            "recipe": recipe,
            "steps": result.step,
            "minutes": round(result.elapsed / 60, 1),
            "seed": settings.seed,
            "settings": asdict(settings),
            "losses": {part: round(value, 4) for part, value in result.losses.items()},
            "parameters": sum(each.numel() for each in result.network.parameters()),
            "torch": torch.__version__,
            "machine": f"{platform.system()} {platform.machine()}",
        },
        "data": sounds.describe(),
        "limits": limits(kind, config.front),
        "metrics": {},
    }
    path, _ = card_file.write(folder, card, result.network.decoder().state_dict())
    return path
