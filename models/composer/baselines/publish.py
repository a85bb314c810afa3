"""From a trained model to compare with to an artifact: weights in single precision, and a card."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ROOT_NOTE
from starling.models.composer.baselines.kinds import KINDS
from starling.models.composer.baselines.train import Settings
from starling.models.training import result as training_result
from starling.models.training.result import Result

CHIP_RATE = 44_100  # hertz: at which the chip plays what it writes


def publish(
    folder: Path,
    name: str,
    title: str,
    kind: str,
    data: dict[str, Any],
    result: Result[Any],
    settings: Settings,
    command: str,
) -> Path:
    """Write `<name>.safetensors` and its card into `folder`; return the card.

    `data` says what it was trained on: manifest, licence, songs.
    """
    known = KINDS[kind]
    card = {
        "kind": known.card,
        "name": name,
        "title": title or known.title,
        "sample_rate": CHIP_RATE,
        "root": ROOT_NOTE,
        "controls": [],
        "config": asdict(result.model.config),
        "training": training_result.facts(
            command,
            result,
            settings,
            parameters=sum(each.numel() for each in result.model.parameters()),
        ),
        "data": data,
        "limits": list(known.limits),
        "metrics": training_result.rounded(result.figures),
    }
    path, _ = card_file.write(folder, card, result.model.state_dict())
    return path
