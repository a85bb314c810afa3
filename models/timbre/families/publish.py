"""From a trained network of families to an artifact: weights, scales, and a card on its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ROOT_NOTE
from starling.models.dsp import mel
from starling.models.timbre.families.batches import Material
from starling.models.timbre.families.calibration import Scale
from starling.models.timbre.families.forward import KIND, VERSION
from starling.models.timbre.families.named_sounds import NamedSounds
from starling.models.timbre.families.network import Families
from starling.models.timbre.families.train import Settings
from starling.models.timbre.families.words import Words
from starling.models.training import result as training_result
from starling.models.training.result import Result

LIMITS = (
    "A family is what names of presets say, and many say nothing: two results of three may differ.",
    "Hears one second of one sound; what comes later is not compared.",
    "Words are compared with families of instruments; what no name of a preset says, they do not.",
)


def publish(
    folder: Path,
    name: str,
    material: Material,
    sets: Sequence[NamedSounds],
    result: Result[Families],
    settings: Settings,
    command: str,
    timbre: str,
    words: Words,
    scales: Mapping[str, Scale],
    recording: float,
) -> Path:
    """Write `<name>.safetensors` (half precision) and its card into `folder`; return the card.

    `timbre` is the hash of the weights whose first blocks it shares.
    """
    state = result.model.state_dict()
    tensors = {
        key: value.half()
        for key, value in state.items()
        if not key.startswith("shared.") and not key.endswith("num_batches_tracked")
    }
    for part in ("buckets", "weight", "bias"):
        tensors[f"words.{part}"] = torch.from_numpy(getattr(words, part)).half()
    counts = material.counts()
    sources = [
        {
            "name": each.domain,
            "kind": each.source,
            "licence": each.licence,
            "sounds": len(each.sounds),
            "with_family": counts.get(each.domain, 0),
            "banks": sorted({sound.bank for sound in each.sounds}),
            "notes": [list(note) for note in each.notes],
        }
        for each in sets
    ]
    card = {
        "kind": KIND,
        "version": VERSION,
        "name": name,
        "title": "Families",
        "sample_rate": mel.SAMPLE_RATE,
        "root": ROOT_NOTE,
        "controls": [],
        "front": mel.FEATURE_VERSION,
        "front_shape": [mel.BANDS, mel.STEPS],
        "timbre": timbre,
        "config": asdict(result.model.config),
        "recording": recording,
        "scales": {use: [list(point) for point in points] for use, points in scales.items()},
        "training": training_result.facts(command, result, settings),
        "data": {"manifest": material.manifest, "sources": sources},
        "limits": list(LIMITS),
        "metrics": training_result.rounded(result.figures),
    }
    path, _ = card_file.write(folder, card, tensors)
    return path
