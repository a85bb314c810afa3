"""From a trained network to an artifact: fit the prior, state what it is and what made it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from starling.models.artifacts import card_file
from starling.models.artifacts.catalogue import ROOT_NOTE
from starling.models.datasets import general_midi, provenance
from starling.models.datasets.training_set import SoundSet
from starling.models.dsp.descriptors import NAMES
from starling.models.oneshot.batches import Batches
from starling.models.oneshot.network import Config, OneShot
from starling.models.oneshot.train import Settings
from starling.models.oneshot.train_adversarial import fit_prior
from starling.models.training import result as training_result
from starling.models.training.result import Result

SMALL_CLASS = 15  # fewer training sounds than this and a class is named in the card's limits
SEMITONES = 12  # of the knob Pitch, either way
KNOBS = {
    "brightness": "Brightness",
    "decay": "Decay",
    "noisiness": "Noisiness",
}


def controls(classes: tuple[str, ...]) -> list[dict[str, Any]]:
    """The card's controls: kind, the knobs, and the key that was pressed."""
    labels = ["By key", *(general_midi.title(name) for name in classes)]
    kind = _control("kind", "Kind", len(labels) - 1, 0.0)
    kind["labels"] = labels
    knobs = [_control(name, KNOBS[name], 1.0, 0.5) for name in NAMES]
    pitch = {**_control("pitch", "Pitch", SEMITONES, 0.0), "minimum": -float(SEMITONES)}
    return [kind, *knobs, pitch, _control("key", "Key", 127, 36.0)]


def _control(name: str, title: str, maximum: float, default: float) -> dict[str, Any]:
    """One control from 0 to `maximum`."""
    return {
        "name": name,
        "title": title,
        "minimum": 0.0,
        "maximum": float(maximum),
        "default": default,
    }


def limits(sounds: SoundSet, seconds: float) -> list[str]:
    """What a user should know before trusting the model, as sentences."""
    trained = np.bincount(sounds.labels[~sounds.held_out], minlength=len(sounds.classes))
    small = [
        f"{name} ({count} training sounds)"
        for name, count in zip(sounds.classes, trained, strict=True)
        if count < SMALL_CLASS
    ]
    sentences = [
        f"Sounds end at {seconds:g} seconds; longer recordings were faded there before training.",
    ]
    if small:
        sentences.append(f"Too few recordings to vary much: {', '.join(small)}.")
    return sentences


def describe_data(sounds: SoundSet) -> dict[str, Any]:
    """What was trained on: counts, hash, licence and attribution by source."""
    labels = sounds.labels
    return {
        "manifest": sounds.manifest,
        "sounds": len(labels),
        "held_out": int(sounds.held_out.sum()),
        "classes": {
            name: int((labels == index).sum()) for index, name in enumerate(sounds.classes)
        },
        "sources": list(sounds.origin)
        or provenance.attribution(sound.name.split("/", 1)[1] for sound in sounds.sounds),
    }


def publish(
    folder: Path,
    name: str,
    title: str,
    sounds: SoundSet,
    result: Result[OneShot],
    settings: Settings,
    command: str,
) -> Path:
    """Write `<name>.safetensors` (half precision) and its card into `folder`; return the card."""
    config: Config = result.model.config
    fitted = fit_prior(result.model, Batches(sounds, config, 1, seed=0))
    tensors = {key: value.half() for key, value in result.model.state_dict().items()}
    tensors |= fitted.tensors()
    card = {
        "kind": "oneshot",
        "name": name,
        "title": title,
        "sample_rate": config.head.sample_rate,
        "root": ROOT_NOTE,
        "controls": controls(config.classes),
        "keys": list(general_midi.key_table(config.classes)),
        "config": asdict(config),
        "training": training_result.facts(
            command, result, settings, losses=training_result.rounded(result.figures)
        ),
        "data": describe_data(sounds),
        "limits": limits(sounds, config.seconds),
        "metrics": {},
    }
    path, _ = card_file.write(folder, card, tensors)
    return path
