"""A trained preset encoder as an artifact: weights in half precision, and their card."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import torch

from starling.models.artifacts import card_file
from starling.models.proxy.encoder import Proxy


def publish(
    folder: Path,
    name: str,
    proxy: Proxy,
    training: dict[str, Any],
    data: dict[str, Any],
    metrics: dict[str, Any],
) -> Path:
    """Write `<name>.safetensors` (half precision) and its card into `folder`; return the card."""
    kept = ("features.edges", "scale")  # what half precision would move
    tensors = {
        f"network.{key}": value.half() if value.is_floating_point() and key not in kept else value
        for key, value in proxy.network.state_dict().items()
    }
    card = {
        **proxy.card,
        "kind": "proxy",
        "name": name,
        "title": f"{proxy.space.synth}: sound from parameters ({proxy.encoder})",
        "sample_rate": 44_100,
        "root": 60,
        "controls": [],
        "training": {
            **training,
            "torch": torch.__version__,
            "machine": f"{platform.system()} {platform.machine()}",
        },
        "data": data,
        "limits": [
            f"Predicts the embedder {proxy.embedding} only.",
            "Trained on renders of one second; what a preset does later is unknown to it.",
        ],
        "metrics": metrics,
    }
    path, _ = card_file.write(folder, card, tensors | proxy.scaling.tensors())
    return path
