"""A trained estimator as an artifact: weights in half precision, and their card."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from starling.models.artifacts import card_file
from starling.models.dsp.mel import FEATURE_VERSION
from starling.models.estimator.inference import KIND, TrainedEstimator
from starling.models.estimator.network import Config
from starling.models.proxy.encoder import Proxy
from starling.models.proxy.parameter_space import Space


def describe(
    space: Space, config: Config, losses: str, proxy: Proxy | None, notes: Any
) -> dict[str, Any]:
    """The part of a card that says what the network is and what it learned from."""
    listened = None
    if proxy is not None:
        listened = {"name": proxy.card.get("name", ""), "sha256": proxy.card.get("sha256", "")}
    return {
        "config": {
            "network": asdict(config),
            "losses": losses,
            "proxy": listened,
            "embedding": proxy.embedding if proxy is not None else "",
            "front": FEATURE_VERSION,
            "notes": [list(note) for note in notes],
            "synth": space.synth,
            "schema_hash": space.schema_hash,
            "parameters": [asdict(knob) for knob in space.knobs],
        }
    }


def publish(
    folder: Path,
    name: str,
    estimator: TrainedEstimator,
    training: dict[str, Any],
    data: dict[str, Any],
    metrics: dict[str, Any],
) -> Path:
    """Write `<name>.safetensors` (weights in half precision) and its card; return the card."""
    learned = {key for key, _ in estimator.network.named_parameters()}
    tensors = {
        key: value.half() if key in learned else value  # statistics may be beyond half precision
        for key, value in estimator.network.state_dict().items()
    }
    card = {
        **estimator.card,
        "kind": KIND,
        "name": name,
        "title": f"{estimator.space.synth}: parameters from sound",
        "sample_rate": 44_100,
        "root": 60,
        "controls": [],
        "training": training,
        "data": data,
        "limits": [
            "Listens to one second of one note; what a preset does later is unknown to it.",
            "Trained on the synth's own sounds; any other is heard as one of them.",
        ],
        "metrics": metrics,
    }
    path, _ = card_file.write(folder, card, tensors)
    return path
