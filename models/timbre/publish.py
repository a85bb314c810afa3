"""From a trained timbre network to an artifact: weights, and a card that says what made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ROOT_NOTE
from starling.models.dsp import mel
from starling.models.timbre.batches import Material
from starling.models.timbre.network import Timbre
from starling.models.timbre.numpy_forward import KIND, VERSION
from starling.models.timbre.train import Settings
from starling.models.training import result as training_result
from starling.models.training.result import Result

LIMITS = (
    "Hears one second: what comes later, as of slow pads, is not compared.",
    "For recordings it finds what is near, not what is the same.",
    "Tells presets of one synth apart; that they sound alike to people was not measured.",
)


def publish(
    folder: Path,
    name: str,
    title: str,
    material: Material,
    result: Result[Timbre],
    settings: Settings,
    command: str,
    sources: Sequence[dict[str, Any]],
    start: str = "",
) -> Path:
    """Write `<name>.safetensors` (half precision) and its card into `folder`; return the card.

    `sources` says of each data set what it holds and under which licence, `start` is the hash of
    the weights that training went on from.
    """
    counts = {"training": len(material.training), "held_out": len(material.held_out)}
    tensors = {
        key: value.half() if value.is_floating_point() else value
        for key, value in result.model.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    card = {
        "kind": KIND,
        "version": VERSION,
        "name": name,
        "title": title,
        "sample_rate": mel.SAMPLE_RATE,
        "root": ROOT_NOTE,
        "controls": [],
        "front": mel.FEATURE_VERSION,
        "config": asdict(result.model.config),
        "training": training_result.facts(command, result, settings),
        "data": {"manifest": material.manifest, **counts, "sources": list(sources)},
        "limits": list(LIMITS),
        "metrics": training_result.rounded(result.figures),
        **({"from": start} if start else {}),
    }
    path, _ = card_file.write(folder, card, tensors)
    return path
