"""From a trained baseline to an artifact: the part that plays, and a card of what made it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ROOT_NOTE
from starling.models.baselines.data import Windows
from starling.models.baselines.kinds import BASELINES
from starling.models.baselines.magnitude_stft import SpectrogramSettings
from starling.models.baselines.train import Settings
from starling.models.training import result as training_result
from starling.models.training.result import Result


def limits(kind: str, front: SpectrogramSettings) -> list[str]:
    """What a user should know before trusting the model, as sentences."""
    seconds, rate = front.samples / front.sample_rate, front.sample_rate / 1000
    start = front.dropped / front.sample_rate
    sentences = [
        *BASELINES[kind].limits,
        f"Every sound is {seconds:.2f} seconds at {rate:g} kHz; it has no classes and no knobs.",
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
    result: Result[Any],
    settings: Settings,
    command: str,
) -> Path:
    """Write `<name>.safetensors` (single precision) and its card into `folder`; return the card."""
    config = result.model.config
    card: dict[str, Any] = {
        "kind": kind,
        "name": name,
        "title": title or BASELINES[kind].title,
        "sample_rate": config.front.sample_rate,
        "root": ROOT_NOTE,
        "controls": [],
        "config": asdict(config),
        "training": training_result.facts(
            command,
            result,
            settings,
            recipe=recipe,
            losses=training_result.rounded(result.figures),
            parameters=sum(each.numel() for each in result.model.parameters()),
        ),
        "data": sounds.describe(),
        "limits": limits(kind, config.front),
        "metrics": {},
    }
    path, _ = card_file.write(folder, card, result.model.decoder().state_dict())
    return path
