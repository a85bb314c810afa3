"""From a trained composer to an artifact: half-precision weights and a card."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ROOT_NOTE
from starling.models.composer.form import REAL_SHARE
from starling.models.composer.generator import KIND
from starling.models.composer.network import Composer
from starling.models.composer.train import Settings
from starling.models.training import result as training_result
from starling.models.training.result import Result

CHIP_RATE = 44_100  # hertz: at which the chip plays what it writes
KNOBS: tuple[tuple[str, str, float, float, float], ...] = (
    ("temperature", "Temperature", 0.5, 1.5, 0.95),
    ("top_p", "Top-p", 0.5, 1.0, 0.98),
    ("repetition", "Repetition", 0.0, 0.9, REAL_SHARE),
    ("density", "Density", 0.5, 1.5, 1.0),
)
REPETITION = [knob[0] for knob in KNOBS].index("repetition")


def publish(
    folder: Path,
    name: str,
    title: str,
    data: dict[str, Any],
    result: Result[Composer],
    settings: Settings,
    command: str,
) -> Path:
    """Write `<name>.safetensors` and its card into `folder`; return the card.

    `data` says what it was trained on: manifest, licence, songs, and how much they repeat, which is
    the usual repetition then.
    """
    controls: list[dict[str, Any]] = [
        {"name": knob, "title": shown, "minimum": low, "maximum": high, "default": usual}
        for knob, shown, low, high, usual in KNOBS
    ]
    controls[REPETITION]["default"] = round(min(0.9, data.get("repetition", REAL_SHARE)), 2)
    card = {
        "kind": KIND,
        "name": name,
        "title": title,
        "sample_rate": CHIP_RATE,
        "root": ROOT_NOTE,
        "controls": controls,
        "config": asdict(result.model.config),
        "training": training_result.facts(command, result, settings),
        "data": data,
        "limits": ["Four voices at 24 frames a second; the noise has sixteen pitches."],
        "metrics": training_result.rounded(result.figures),
    }
    tensors = {name: value.half() for name, value in result.model.state_dict().items()}
    path, _ = card_file.write(folder, card, tensors)
    return path
